"""The log once more, from the warehouse's copy: the same records at the same offsets, and what journeys make of them."""

from collections.abc import Iterator
from typing import Any

from schemas.codec import STRUCTS, decode
from schemas.errors import Park
from schemas.events import TICK
from schemas.fields import to_ms
from schemas.installation import Installation
from sinks.warehouse import ClickHouse
from streams.engine.gate import Gate
from streams.engine.ports import Outgoing, StateStore, Tick
from streams.journeys.fold import Journeys

_TICK = STRUCTS[TICK]
_PAGE = 50_000
_SAVE_EVERY = 200_000
_HOT_ITEMS = 50_000


def raw(warehouse: ClickHouse, partition: int, offset: int) -> Iterator[tuple[int, int, bytes, bytes]]:
    """The partition's readable records up to and with ``offset``: (offset, append time in ms, key, value), in order."""
    query = (
        "SELECT offset, toUnixTimestamp64Milli(append_time), key, value FROM raw_events FINAL "
        "WHERE partition = {partition:UInt16} AND offset >= {start:UInt64} AND offset < {stop:UInt64} ORDER BY offset"
    )
    for start in range(0, offset + 1, _PAGE):
        page = {"partition": partition, "start": start, "stop": min(start + _PAGE, offset + 1)}
        for at, append_ms, key, value in warehouse.rows(query, page):
            yield at, append_ms, key.encode(), value.encode()


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
    gate = Gate(rebuilt_until=installation.rebuilt_until.get(partition, -1))
    cut: list[Any] = []
    since_save = 0
    for at, append_ms, key, value in raw(warehouse, partition, offset):
        event = decode(key, value)
        since_save += 1
        if type(event) is not _TICK:
            try:
                admitted = fold.admit(event, append_ms)
            except Park as park:
                refused[at] = str(park.reason)
                continue
            if admitted is not None:
                cut.append(admitted)
            continue
        tick = Tick(to_ms(event.time), at, append_ms)
        if not gate.accepts(tick):
            continue
        yield tick.w, list(fold.close(cut, tick))
        cut = []
        if since_save > _SAVE_EVERY:
            store.save(fold.changes(), b"")
            since_save = 0
