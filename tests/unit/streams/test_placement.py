"""A record counts only where it belongs: an item's events in its partition, control records by the clock's key."""

from typing import Any, cast

import pytest

from broker.partitioner import partition_of
from broker.records import LogRecord
from schemas.errors import Park
from schemas.event_codec import make
from streams.journeys.event_cuts import EventCuts
from streams.journeys.fold import Journeys
from streams.journeys.placement import Placement
from tests.unit.streams.journeys import T0

PARTITIONS = 3
ITEM = b"CRC1"
RIGHT = partition_of(ITEM, PARTITIONS)


class Admitting:
    """A fold that takes everything."""

    def __init__(self) -> None:
        self.taken: list[Any] = []

    def admit(self, event: Any, append_ms: int) -> Any:
        self.taken.append(event)
        return event


def moved() -> bytes:
    """A move of the item."""
    return make("baton.item.moved.v1", id="1", source="s", subject=ITEM.decode(), time_ms=T0, body={"to": "Desk"})


def agreement(subject: str = "Desk > Network") -> bytes:
    """An agreement for Desk and Network."""
    agreed = {
        "supplier": "Desk",
        "customer": "Network",
        "deliverables": [{"deliverable": "work"}],
        "valid_from": "2026-01-01T00:00:00Z",
    }
    return make("baton.agreement.set.v1", id="a", source="s", subject=subject, time_ms=T0, body=agreed)


def taken(placement: Placement, key: bytes, value: bytes, offset: int = 0) -> int:
    """How many events the fold gets of a record."""
    fold = Admitting()
    EventCuts(cast(Journeys, fold), placement).take(LogRecord(offset, T0, key, value))
    return len(fold.taken)


@pytest.mark.parametrize("partition", range(PARTITIONS))
@pytest.mark.guard("place")
def test_an_event_counts_in_its_partition_alone(partition: int) -> None:
    """In another partition it is parked, and the words name the right one and the partitioner; the fold never sees it."""
    if partition == RIGHT:
        assert taken(Placement(partition, PARTITIONS), ITEM, moved()) == 1
        return
    with pytest.raises(Park) as caught:
        taken(Placement(partition, PARTITIONS), ITEM, moved())
    assert caught.value.reason == "wrong_partition"
    assert f"stands in partition {partition} of {PARTITIONS}; by murmur2" in caught.value.detail
    assert f"belongs in partition {RIGHT}" in caught.value.detail and "murmur2_random" in caught.value.detail


@pytest.mark.parametrize("partition", range(PARTITIONS))
def test_the_clocks_broadcasts_stand_everywhere(partition: int) -> None:
    """A control record with the clock's key counts in every partition."""
    assert taken(Placement(partition, PARTITIONS), b"clock", agreement()) == 1


@pytest.mark.parametrize("partition", range(PARTITIONS))
@pytest.mark.guard("place")
def test_a_control_record_of_somebody_else_is_parked(partition: int) -> None:
    """One that did not come through the clock counts nowhere, also where its key belongs: it would count in one partition."""
    with pytest.raises(Park, match=r"not_broadcast.*the clock did not broadcast"):
        taken(Placement(partition, PARTITIONS), b"Desk > Network", agreement())


def of_names(subject: str) -> bytes:
    """A record of names."""
    return make("baton.teams.set.v1", id="n", source="s", subject=subject, time_ms=T0, body={"teams": {"Net": "Network"}})


@pytest.mark.parametrize("value", [agreement("clock"), of_names("clock")], ids=["agreement", "names"])
@pytest.mark.guard("place")
def test_a_control_record_about_the_clock_is_nobodys(value: bytes) -> None:
    """With the subject `clock` its key is right in every partition's eyes, and it never came from the clock, but for ticks."""
    with pytest.raises(Park, match="not_broadcast"):
        taken(Placement(0, PARTITIONS), b"clock", value)
    assert taken(Placement(0, PARTITIONS, unmarked_before=1), b"clock", value) == 1
    assert EventCuts(cast(Journeys, Admitting()), Placement(0, PARTITIONS)).take(LogRecord(1, T0, *tick(T0))) is not None


def tick(w: int) -> tuple[bytes, bytes]:
    """A tick's key and value."""
    return b"clock", make("baton.clock.ticked.v1", id="t", source="baton/clock", subject="clock", time_ms=w, body={})


def test_logs_of_older_releases_stay_readable() -> None:
    """Up to where the clock gave control records their subject's key they count; from there on they don't."""
    old = Placement(0, PARTITIONS, unmarked_before=7)
    assert taken(old, b"Desk > Network", agreement(), 6) == 1
    with pytest.raises(Park, match="not_broadcast"):
        taken(old, b"Desk > Network", agreement(), 7)
