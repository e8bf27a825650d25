"""The log once more, from the warehouse's copy: the same records at the same offsets, and what journeys make of them."""

from collections.abc import Iterator

from broker.records import LogRecord
from schemas.errors import Park
from schemas.installation import Installation
from sinks.clickhouse import ClickHouse
from streams.engine.ports import Outgoing, StateStore
from streams.journeys.event_cuts import EventCuts
from streams.journeys.fold import Journeys

_PAGE = 50_000
_SAVE_EVERY = 200_000
_HOT_ITEMS = 50_000


def raw_records(warehouse: ClickHouse, partition: int, offset: int) -> Iterator[LogRecord]:
    """The partition's readable records up to and with ``offset``, in order."""
    query = (
        "SELECT offset, toUnixTimestamp64Milli(append_time), key, value FROM raw_events FINAL "
        "WHERE partition = {partition:UInt16} AND offset >= {start:UInt64} AND offset < {stop:UInt64} ORDER BY offset"
    )
    for start in range(0, offset + 1, _PAGE):
        page = {"partition": partition, "start": start, "stop": min(start + _PAGE, offset + 1)}
        for at, append_ms, key, value in warehouse.rows(query, page):
            yield LogRecord(at, append_ms, key.encode(), value.encode())


def journeys_again(
    warehouse: ClickHouse,
    installation: Installation,
    partition: int,
    offset: int,
    store: StateStore,
    refused: dict[int, str],
) -> Iterator[tuple[int, list[Outgoing]]]:
    """Of every accepted tick up to the one at ``offset`` its W and what journeys publish for it. State lies in ``store``.

    Events that can be read and that the fold does not take are added to ``refused``: offset → reason.
    """
    made = installation.fold
    fold = Journeys(store, partition, installation.generation, made.horizon_days, _HOT_ITEMS, made.time_zone)
    cuts = EventCuts(fold, rebuilt_until=installation.rebuilt_until.get(partition, -1))
    since_save = 0
    for record in raw_records(warehouse, partition, offset):
        since_save += 1
        try:
            cut = cuts.take(record)
        except Park as park:
            refused[record.offset] = str(park.reason)
            continue
        if cut is None:
            continue
        yield cut.tick.w, list(fold.close(cut.taken, cut.tick))
        if since_save > _SAVE_EVERY:
            store.save(fold.changes(), b"")
            since_save = 0
