"""Names that mean another team, from a day on: what applying or taking them back changes, and the requests that do it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from broker.records import ProducerRecord
from producers.control_records import FURTHEST_MS, StoredRecord, request_for, stored_records, subject_from
from producers.publisher.ports import Log
from schemas.errors import Stop
from schemas.event_bodies import TeamsSet
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
    return sorted(
        Alias(name, team, record.valid_from_ms)
        for record in stored.values()
        if record.body is not None
        for name, team in record.body.teams.items()
    )


def changes_to(wanted: Iterable[Alias], before: Stored, now_ms: int) -> list[AliasChange]:
    """What applying ``wanted`` does to those stored ``before``. Raises ``Stop`` for one that begins over a year ahead."""
    changes: list[AliasChange] = []
    for alias in wanted:
        if alias.valid_from_ms > now_ms + FURTHEST_MS:
            raise Stop(f"{describe(alias)}: it begins more than a year ahead", "apply it later; names may begin within a year")
        stored = before.get(alias.subject)
        body = TeamsSet(teams={alias.name: alias.team})
        if stored is not None and stored.body == body:
            changes.append(AliasChange("same", alias, None))
        else:
            request = request_for(TYPE, alias.subject, alias.valid_from_ms, body, stored, now_ms, SOURCE)
            changes.append(AliasChange("changed" if stored else "new", alias, request))
    return changes


def retraction(name: str, valid_from_ms: int, before: Stored, now_ms: int) -> AliasChange:
    """The request that takes an alias back as if it had never been. Raises ``Stop`` when there is none."""
    subject = Alias(name, "", valid_from_ms).subject
    stored = before.get(subject)
    if stored is None or stored.body is None:
        raise Stop(
            f"{CONTROL} has no other team for {name} from {from_ms(valid_from_ms):%Y-%m-%d %H:%M:%S} UTC on",
            "take name and day from `baton teams list`",
        )
    gone = Alias(name, stored.body.teams.get(name, ""), valid_from_ms)
    return AliasChange("retracted", gone, request_for(TYPE, subject, valid_from_ms, None, stored, now_ms, stored.source))


def describe(alias: Alias, zone: str = "UTC") -> str:
    """One alias on one line; its first moment as ``retract`` takes it, in ``zone``."""
    if alias.valid_from_ms == ALWAYS_MS:
        return f"{alias.name} = {alias.team}"
    begins = from_ms(alias.valid_from_ms).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    since = f"{begins:%Y-%m-%d}" if begins.time() == time() else begins.isoformat()
    return f"{alias.name} = {alias.team} from {since}"
