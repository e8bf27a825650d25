"""Nobody can take ratings apart: who keeps everything that was ever published finds out about no fewer than five raters.

Every published rating is linear in the votes: of a set of votes it tells how many gave which two grades, or sums of that. So
what an attacker can work out are the linear combinations of those sets. A vote, or the votes of a few persons, are determined
where some combination is made of theirs alone; what the attacker knows already takes others out of every set.
"""

from collections.abc import Iterable, Sequence
from itertools import combinations
from random import Random
from typing import Any, NamedTuple

import pytest

from measures import rating_groups
from measures.rating_groups import RATERS
from measures.ratings import rating
from measures.windows import MONTHLY
from schemas import event_codec as codec
from schemas.events import pair_subject
from schemas.installation import FoldSettings, Installation
from schemas.names import one_person
from schemas.record_codec import decode_contribution, decode_fact, decode_score
from schemas.structs.facts import RatingGroupFact, VoteFact
from schemas.timestamps import DAY_MS, HOUR_MS, MINUTE_MS
from schemas.topics import CONTRIBUTIONS, FACTS
from streams.engine.memory_store import MemoryStore
from streams.engine.ports import Tick
from streams.engine.tick_filter import TickFilter
from streams.journeys.fold import Journeys
from streams.scores.fold import Scores

DAYS = 120
BEGIN = 1_767_225_600_000
"""2026-01-01 00:00 UTC."""
PAIR = ("A", "B")
DELIVERABLES = ("leads", "decks", "stories")
PEOPLE = tuple(f"r{n}" for n in range(11))
SLIPS = ("{}", "{} ", "{}", "\N{ZERO WIDTH SPACE}{}", "{}", "{}\N{SOFT HYPHEN}", "{}")
"""How tools spell a person, so that one may have several votes."""
_PRIME = 2**61 - 1

Vote = tuple[str, str]
"""Who gave it, the person, and what tells it from every other."""
Combination = dict[Vote, int]


class Said(NamedTuple):
    """A rating event: who said what, when; ``body`` None takes event ``id`` back."""

    id: str
    at: int
    rater: str
    body: dict[str, Any] | None
    revision: int


def history(rng: Random) -> list[Said]:
    """Votes of 120 days as they arrive: now and then replaced, corrected, taken back, or about an earlier month."""
    said: list[Said] = []
    for day in range(DAYS):
        for _ in range(rng.randrange(5)):
            rater, at = rng.choice(PEOPLE), BEGIN + day * DAY_MS + rng.randrange(DAY_MS)
            rater = SLIPS[len(said) % len(SLIPS)].format(rater)
            body = {"deliverable": rng.choice(DELIVERABLES), "effectiveness": rng.randrange(1, 6)}
            body |= {"consistency": rng.randrange(1, 6)} | ({"period": "2026-01"} if rng.random() < 0.1 else {})
            said.append(Said(f"v{len(said)}", at, rater, body, 0))
            if rng.random() < 0.15:
                old = rng.choice(said)
                said.append(old._replace(body=rng.choice((None, body)), revision=old.revision + 1))
    return said


def event(one: Said) -> Any:
    """A decoded event."""
    subject = pair_subject(*PAIR)
    names = {"rater": one.rater, "team": "B", "supplier": "A", "customer": "B"}
    value = codec.make(
        "baton.rating.given.v1",
        id=one.id,
        source="card",
        subject=subject,
        time_ms=one.at,
        body=None if one.body is None else names | one.body,
        revision=one.revision,
        deleted=one.body is None,
    )
    return codec.decode(subject.encode(), value)


class Published(NamedTuple):
    """All that was published: groups with the votes each was made of, and every row of scores (W, end, results)."""

    groups: list[tuple[RatingGroupFact, list[VoteFact]]]
    scores: list[tuple[int, int, list[Any]]]

    def sets(self) -> list[Combination]:
        """Of each published number the votes it is of, from facts, contributions and every row of scores."""
        found = [{name(vote): 1 for vote in votes} for _, votes in self.groups]
        for w, end, results in self.scores:
            begin = end - MONTHLY.ms
            for part in {result.part for result in results}:
                inside = [
                    votes
                    for g, votes in self.groups
                    if begin <= g.at < end and g.at <= w and part in ("", g.deliverable or "")
                ]
                found.append({name(vote): 1 for votes in inside for vote in votes})
        return found


def name(vote: VoteFact) -> Vote:
    """What a group's vote is called in combinations."""
    return (one_person(vote.rater), f"{vote.rater}:{vote.deliverable}@{vote.month}")


def published(said: Sequence[Said], generation: int, zone: str = "UTC") -> Published:
    """What both stages publish; from the second generation on only ticks on the five-minute grid count."""
    journeys = Journeys(MemoryStore(), 0, generation, 400, 100, time_zone=zone)
    scores = Scores(MemoryStore(), 0, generation, 100)
    ticks = TickFilter(rebuilt_until=-1 if generation == 1 else 2**40)
    found, votes, cut, offset = Published([], []), dict[bytes, VoteFact](), list[Any](), 0
    waiting = list(said)
    given: list[Any] = []
    last = BEGIN
    for w in _ticks(said):
        while waiting and (waiting[0].at < w or waiting[0].revision):
            offset += 1
            one = waiting.pop(0)
            cut.append(journeys.admit(event(one), max(one.at, last)))
        last, offset = w, offset + 1
        tick = Tick(w, offset, w)
        if not ticks.accepts(tick):
            continue
        made: list[RatingGroupFact] = []
        for record in journeys.close(cut, tick):
            if record.topic == CONTRIBUTIONS:
                given.append(decode_contribution(record.value))
            elif record.topic == FACTS:
                fact = decode_fact(record.value)
                if isinstance(fact.body, RatingGroupFact):
                    made.append(fact.body)
                elif isinstance(fact.body, VoteFact):
                    votes[record.key] = fact.body
        cut = []
        for group in made:
            number = len(found.groups)
            found.groups.append((group, [vote for vote in votes.values() if vote.rating_group == number]))
        for record in scores.close(given, tick):
            score = decode_score(record.value)
            if score.refresh == "daily":
                found.scores.append((w, score.end, [r for r in score.results if r.measure == "rating"]))
        given = []
    return found


def _ticks(said: Iterable[Said]) -> list[int]:
    """A tick a second after each event, off the grid, and one at each midnight."""
    seconds = {one.at // 1000 * 1000 + 1000 for one in said}
    grid = range(BEGIN, BEGIN + (DAYS + 12) * DAY_MS, 6 * HOUR_MS)
    return sorted({w for w in seconds if w % (5 * MINUTE_MS)} | set(grid))


def rank(rows: Iterable[Combination]) -> int:
    """How many rows are independent, exactly (in a field so large that no small integer is zero in it)."""
    pivots: list[tuple[Vote, Combination]] = []
    for row in rows:
        left = dict(row)
        for pivot, reduced in pivots:
            factor = left.get(pivot, 0)
            if factor:
                for vote, amount in reduced.items():
                    value = (left.get(vote, 0) - factor * amount) % _PRIME
                    if value:
                        left[vote] = value
                    else:
                        left.pop(vote, None)
        if left:
            vote, amount = next(iter(left.items()))
            inverse = pow(amount, -1, _PRIME)
            pivots.append((vote, {v: a * inverse % _PRIME for v, a in left.items()}))
    return len(pivots)


def determined(sets: Iterable[Combination], unknown: set[Vote]) -> set[str] | None:
    """Fewer than five raters some combination of whose votes can be worked out when all but ``unknown`` are known; or None.

    One that is made of theirs alone exists where the sets without their votes are more dependent than the whole ones.
    """
    restricted = (tuple(sorted((vote, n) for vote, n in row.items() if vote in unknown)) for row in sets)
    rows = [dict(row) for row in dict.fromkeys(restricted) if row]
    whole = rank(rows)
    raters = sorted({rater for rater, _ in unknown})
    for size in range(1, min(RATERS, len(raters))):
        for few in combinations(raters, size):
            if rank([{v: n for v, n in row.items() if v[0] not in few} for row in rows]) < whole:
                return set(few)
    return None


def attacked(sets: list[Combination], groups: Sequence[Iterable[Vote]]) -> list[set[str]]:
    """Whom an attacker finds out about who knows all votes but those of one group, for each group; and one who knows none."""
    everything = {vote for row in sets for vote in row}
    unknown = [set(group) for group in groups]
    return [few for one in (*unknown, everything) if (few := determined(sets, one)) is not None]


def old_rule(said: Sequence[Said]) -> list[Combination]:
    """What was published before: each midnight the mean and n of the last 30 days of a part that five persons rated."""
    found: list[Combination] = []
    for day in range(1, DAYS + 1):
        end = BEGIN + day * DAY_MS
        votes: dict[tuple[str, str, str], Vote] = {}
        for one in said:
            if one.body is not None and end - MONTHLY.ms <= one.at < end:
                votes[one.rater, one.body["deliverable"], str(one.at // (31 * DAY_MS))] = (one.rater, one.id)
        for part in ("", *DELIVERABLES):
            row = {vote: 1 for (_, deliverable, _), vote in votes.items() if part in ("", deliverable)}
            if len({rater for rater, _ in row}) >= RATERS:
                found.append(row)
    return found


@pytest.fixture(scope="module", params=range(3))
def said(request: pytest.FixtureRequest) -> list[Said]:
    """Some histories."""
    return history(Random(request.param))


@pytest.mark.guard("ratings")
def test_every_published_rating_is_a_sum_of_whole_groups(said: list[Said]) -> None:
    """Groups are of five raters at least and as their votes were; each row of scores is the groups of its window, exactly."""
    found = published(said, 1)
    assert len(found.groups) > 10 and any(group.deliverable is None for group, _ in found.groups)
    for group, votes in found.groups:
        cells = sorted(f"{vote.effectiveness}{vote.consistency}" for vote in votes)
        assert cells == sorted(cell for cell, n in group.cells.items() for _ in range(n))
        assert group.raters == len({one_person(vote.rater) for vote in votes}) >= RATERS
    assert len(found.scores) > DAYS / 2
    for w, end, results in found.scores:
        inside = [group for group, _ in found.groups if end - MONTHLY.ms <= group.at < end and group.at <= w]
        for result in results:
            of_part = [group for group in inside if result.part in ("", group.deliverable)]
            cells_of: dict[str, int] = {}
            for group in of_part:
                for cell, n in group.cells.items():
                    cells_of[cell] = cells_of.get(cell, 0) + n
            n, _, _, mean, _ = rating(cells_of)
            assert (result.n, result.value) == (n, mean)


@pytest.mark.guard("ratings")
def test_no_few_raters_are_determined(said: list[Said]) -> None:
    """By everything published in 120 days, in two generations, nobody is found out, however spelled; groups are the same."""
    first, second = published(said, 1), published(said, 2)
    assert [group for group, _ in first.groups] == [group for group, _ in second.groups]
    groups = [[name(vote) for vote in votes] for _, votes in first.groups]
    assert attacked(first.sets() + second.sets(), groups) == []


@pytest.mark.control("ratings")
def test_counted_by_spellings_persons_fall(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: where each spelling of a name is a rater, groups of fewer than five persons give them away."""
    monkeypatch.setattr(rating_groups, "one_person", lambda name: name)
    told = (published(history(Random(seed)), 1) for seed in range(3))
    found = [few for one in told for few in attacked(one.sets(), [[name(vote) for vote in votes] for _, votes in one.groups])]
    assert found


@pytest.mark.control("ratings")
def test_other_months_in_another_generation_fall() -> None:
    """Negative control: rebuilt with another time zone's months, groups of the same votes would give some away."""
    told = map(history, map(Random, range(4)))
    both = ((published(said, 1).sets(), published(said, 2, "Pacific/Kiritimati").sets()) for said in told)
    assert any(attacked(first + second, []) for first, second in both)
    made = Installation(name="n", generation=1, time="live", fold=FoldSettings(time_zone="UTC", horizon_days=400))
    moved = made.model_copy(update={"fold": FoldSettings(time_zone="Pacific/Kiritimati", horizon_days=400)})
    assert moved.model_copy(update={"rating_zone": made.zone_of_ratings}).zone_of_ratings == "UTC"


@pytest.mark.control("ratings")
def test_the_old_rule_falls(said: list[Said]) -> None:
    """Negative control: daily means over whoever had voted give single votes away, to the same attacker."""
    ids = {(vote.rater, one.id) for _, votes in published(said, 1).groups[:3] for vote in votes for one in said
           if one.rater == vote.rater and one.body is not None and one.body["deliverable"] == vote.deliverable}  # fmt: skip
    found = attacked(old_rule(said), [ids])
    assert len(found) == 2 and all(len(few) == 1 for few in found)


@pytest.mark.control("ratings")
def test_the_attack_finds_what_there_is_to_find() -> None:
    """Negative controls of the search: a difference of two sets, a sum of three, and disjoint sets that give nothing."""
    row = {("a", "1"): 1, ("b", "1"): 1, ("c", "1"): 1, ("d", "1"): 1, ("e", "1"): 1}
    sixth = row | {("f", "1"): 1}
    assert attacked([row, sixth], []) == [{"f"}]
    assert attacked([row], []) == [] and attacked([row], [row]) == []
    parts = [{v: 1 for v in sixth if v[0] in some} for some in ("abcd", "cdef", "abef")]
    assert attacked(parts, []) == [{"a", "b"}]
    other = {("a", "2"): 1} | {v: 1 for v in sixth if v[0] != "a"}
    assert attacked([row, other], [row]) == [{"a"}, {"a", "f"}]
