"""Laws of items that go on: an item whose events come in order is not folded anew, and nothing of that shows."""

from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import event_codec as codec
from streams.journeys import item_fold
from tests.laws.histories import STEP, T0, TEAMS, log_of, status, tick
from tests.laws.machine import Machine, final, published, roomy
from tests.laws.scratch import expected
from tests.laws.test_journeys import without_arrivals

MOVED, STATUS = "baton.item.moved.v1", "baton.item.status.v1"


def in_turn(rng: Random) -> list[tuple[str, bytes]]:
    """Moves and statuses of one item, one after another, a tick behind nearly each; now and then one arrives late."""
    records: list[tuple[str, bytes]] = []
    for number in range(1, rng.randrange(2, 25)):
        at = T0 + number * STEP
        body: dict[str, Any] = {"to": rng.choice(TEAMS)} if rng.random() < 0.55 else status(rng, number)
        late = rng.random() < 0.1
        parts: dict[str, Any] = {
            "id": f"e{number}",
            "source": "desk",
            "subject": "x",
            "time_ms": at - late * rng.randrange(number) * STEP,
        }
        records.append(("x", codec.make(STATUS if "status" in body else MOVED, body=body, **parts)))
        if rng.random() < 0.8:
            records.append(("clock", tick(at + 1)))
    return [*records, ("clock", tick(T0 + 100 * STEP))]


@given(st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
@pytest.mark.guard("moves")
def test_going_on_gives_what_folding_from_the_first_event_gives(rng: Random) -> None:
    """After each tick the facts and contributions are those of all events so far: ends, moves after them, work, rejections."""
    log = log_of(in_turn(rng))
    machine = Machine(log, rng, 0, fold_of=roomy).drive()
    wanted = {w: without_arrivals(holds) for w, holds in expected(log).items()}
    assert {w: without_arrivals(holds) for w, holds in final(machine).items()} == wanted
    assert {w: without_arrivals(holds) for w, holds in published(machine).items()} == wanted


@pytest.mark.control("moves")
def test_the_histories_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: most folds of these histories do go on, and one that went on over a rejection would show."""
    gone_on = 0
    go_on = item_fold._go_on

    def counted(*args: Any) -> Any:
        nonlocal gone_on
        gone_on += 1
        return go_on(*args)

    def differ(seeds: range) -> int:
        found = 0
        for seed in seeds:
            log = log_of(in_turn(Random(seed)))
            machine = Machine(log, Random(0), 0, fold_of=roomy).drive()
            found += {w: without_arrivals(holds) for w, holds in final(machine).items()} != {
                w: without_arrivals(holds) for w, holds in expected(log).items()
            }
        return found

    monkeypatch.setattr(item_fold, "_go_on", counted)
    assert differ(range(60)) == 0
    assert gone_on > 300
    monkeypatch.setattr(item_fold, "REJECTED", -1)  # nothing is taken for a rejection
    assert differ(range(60)) > 0
