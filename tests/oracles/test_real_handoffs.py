"""The handoffs that the real logs' moves imply: the fold's are those of an independent count, item by item."""

import json
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from broker.memory_broker import MemoryBroker
from producers.importers.mapping import load
from schemas.events import TICK
from schemas.fields import to_ms
from schemas.topics import EVENTS
from tests.oracles.case_logs import BPIC, UCI, case_log
from tests.oracles.folding import Folded, everything, imported
from tests.oracles.independent_handoffs import Event, Found, counts, first_pass, handoffs, steps, without_the_end
from tests.oracles.known import MAPPINGS, all_of, log_of

pytestmark = pytest.mark.real
Real = Callable[[str], Path]
EVERY_LOG = pytest.mark.parametrize("name", [UCI, BPIC], ids=["uci", "bpic"])
TOTALS = {
    UCI: {
        "handoffs": 17_119,
        "offers": 17_575,
        "redeliveries": 456,
        "accepted": 14_503,
        "passed on": 1_579,
        "returned": 1_493,
        "open": 0,
        "items with a return": 1_289,
        "decided": 15_540,
        "first pass": 14_201,
    },
    BPIC: {
        "handoffs": 9_148,
        "offers": 9_233,
        "redeliveries": 85,
        "accepted": 8_874,
        "passed on": 136,
        "returned": 220,
        "open": 3,
        "items with a return": 201,
        "decided": 9_009,
        "first pass": 8_796,
    },
}
"""What both counts find."""
BEFORE: dict[str, dict[str, int]] = {
    UCI: TOTALS[UCI]
    | {"handoffs": 17_138, "offers": 17_594, "accepted": 16_101, "passed on": 0}
    | {"decided": 17_138, "first pass": 15_771},
    BPIC: TOTALS[BPIC]
    | {"handoffs": 9_149, "offers": 9_234, "accepted": 9_011, "passed on": 0}
    | {"decided": 9_146, "first pass": 8_931},
}
"""What both found while handing on was accepting, and each move after the end a handoff."""
AFTER_THE_END = {UCI: 19, BPIC: 1}
"""Moves of ended items that no work follows."""


def events_of(log: MemoryBroker) -> dict[str, list[Event]]:
    """The raw events by item, read from their JSON."""
    found: dict[str, list[Event]] = {}
    for part in log.topics[EVENTS]:
        for record in part:
            event: dict[str, Any] = json.loads(record.value or b"")
            if event["type"] == TICK:
                continue
            time = to_ms(datetime.fromisoformat(event["time"].replace("Z", "+00:00")))
            moved, body = event["type"] == "baton.item.moved.v1", event["data"]
            word, place = (body.get("from"), body["to"]) if moved else (body["status"], None)
            row = Event(time, event.get("sequence", 0), 0 if moved else 1, event["source"], event["id"], word, place)
            found.setdefault(event["subject"], []).append(row)
    return found


def independent(log: MemoryBroker) -> dict[str, list[Found]]:
    """Each item's handoffs, counted independently; items without any are left out."""
    found = {item: handoffs(events) for item, events in events_of(log).items()}
    return {item: some for item, some in found.items() if some}


def by_fold(folded: Folded) -> dict[str, list[Found]]:
    """Each item's handoffs in the same shape, from the facts."""
    found: dict[str, list[Found]] = {}
    offers: list[tuple[int | None, ...]]
    for (kind, item, source, id_), fact in ((key, body) for key, body in folded.facts.items() if key[0] == "handoff"):
        assert (kind, fact.implicit) == ("handoff", True)
        offers = [(o.offered_at, o.accepted_at, o.passed_on_at, o.returned_at) for o in fact.offers]
        found.setdefault(item, []).append(Found((source, id_), fact.supplier, fact.customer, offers))
    return found


def in_order(items: dict[str, list[Found]]) -> dict[str, list[Found]]:
    """Handoffs of an item by their identity."""
    return {item: sorted(found, key=lambda one: one.key) for item, found in items.items()}


@EVERY_LOG
def test_every_item_has_the_independently_counted_handoffs(real_logs: Real, name: str) -> None:
    """In every item each handoff has the same teams, offers and what became of them as the independent count's."""
    path = real_logs(name)
    mine, other = in_order(by_fold(all_of(path, name))), in_order(independent(log_of(path, name)))
    assert [item for item in mine.keys() | other.keys() if mine.get(item) != other.get(item)] == []
    assert counts(mine.values()) == counts(other.values()) == Counter(TOTALS[name])
    facts = Counter(fact.first_pass for fact in all_of(path, name).of("handoff"))
    assert facts == Counter(first_pass(one) for item in other.values() for one in item)


@EVERY_LOG
def test_handoffs_are_the_moves_between_teams(real_logs: Real, name: str) -> None:
    """Offers and returns together are the reassignments of the item facts, but for those after the end: custody only."""
    path = real_logs(name)
    folded = all_of(path, name)
    total = counts(by_fold(folded).values())
    every = [sorted(events) for events in events_of(log_of(path, name)).values()]
    after_the_end = sum(steps(events) - steps(without_the_end(events)) for events in every)
    assert after_the_end == AFTER_THE_END[name]
    assert total["offers"] + total["returned"] + after_the_end == sum(item.reassignments for item in folded.of("item"))


@EVERY_LOG
def test_contributions_add_up_to_the_facts(real_logs: Real, name: str) -> None:
    """Summed over all pairs, the live contributions hold just the offers, returns and decisions of the handoff facts."""
    folded = all_of(real_logs(name), name)
    sums: Counter[str] = Counter()
    for key, entries in folded.contributions.items():
        if key[0] == "pair":
            for entry in entries:
                sums[entry.field] += entry.amount
    total = counts(by_fold(folded).values())
    decided = sum(fact.first_pass is not None for fact in folded.of("handoff"))
    assert (sums["offers"], sums["reoffers"], sums["returns"]) == (total["offers"], total["redeliveries"], total["returned"])
    assert (sums["dec"], sums["passed_on"]) == (decided, total["passed on"])
    assert sums["wait"] == total["accepted"] + total["passed on"] + total["returned"]
    moves = sum(
        e.amount for key, entries in folded.contributions.items() if key[0] == "both" for e in entries if e.field == "moves"
    )
    assert moves == sum(item.reassignments for item in folded.of("item"))


def test_shuffled_cases_give_the_same(real_logs: Real, tmp_path: Path) -> None:
    """The order of the cases in the file means nothing, to facts of any kind and to contributions."""
    path = real_logs(BPIC)
    shuffled = everything(imported(case_log(path).shuffled(tmp_path, 2013), load(MAPPINGS[BPIC])))
    whole = all_of(path, BPIC)
    for mine, other in ((shuffled.facts, whole.facts), (shuffled.contributions, whole.contributions)):
        assert {k: v for k, v in mine.items() if "intake" not in k[0]} == {
            k: v for k, v in other.items() if "intake" not in k[0]
        }


def test_another_rule_counts_otherwise(real_logs: Real) -> None:
    """Negative control: with the statuses taken away nothing but handing on accepts, and most items differ."""
    log = log_of(real_logs(BPIC), BPIC)
    silent = {item: handoffs([e for e in events if e.rank == 0]) for item, events in events_of(log).items()}
    assert counts(silent.values()) != counts(independent(log).values())
