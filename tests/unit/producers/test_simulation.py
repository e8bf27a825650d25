"""The simulated company: seeded, plausible, and noisy in stated shares that change nothing in the end."""

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import Any

import pytest

from producers.simulator import noise
from producers.simulator.company import BETTER, MIN_TEAMS, PASSES_ON, PING, PONG, TEAMS, WORSE, agreed_deliverables, company
from producers.simulator.event_json import SOURCE, SimulatedRecord
from producers.simulator.plan import SimulationPlan
from producers.simulator.simulation import Simulation
from producers.simulator.working_hours import add_working_time
from schemas.event_codec import decode
from schemas.events import RATING, pair_subject
from schemas.fields import parse_time, to_ms
from schemas.timestamps import DAY_MS, HOUR_MS
from streams.journeys.event_conversion import CODES
from streams.journeys.explicit_handoffs import reason_against

END = 1_795_377_600_000
HISTORY = SimulationPlan(7, END - 90 * DAY_MS, END)


def whole(plan: SimulationPlan) -> list[SimulatedRecord]:
    """Everything a plan brings, to the end of the last item."""
    run = Simulation(plan)
    return [*run.until(plan.end_ms), *run.rest()]


def surviving(sent: Iterable[SimulatedRecord]) -> dict[tuple[str, str], Any]:
    """(subject, id) → the event with the highest revision, those retracted left out."""
    found: dict[tuple[str, str], Any] = {}
    for one in sent:
        event = json.loads(one.value)
        key = event["subject"], event["id"]
        if key not in found or event.get("revision", 0) > found[key].get("revision", 0):
            found[key] = event
    return {key: event for key, event in found.items() if not event.get("deleted")}


@pytest.fixture(scope="module")
def noisy() -> list[SimulatedRecord]:
    """Ninety days as they arrive."""
    return whole(HISTORY)


@pytest.fixture(scope="module")
def true() -> list[Any]:
    """What really happened in them, in order."""
    clean = SimulationPlan(HISTORY.seed, HISTORY.begin_ms, HISTORY.end_ms, noise=False)
    return [json.loads(one.value) for one in whole(clean)]


def test_the_same_plan_gives_the_same_events() -> None:
    """A plan repeated gives the same records; another seed, and another start, give other ids."""
    short = SimulationPlan(3, END - 5 * DAY_MS, END, rate=2)
    first = whole(short)
    assert first == whole(short)
    ids = {json.loads(one.value)["id"] for one in first}
    for other in (SimulationPlan(4, END - 5 * DAY_MS, END, rate=2), SimulationPlan(3, END - 6 * DAY_MS, END, rate=2)):
        assert not ids & {json.loads(one.value)["id"] for one in whole(other)}


def test_taking_it_piece_by_piece_changes_nothing() -> None:
    """However often one asks, the same records come in the same order."""
    plan = SimulationPlan(3, END - 2 * DAY_MS, END, rate=1)
    at_once, pieces = Simulation(plan), Simulation(plan)
    steps = (moment for k in range(3000) for moment in pieces.until(plan.begin_ms + k * 61_000))
    assert list(steps) == list(at_once.until(plan.begin_ms + 2999 * 61_000))


def test_every_event_is_accepted(noisy: list[SimulatedRecord]) -> None:
    """The codec takes every record, each is keyed by its subject and says in its source that it is simulated."""
    for one in noisy:
        assert decode(one.key, one.value).source.startswith(SOURCE + "/")


def test_events_arrive_in_order(noisy: list[SimulatedRecord]) -> None:
    """Records come by their time of arrival, and none arrives before it happened."""
    assert all(a.arrival_ms <= b.arrival_ms for a, b in pairwise(noisy))
    assert all(one.time_ms <= one.arrival_ms for one in noisy)


def test_noise_changes_nothing_in_the_end(noisy: list[SimulatedRecord], true: list[Any]) -> None:
    """What survives duplicates, late ones, corrections and retractions is exactly what happened."""
    left = surviving(noisy)
    assert len(left) == len(true)
    for event in true:
        found = left[event["subject"], event["id"]]
        assert {name: found[name] for name in event} == event


def test_a_forgotten_retraction_would_be_seen(noisy: list[SimulatedRecord], true: list[Any]) -> None:
    """Negative control: without its retractions a history has more than what happened."""
    assert len(surviving(one for one in noisy if b'"deleted"' not in one.value)) > len(true)


def test_the_shares_are_the_stated_ones(noisy: list[SimulatedRecord], true: list[Any]) -> None:
    """Duplicates, late, corrected and retracted events have the module's shares of what happened, within a seventh."""
    events = [json.loads(one.value) for one in noisy]
    copies = len(noisy) - len({one.value for one in noisy})
    retracted = sum("deleted" in event for event in events)
    corrected = sum("revision" in event for event in events) - retracted
    late = sum("recordedat" in event and "revision" not in event for event in events)
    found = (copies, late, corrected, retracted)
    for count, share in zip(found, (noise.DUPLICATED, noise.LATE, noise.CORRECTED, noise.RETRACTED), strict=True):
        assert abs(count / len(true) - share) < share / 7
    run = Simulation(HISTORY)
    for _ in (*run.until(END), *run.rest()):
        pass
    assert tuple(run.counts[name] for name in ("duplicated", "late", "corrected", "retracted")) == found
    assert run.counts["happened"] == len(true)


def test_the_true_script_makes_sense(true: list[Any]) -> None:
    """Without noise no handoff event is an anomaly: the lifecycle machine accepts every one."""
    states: dict[tuple[str, str], int] = {}
    seen = 0
    for event in true:
        if event["type"].startswith("baton.handoff."):
            key = event["subject"], event["data"]["handoff"]
            code = CODES.index(event["type"])
            assert reason_against(code, states.get(key)) is None, event
            states[key] = code
            seen += 1
    assert seen > 10_000


def returned(true: list[Any], when: Callable[[int], bool]) -> dict[tuple[str, str], tuple[int, int]]:
    """(supplier, customer) → handoffs offered in the part of the history that ``when`` (day number) names, and those of them
    that were sent back."""
    offered: dict[tuple[str, str], tuple[str, str]] = {}
    found: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    back: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    for event in true:
        body, kind = event["data"], event["type"]
        handoff = (event["subject"], body.get("handoff", ""))
        if kind == "baton.handoff.offered.v1" and handoff not in offered:
            offered[handoff] = pair = (body["supplier"], body["customer"])
            if when(days_of(event)):
                found[pair].add(handoff)
        elif kind == "baton.handoff.returned.v1" and handoff in found[offered[handoff]]:
            back[offered[handoff]].add(handoff)
    return {pair: (len(all_of), len(back[pair])) for pair, all_of in found.items()}


def days_of(event: Any) -> int:
    """Days from the beginning of the history."""
    return (to_ms(parse_time(event["time"])) - HISTORY.begin_ms) // DAY_MS


def share(counts: dict[tuple[str, str], tuple[int, int]], supplier: str) -> float:
    """Share of a supplier's handoffs that were sent back."""
    mine = [two for pair, two in counts.items() if pair[0] == supplier]
    return sum(back for _, back in mine) / sum(offered for offered, _ in mine)


def test_one_team_gets_worse_and_one_improves(true: list[Any]) -> None:
    """Between the first month and the last ten days the worsening supplier is sent back much more, the improving one much
    less, and another one about as often."""
    first, last = returned(true, lambda day: day < 30), returned(true, lambda day: 80 <= day < 90)
    assert share(last, WORSE) > 2 * share(first, WORSE)
    assert share(last, BETTER) < share(first, BETTER) / 2
    assert abs(share(last, "Security") - share(first, "Security")) < 0.06


def paths(true: list[Any]) -> dict[str, list[str]]:
    """Item → the teams its moves name, in order."""
    found: dict[str, list[str]] = defaultdict(list)
    for event in true:
        if event["type"] == "baton.item.moved.v1" and event["data"]["to"]:
            found[event["subject"]].append(event["data"]["to"])
    return found


def test_a_pair_plays_ping_pong_and_a_middle_team_only_passes_on(true: list[Any]) -> None:
    """Support and Engineering send tickets back more often than anybody; while the order desk holds an item it never works."""
    bounces: Counter[frozenset[str]] = Counter()
    items: Counter[frozenset[str]] = Counter()
    for path in paths(true).values():
        for before, here, there in zip(path, path[1:], path[2:], strict=False):
            bounces[frozenset((before, here))] += before == there
            items[frozenset((before, here))] += 1
    assert bounces[frozenset((PING, PONG))] > 3 * max(n for pair, n in bounces.items() if pair != {PING, PONG})
    holder: dict[str, str | None] = {}
    worked: Counter[str | None] = Counter()
    for event in true:
        if event["type"] == "baton.item.moved.v1":
            holder[event["subject"]] = event["data"]["to"]
        elif event["type"] == "baton.item.status.v1" and event["data"]["status"] == "working":
            worked[holder[event["subject"]]] += "helpdesk" not in event["subject"] or holder[event["subject"]] == "IT"
    assert worked[PASSES_ON] == 0 < worked["IT"]
    assert sum(path[1:2] == [PASSES_ON] for path in paths(true).values()) > 100


def test_people_work_in_office_hours(true: list[Any]) -> None:
    """Nothing but what happens to the unlucky minute falls outside Monday to Friday, 8 to 18, and Sunday is quiet."""
    when = [parse_time(event["time"]) for event in true]
    assert sum(8 <= moment.hour < 18 for moment in when) > 0.97 * len(when)
    assert sum(moment.weekday() >= 5 for moment in when) < 0.03 * len(when)


def test_ratings_are_given_by_pseudonyms(true: list[Any]) -> None:
    """Every rating stands under its pair, names no person, and a few are of the supplier itself, whether it says so or not."""
    ratings = [event for event in true if event["type"] == RATING]
    assert len(ratings) > 500
    own = [event for event in ratings if event["data"]["team"] == event["data"]["supplier"]]
    assert 0 < len(own) < 0.1 * len(ratings)
    assert {event["data"].get("kind") for event in own} == {"self", None}
    for event in ratings:
        body = event["data"]
        assert event["subject"] == pair_subject(body["supplier"], body["customer"])
        assert body["rater"].startswith("p-")


def test_a_live_company_goes_on() -> None:
    """After the present as much happens in each ten minutes as the rate asks, within a half; a plan without rate ends."""
    plan = SimulationPlan(7, END - 2 * DAY_MS, END, rate=4.0)
    run = Simulation(plan)
    for _ in run.until(END):
        pass
    for part in range(1, 7):
        brought = sum(1 for _ in run.until(END + part * 600_000))
        assert 0.5 < brought / 600 / plan.rate < 1.5
    quiet = Simulation(SimulationPlan(7, END - 2 * DAY_MS, END))
    assert all(b"-000001" not in one.value or one.arrival_ms for one in quiet.until(END))
    assert max(one.arrival_ms for one in quiet.rest()) < END + 30 * DAY_MS


@pytest.mark.parametrize("teams", [MIN_TEAMS, len(TEAMS), 40])
def test_a_company_of_any_size_has_its_relations(teams: int) -> None:
    """From twelve teams up there are that many, each pair's agreement has at most six deliverables, and events decode."""
    made = company(teams)
    assert len(set(made.teams)) == teams
    pairs = agreed_deliverables(made)
    assert {("Marketing", "Sales"), ("Engineering", "Marketing"), ("Finance", "Audit"), ("Logistics", "Sales")} <= pairs.keys()
    assert {("IT", team) for team in made.teams if team != "IT"} <= pairs.keys()
    assert {("Security", team) for team in made.teams if team != "Security"} <= pairs.keys()
    assert all(0 < len(names) <= 6 for names in pairs.values())
    sent = list(Simulation(SimulationPlan(1, END - 3 * DAY_MS, END, teams=teams)).until(END))
    named = {decode(one.key, one.value).subject for one in sent}
    assert len(named) > 100


def test_memory_holds_the_open_work_only() -> None:
    """What waits to arrive does not grow with the length of the history."""

    def waiting(days: int) -> int:
        run = Simulation(SimulationPlan(5, END - days * DAY_MS, END, per_day=2000))
        for _ in run.until(END):
            pass
        return sum(1 for _ in run.rest())

    assert waiting(60) < 2 * waiting(10)


def test_working_time_skips_nights_and_weekends() -> None:
    """Office hours are added as calendars do: over the night, and over the weekend."""
    friday_17 = 1_795_194_000_000  # 2026-11-20 17:00 UTC
    assert add_working_time(friday_17, 2 * HOUR_MS) == friday_17 + 2 * DAY_MS + 16 * HOUR_MS  # Monday 9:00
    assert add_working_time(friday_17 - 2 * HOUR_MS, 2 * HOUR_MS) == friday_17
    assert add_working_time(friday_17 + DAY_MS, HOUR_MS) == friday_17 + 2 * DAY_MS + 16 * HOUR_MS
    assert add_working_time(friday_17, 50 * HOUR_MS) == friday_17 + 7 * DAY_MS
