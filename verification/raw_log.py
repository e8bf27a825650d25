"""The log once more, from the warehouse's copy: the same records at the same offsets, and what journeys make of them."""

from collections.abc import Iterator

from broker.records import LogRecord
from schemas.errors import Park
from schemas.installation import Installation
from sinks.clickhouse import ClickHouse
from streams.engine.ports import Outgoing, StateStore
from streams.journeys.event_cuts import EventCuts
from streams.journeys.fold import Journeys
from streams.journeys.placement import Placement

_PAGE = 50_000
_SAVE_EVERY = 200_000
_HOT_ITEMS = 50_000


def raw_records(warehouse: ClickHouse, partition: int, offset: int) -> Iterator[LogRecord]:
    """The partition's readable records up to and with ``offset``, in order."""
    query = (
        "SELECT offset, toUnixTimestamp64Milli(append_time), key, value, headers FROM raw_events FINAL "
        "WHERE partition = {partition:UInt16} AND offset >= {start:UInt64} AND offset < {stop:UInt64} ORDER BY offset"
    )
    # By offset, so that each page is a range of the table's order. FINAL drops what a repeated insert left.
    for start in range(0, offset + 1, _PAGE):
        page = {"partition": partition, "start": start, "stop": min(start + _PAGE, offset + 1)}
        for at, append_ms, key, value, headers in warehouse.rows(query, page):
            binding = [(name, content.encode()) for name, content in headers.items()] if headers else ()
            yield LogRecord(at, append_ms, key.encode(), value.encode(), binding)


def journeys_again(
    warehouse: ClickHouse,
    installation: Installation,
    partition: int,
    partitions: int,
    offset: int,
    store: StateStore,
    refused: dict[int, str],
) -> Iterator[tuple[int, list[Outgoing]]]:
    """Of every accepted tick up to the one at ``offset`` its W and what journeys publish for it. State lies in ``store``.

    Events that can be read and that the fold does not take are added to ``refused``: offset → reason.
    """
    fold_settings = installation.fold
    # The same fold and cuts as the worker's; left out are the broker, Faust, the outbox and the saved checkpoint.
    zone = installation.zone_of_ratings
    fold = Journeys(store, partition, installation.generation, fold_settings.horizon_days, _HOT_ITEMS, zone)
    placement = Placement(partition, partitions, installation.unmarked_before(partition))
    cuts = EventCuts(fold, placement, rebuilt_until=installation.rebuilt_until.get(partition, -1))
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
        # Used up at once: the state is that of W only when the iterator is at its end.
        yield cut.tick.w, list(fold.close(cut.taken, cut.tick))
        if since_save > _SAVE_EVERY:
            # Only to bound memory: nothing here is ever continued.
            store.save(fold.changes(), b"")
            since_save = 0
