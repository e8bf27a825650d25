"""Names that mean another team, from a day on: what applying or taking them back changes, and the requests that do it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from broker.records import ProducerRecord
from producers.control_records import FURTHEST_MS, StoredRecord, first_day, request_for, stored_records, subject_from
from producers.publisher.ports import Log
from schemas.errors import Stop
from schemas.event_bodies import AgreementSet, TeamsSet
from schemas.fields import from_ms
from schemas.topics import CONTROL

TYPE = "baton.teams.set.v1"
SOURCE = "baton/teams"
ALWAYS_MS = 0
Stored = dict[str, StoredRecord[TeamsSet]]


class Alias(NamedTuple):
    """From ``valid_from_ms`` on ``name`` means ``team``."""

    name: str
    team: str
    valid_from_ms: int = ALWAYS_MS

    @property
    def subject(self) -> str:
        """The subject under which it is stored."""
        return subject_from("team", self.name, self.valid_from_ms)


@dataclass(frozen=True)
class AliasChange:
    """What applying or taking back one alias does to what is stored; ``request`` is None when that is the ``same``."""

    kind: Literal["new", "changed", "same", "retracted"]
    alias: Alias
    request: ProducerRecord | None


def stored_aliases(log: Log) -> Stored:
    """Every alias ever requested, by subject. Raises ``Retry`` while the broker is away."""
    return stored_records(log, TYPE, TeamsSet)


def aliases_in(stored: Stored) -> list[Alias]:
    """Those that are not taken back, by name and first day."""
    found = (
        Alias(name, team, record.valid_from_ms)
        for record in stored.values()
        if record.body is not None
        for name, team in record.body.teams.items()
    )
    return sorted(found, key=lambda alias: (alias.name, alias.valid_from_ms))


def refuse_circles(aliases: Iterable[Alias]) -> None:
    """Raises ``Stop`` where names mean each other from one day on: the folds would exchange the teams.

    Of two aliases of one name and day the last holds. From a later day on, a name that others mean is that team itself.
    """
    teams = {(alias.name, alias.valid_from_ms): alias.team for alias in aliases}
    for (name, begins), means in teams.items():
        seen, team = [name], means
        while team not in seen and (team, begins) in teams:
            seen.append(team)
            team = teams[team, begins]
        if team == name:
            mend = "say which is the team's own name; `baton teams list` shows those that hold, `retract` takes one back"
            raise Stop(f"{' and '.join(seen)} mean each other from one day on", mend)


def changes_to(
    wanted: Iterable[Alias], before: Stored, agreed: Sequence[AgreementSet], now_ms: int, past_votes: bool = False
) -> list[AliasChange]:
    """What applying ``wanted`` does to those stored ``before``; ``agreed``: the agreements in force.

    Raises ``Stop`` for one that begins over a year ahead, for a circle of names, stored ones among them, and unless
    ``past_votes`` for one by which votes of single persons would become a team's.
    """
    wanted = list(wanted)
    refuse_circles([*aliases_in(before), *wanted])
    changes: list[AliasChange] = []
    for alias in wanted:
        if alias.valid_from_ms > now_ms + FURTHEST_MS:
            raise Stop(f"{describe(alias)}: it begins more than a year ahead", "apply it later; names may begin within a year")
        stored = before.get(alias.subject)
        body = TeamsSet(teams={alias.name: alias.team})
        if stored is not None and stored.body == body:
            changes.append(AliasChange("same", alias, None))
            continue
        if not past_votes:
            _refuse_past_votes(alias, agreed, now_ms)
        request = request_for(TYPE, alias.subject, alias.valid_from_ms, body, stored, now_ms, SOURCE)
        changes.append(AliasChange("changed" if stored else "new", alias, request))
    return changes


def retraction(
    name: str, valid_from_ms: int, before: Stored, agreed: Sequence[AgreementSet], now_ms: int, past_votes: bool = False
) -> AliasChange:
    """The request that takes an alias back as if it had never been.

    Raises ``Stop`` when there is none, and as ``changes_to`` for votes: an agreement of one name may hold again.
    """
    subject = Alias(name, "", valid_from_ms).subject
    stored = before.get(subject)
    if stored is None or stored.body is None:
        raise Stop(
            f"{CONTROL} has no other team for {name} from {from_ms(valid_from_ms):%Y-%m-%d %H:%M:%S} UTC on",
            "take name and day from `baton teams list`",
        )
    gone = Alias(name, stored.body.teams.get(name, ""), valid_from_ms)
    if not past_votes:
        _refuse_past_votes(gone, agreed, now_ms)
    return AliasChange("retracted", gone, request_for(TYPE, subject, valid_from_ms, None, stored, now_ms, stored.source))


def _refuse_past_votes(alias: Alias, agreed: Sequence[AgreementSet], now_ms: int) -> None:
    named = {alias.name, alias.team}
    for agreement in agreed if alias.valid_from_ms < now_ms else ():
        if agreement.rating_mode == "team" and named & {agreement.supplier, agreement.customer}:
            raise Stop(
                f"{describe(alias)}: {agreement.supplier} > {agreement.customer} is rated as a team, and of votes that single "
                "persons gave under the other name each month's last one would be shown as the team's rating",
                "let it begin in the future, or pass --past-votes when the votes since then were the team's",
            )


def describe(alias: Alias, zone: str = "UTC") -> str:
    """One alias on one line; its first moment as ``retract`` takes it, in ``zone``."""
    if alias.valid_from_ms == ALWAYS_MS:
        return f"{alias.name} = {alias.team}"
    return f"{alias.name} = {alias.team} from {first_day(alias.valid_from_ms, zone)}"
