"""What must be published of a log, computed from scratch at every W, straight from the definitions.

No state but what was released: rating groups stay as they were made.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from measures.entries import entries_of_group, entries_of_intake
from measures.handoffs import as_of, handoff_fact
from measures.rating_groups import is_release, next_period, released
from measures.votes import mode_of, month_of, refusal_of, vote_id
from schemas import event_codec as codec
from schemas.events import pair_subject
from schemas.fields import to_ms
from schemas.keys import SEPARATOR
from schemas.structs.facts import IntakeFact, RatingGroupFact, VoteFact
from schemas.ticks import BOUNDARY_MS
from schemas.timestamps import DAY_MS
from streams.journeys.event_conversion import stored
from streams.journeys.explicit_handoffs import explicit_handoffs
from streams.journeys.implicit_handoffs import implicit_handoffs
from streams.journeys.journey import item_fact
from streams.journeys.outcomes import outcome_of
from streams.journeys.stored_event import CANCELLED, RATED, REQUESTED, OrderedEvent, Rated, StoredEvent, place_of
from tests.fixtures.whole_contributions import contributions_of
from tests.laws.histories import Rec

ZONE = "Europe/Berlin"
CONTRIBUTION = "contribution"
Published = dict[tuple[str, ...], Any]
"""Facts by (kind, subject, source, id): body or reason. Contributions by (CONTRIBUTION, scope, parts, giver): entries."""
Survivors = dict[str, dict[tuple[str, str], StoredEvent]]
JUDGED = {"anomaly", "self_rating", "released"}


@dataclass
class Groups:
    """What was released of one pair. ``spent``: (source, id) of each vote in a group → event, vote, and its place in order."""

    made: list[RatingGroupFact] = field(default_factory=list)
    spent: dict[tuple[str, str], tuple[StoredEvent, VoteFact, tuple[int, int, str, str]]] = field(default_factory=dict)


def expected(log: list[Rec]) -> dict[int, Published]:
    """For each accepted W all that holds."""
    at: dict[int, Published] = {}
    survivors: Survivors = {}
    agreements: dict[tuple[str, str, str], Any] = {}
    intake: dict[tuple[str, int], Counter[str]] = {}
    groups: dict[str, Groups] = {}
    cut: list[tuple[str, Any, str]] = []
    for record in log:
        decoded = codec.decode(record.key, record.value)
        kind = codec.TYPE_OF[type(decoded)]
        if kind == "baton.clock.ticked.v1":
            w = to_ms(decoded.time)
            if not at or w > max(at):
                _close(cut, intake, max(at, default=-1), w)
                cut = []
                boundary = max((w for w in at if w % BOUNDARY_MS == 0 or w == min(at)), default=-1)
                holds = _holds(survivors, agreements, w, boundary, groups)
                for word, _, source, _ in [
                    key for key in holds if key[0] in JUDGED and key not in at.get(max(at, default=-1), {})
                ]:
                    intake.setdefault((source, record.timestamp // 300_000 * 300_000), Counter())[word] += 1
                at[w] = holds | _intake(intake)
        elif kind == "baton.agreement.set.v1":
            key = (decoded.subject, decoded.source, decoded.id)
            known = agreements.get(key)
            if known is None or stored(decoded) > stored(known):  # type: ignore[operator]  # both are kept
                agreements[key] = decoded
        else:
            mine = survivors.setdefault(decoded.subject, {})
            event_key = (decoded.source, decoded.id)
            kept, before = stored(decoded), mine.get(event_key)
            assert kept is not None
            word = "new" if before is None else "duplicate" if kept == before else "corrected" if kept > before else "stale"
            cut.append((decoded.source, (record.timestamp // 300_000 * 300_000, kept), word))
            mine[event_key] = kept if before is None else max(before, kept)
    return at


def _close(cut: list[tuple[str, Any, str]], intake: dict[tuple[str, int], Counter[str]], before: int, w: int) -> None:
    for source, (pane, kept), word in cut:
        counts = intake.setdefault((source, pane), Counter())
        counts["received"] += 1
        if word in {"duplicate", "stale"}:
            counts[word] += 1
            continue
        counts["retracted"] += kept.deleted
        counts["corrected"] += word == "corrected" and not kept.deleted
        counts["late"] += kept.time < before
        counts["future"] += kept.time > w + DAY_MS


def _intake(intake: dict[tuple[str, int], Counter[str]]) -> Published:
    found: Published = {}
    for (source, pane), counts in intake.items():
        body = IntakeFact(pane=pane, counts={word: n for word, n in sorted(counts.items()) if n})
        found["intake", source, "0", str(pane)] = body
        found[CONTRIBUTION, "source", source, giver(f"{source}#0#{pane}")] = in_order(entries_of_intake(body))
    return found


def giver(subject: str, source: str = "", id: str = "", group: int = 0) -> str:
    """What tells a contribution from the others of its scope."""
    return SEPARATOR.join((subject, source, id, str(group)))


def in_order(entries: list[Any]) -> list[tuple[Any, ...]]:
    """Entries as a multiset: their order means nothing."""
    return sorted((e.at, e.field, e.key, e.amount) for e in entries)


def _holds(
    survivors: Survivors, agreements: dict[tuple[str, str, str], Any], w: int, before: int, groups: dict[str, Groups]
) -> Published:
    found: Published = {}
    agreed = [a for a in agreements.values() if not a.deleted and to_ms(a.time) < w]
    for subject, events in survivors.items():
        rows = sorted(
            (e.time, place_of(e), e.code, source, id_, e)
            for (source, id_), e in events.items()
            if not e.deleted and e.time < w
        )
        journey = [row for row in rows if row[2] <= CANCELLED]
        item, handoffs = None, {}
        if journey:
            custody = explicit_handoffs(journey)
            item = found["item", subject, "", ""] = item_fact(journey, custody)
            found |= {("anomaly", subject, *key): reason for key, reason in custody.anomalies.items()}
            lives = custody.handoffs
            if not any(row[2] >= REQUESTED for row in journey):
                implicit = implicit_handoffs(journey)
                lives = implicit.handoffs
                found |= {("anomaly", subject, *key): reason for key, reason in implicit.anomalies.items()}
            for life in lives:
                as_of(life, w, _hours(life, agreed))
                fact = found["handoff", subject, life.source, life.id] = handoff_fact(life)
                handoffs[life.source, life.id] = fact
        outcome = outcome_of(rows)
        if outcome is not None:
            found["outcome", subject, "", ""] = outcome
        for place, entries in contributions_of(item, handoffs).items():
            of = giver(subject, place.source, place.id, place.group)
            found[CONTRIBUTION, place.scope, *place.parts, of] = in_order(entries)
        if any(event.code == RATED for event in events.values()) or subject in groups:
            ratings = [row for row in rows if row[2] == RATED]
            mine = groups.setdefault(subject, Groups())
            judged, votes = _votes(subject, events, ratings, agreed, mine)
            if is_release(before, w):
                for group, members in released(list(votes), before, w, ZoneInfo(ZONE)):
                    for vote in members:
                        row = votes.pop(vote)
                        mine.spent[row[3], row[4]] = (
                            row[5],
                            replace(vote, rating_group=len(mine.made)),
                            (*row[:2], *row[3:5]),
                        )
                    mine.made.append(group)
            found |= judged
            unchanged = [vote for key, (event, vote, _) in mine.spent.items() if events[key] == event and event.time < w]
            for vote in (*votes, *unchanged):
                found["vote", subject, vote.rater, vote_id(vote.deliverable, vote.month, vote.mode)] = vote
            for number, group in enumerate(mine.made):
                found["rating_group", subject, "", str(number)] = group
                of_group = (CONTRIBUTION, "pair", group.supplier, group.customer, giver(subject, group=number))
                found[of_group] = in_order(entries_of_group(group))
    return found


def _in_force(agreed: list[Any], pair: tuple[str, str], at: int) -> Any | None:
    mine = [a for a in agreed if (a.data.supplier, a.data.customer) == pair and to_ms(a.data.valid_from) <= at]
    return max(mine, key=lambda a: (a.data.valid_from, a.time, a.sequence, a.source, a.id), default=None)


def _hours(life: Any, agreed: list[Any]) -> int | None:
    agreement = _in_force(agreed, (life.supplier, life.customer), life.got_at)
    lines = agreement.data.deliverables if agreement else ()
    return next((line.sla_hours for line in lines if line.deliverable == life.deliverable and line.sla_hours), None)


def _votes(
    subject: str, events: Any, rows: list[OrderedEvent], agreed: list[Any], groups: Groups
) -> tuple[Published, dict[VoteFact, OrderedEvent]]:
    """Verdicts, and the votes that wait with their events."""
    found: Published = {}
    votes: dict[tuple[str, str], tuple[VoteFact, OrderedEvent]] = {}
    taken = {(vote.rater, vote_id(vote.deliverable, vote.month, vote.mode)): place for _, vote, place in groups.spent.values()}
    for key, (event, _, _) in groups.spent.items():
        if events[key] != event:
            found["released", subject, *key] = ("retracted" if events[key].deleted else "corrected") + "_after_release"
    for row in rows:
        time, sequence, _, source, id_, event = row
        body = event.body
        assert isinstance(body, Rated)
        if (source, id_) in groups.spent:
            continue
        rater, team, supplier, customer, deliverable = body.rater, body.team, body.supplier, body.customer, body.deliverable
        assert subject == pair_subject(supplier, customer)
        agreement = _in_force(agreed, (supplier, customer), time)
        if reason := refusal_of(team, supplier, customer, body.said_self):
            found["self_rating" if team == supplier else "anomaly", subject, source, id_] = reason
            continue
        month = month_of(time, ZoneInfo(ZONE))
        period = body.period or month
        if period > next_period(month):
            found["anomaly", subject, source, id_] = "period_ahead"
            continue
        mode = mode_of(body.said_self, agreement is not None and agreement.data.rating_mode == "team")
        key = (customer if mode == "team" else rater, vote_id(deliverable, period, mode))
        if key in taken:
            if (time, sequence, source, id_) > taken[key]:
                found["released", subject, source, id_] = "replaced_after_release"
            continue
        vote = VoteFact(
            rater=key[0],
            team=team,
            supplier=supplier,
            customer=customer,
            deliverable=deliverable,
            month=period,
            at=time,
            effectiveness=body.effectiveness,
            consistency=body.consistency,
            mode=mode,
            handoff=body.handoff or None,
        )
        votes[key] = (vote, row)
    return found, dict(votes.values())
