"""What is counted of one sender: at which record it is over the limit, and at which just before it is not."""

from streams.engine.dead_letter_limit import RECOVERED, WINDOW, DeadLetterLimit, ParkedCount


def test_a_run_is_over_at_its_limit() -> None:
    """The n-th parked record in a row is over, the one before is not; counted together they are the same."""
    count = ParkedCount(DeadLetterLimit(1.0, 5))
    assert [count.park() for _ in range(5)] == [False, False, False, False, True]
    assert ParkedCount(DeadLetterLimit(1.0, 5)).park(5) and not ParkedCount(DeadLetterLimit(1.0, 5)).park(4)


def test_a_usable_record_ends_a_run() -> None:
    """Negative control: one usable record between, and the same number of parked ones is not over; none between ends none."""
    count = ParkedCount(DeadLetterLimit(1.0, 5))
    for _ in range(10):
        assert not any(count.park() for _ in range(4))
        count.use(1)
    count.park(4)
    count.use(0)
    assert count.park()


def over(count: ParkedCount, parked: int, usable: int) -> bool:
    """Whether so many parked and usable records, mixed evenly, are over at any of them."""
    total, found = parked + usable, False
    for n in range(total):
        if (n + 1) * parked // total > n * parked // total:
            found |= count.park()
        else:
            count.use(1)
    return found


def test_a_share_is_over_above_its_limit() -> None:
    """More than the share of a block is over; exactly the share is not, block after block."""
    limit = DeadLetterLimit(0.25, 10**6)
    assert over(ParkedCount(limit), WINDOW // 4 + 1, WINDOW * 3 // 4 - 1)
    count = ParkedCount(limit)
    assert not any(over(count, WINDOW // 4, WINDOW * 3 // 4) for _ in range(20))


def test_a_few_records_at_the_start_are_no_share() -> None:
    """A handful of parked records at the very beginning is no share yet."""
    assert not over(ParkedCount(DeadLetterLimit(0.01, 10**6)), WINDOW // 10 - 1, 0)


def test_blocks_do_not_add_up() -> None:
    """Parked records of an earlier block are forgotten."""
    count = ParkedCount(DeadLetterLimit(0.5, 10**6))
    assert not any(over(count, WINDOW * 2 // 5, WINDOW * 3 // 5) for _ in range(20))
    assert count.parked == 20 * WINDOW * 2 // 5


def test_it_is_over_after_enough_usable_records_in_a_row() -> None:
    """As many as are asked for, and not one less, however long it was bad; a parked one begins anew."""
    count = ParkedCount(DeadLetterLimit(1.0, 5))
    count.park(1000)
    count.use(RECOVERED - 1)
    assert not count.recovered
    count.park()
    count.use(RECOVERED - 1)
    assert not count.recovered
    count.use(1)
    assert count.recovered
