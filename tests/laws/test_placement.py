"""Strays change nothing: what stands in another partition than its key's, and control records that are not the clock's."""

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from broker.partitioner import partition_of
from streams.journeys.placement import Placement
from tests.laws.histories import AGREEMENTS, agreement, history, log_of
from tests.laws.machine import Machine, final
from tests.laws.scratch import Published

Records = list[tuple[str, bytes]]


def of_partition(records: Records, partition: int, partitions: int) -> Records:
    """The records that stand in a partition by right."""
    broadcast = {"clock", AGREEMENTS}
    return [r for r in records if r[0] in broadcast or partition_of(r[0].encode(), partitions) == partition]


def with_strays(records: Records, partition: int, partitions: int, rng: Random) -> Records:
    """The same, and those of the other partitions anywhere among them, and agreements that somebody else wrote.

    With the key of their pair, and with the clock's, as if they were about it.
    """
    mine = of_partition(records, partition, partitions)
    strays = [r for r in records if r not in mine]
    for _ in range(3):
        _, value = agreement(rng, 10)
        about_clock = value.replace(f'"subject":"{AGREEMENTS}"'.encode(), b'"subject":"clock"')
        assert about_clock != value
        strays += [("Ops > Net", value), ("clock", about_clock)]
    for stray in strays:
        mine.insert(rng.randrange(len(mine)), stray)  # never behind the last tick
    return mine


def folded(records: Records, partition: int, partitions: int, rng: Random) -> dict[int, Published]:
    """What holds at each W of a partition."""
    machine = Machine(log_of(records), rng, 2)
    machine.identity = msgspec.structs.replace(machine.identity, partition=partition, partitions=partitions)
    return final(machine.drive())


def differs(rng: Random, partitions: int) -> bool:
    """Whether strays show at any W of any partition of a random history."""
    records = history(rng)
    return any(
        folded(of_partition(records, p, partitions), p, partitions, rng)
        != folded(with_strays(records, p, partitions, rng), p, partitions, rng)
        for p in range(partitions)
    )


@given(st.randoms(use_true_random=False), st.sampled_from([1, 2, 3, 6]))
@settings(max_examples=60, deadline=None)
@pytest.mark.guard("place")
def test_strays_change_nothing(rng: Random, partitions: int) -> None:
    """Facts, contributions and counts of arrivals at every W are those of the log without strays."""
    assert not differs(rng, partitions)


@pytest.mark.control("place")
def test_without_the_check_they_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Negative control: taken as they come, strays make other facts."""
    monkeypatch.setattr(Placement, "check", lambda *_: None)
    assert sum(differs(Random(seed), 3) for seed in range(10)) > 5
