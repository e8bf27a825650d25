"""The dead-letter limit: at which record it stops, and at which just before it does not."""

import pytest

from schemas.errors import Stop
from streams.engine.dead_letter_limit import WINDOW, DeadLetterLimit, ParkedCount


def test_a_run_stops_at_its_limit() -> None:
    """The n-th parked record in a row stops, the one before does not; the message says where, why and how to mend it."""
    count = ParkedCount(DeadLetterLimit(1.0, 5), "baton.events.v1", partition=3)
    for _ in range(4):
        count.parked("invalid_json")
    with pytest.raises(Stop) as caught:
        count.parked("unknown_type")
    assert "partition 3" in caught.value.problem
    assert "5 records in a row" in caught.value.problem
    assert "unknown_type" in caught.value.problem
    assert "BATON_DEAD_LETTER_RUN" in caught.value.mend


def test_a_good_record_ends_a_run() -> None:
    """Negative control: one good record between, and the same number of parked ones does not stop."""
    count = ParkedCount(DeadLetterLimit(1.0, 5), "baton.events.v1", partition=0)
    for _ in range(10):
        for _ in range(4):
            count.parked("invalid_json")
        count.fine()


def feed(count: ParkedCount, parked: int, fine: int) -> None:
    """So many parked and good records, mixed evenly."""
    total = parked + fine
    for n in range(total):
        if (n + 1) * parked // total > n * parked // total:
            count.parked("bad_row")
        else:
            count.fine()


def test_a_share_stops_above_its_limit() -> None:
    """More than the share of a window stops; exactly the share does not."""
    feed(ParkedCount(DeadLetterLimit(0.25, 10**6), "baton.events.v1", 0), WINDOW // 4, WINDOW * 3 // 4)
    with pytest.raises(Stop, match="records were parked"):
        feed(ParkedCount(DeadLetterLimit(0.25, 10**6), "baton.events.v1", 0), WINDOW // 4 + 1, WINDOW * 3 // 4 - 1)


def test_a_share_just_below_goes_on_for_ever() -> None:
    """Negative control: at the share itself, window after window, nothing stops."""
    count = ParkedCount(DeadLetterLimit(0.25, 10**6), "baton.events.v1", 0)
    for _ in range(20):
        feed(count, WINDOW // 4, WINDOW * 3 // 4)


def test_a_few_records_at_the_start_stop_nothing() -> None:
    """A handful of parked records at the very beginning is no share yet."""
    count = ParkedCount(DeadLetterLimit(0.01, 10**6), "baton.events.v1", 0)
    for _ in range(WINDOW // 10 - 1):
        count.parked("bad_row")


def test_windows_do_not_add_up() -> None:
    """Parked records of an earlier window are forgotten: half the share in each of many windows does not stop."""
    count = ParkedCount(DeadLetterLimit(0.5, 10**6), "baton.events.v1", 0)
    for _ in range(20):
        feed(count, WINDOW * 2 // 5, WINDOW * 3 // 5)


def test_many_good_records_at_once() -> None:
    """Good records may be counted together; none at all changes nothing, a run goes on."""
    count = ParkedCount(DeadLetterLimit(1.0, 3), "baton.events.v1", 0)
    count.parked("bad_row")
    count.fine(0)
    count.parked("bad_row")
    count.fine(5000)
    count.parked("bad_row")
    count.parked("bad_row")
    with pytest.raises(Stop):
        count.parked("bad_row")
