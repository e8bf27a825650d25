"""A row of scores as a record: the measures of one scope in one window."""

from functools import lru_cache
from typing import Any

import msgspec

from measures.registry import results
from measures.sums import Sums
from measures.windows import Window
from schemas.contributions import SEPARATOR, place_of, scope_name
from schemas.scores import SCORE, encode_score, score_key
from schemas.topics import SCORES
from schemas.watermarks import version_of
from streams.engine.ports import Outgoing, Tick

DAILY_REFRESH = "daily"
LIVE_REFRESH = "live"
_encode = msgspec.json.Encoder().encode


def scope_bytes(scope: str, parts: list[str]) -> bytes:
    """A scope as the state's keys name it."""
    return scope_name(scope, parts).encode()


@lru_cache(10_000)
def _scope(name: bytes) -> tuple[str, list[str], bytes]:
    scope, *parts = name.decode().split(SEPARATOR)
    return scope, parts, place_of(scope, parts)


def kind_of(name: bytes) -> str:
    """pair, both, route or source."""
    return _scope(name)[0]


class Rows:
    """Writes the rows of one partition at one tick."""

    def __init__(self, generation: int, partition: int, tick: Tick) -> None:
        self._head: dict[str, Any] = {
            "version": version_of(generation, tick.offset),
            "partition": partition,
            "w": tick.w,
        }
        self._w = tick.w
        self._last: dict[tuple[bytes, str], tuple[Sums, msgspec.Raw]] = {}

    def row(self, name: bytes, window: Window, end: int, refresh: str, sums: Sums) -> Outgoing:
        """The row of a scope for the window that ends at ``end``: closed once W has reached it."""
        scope, parts, place = _scope(name)
        record = SCORE(
            scope=scope,
            parts=parts,
            window=window.name,
            end=end,
            refresh=refresh,
            label="provisional" if self._w < end else "closed",
            results=self._results(name, scope, refresh, sums),
            **self._head,
        )
        return Outgoing(SCORES, place, score_key(scope, parts, window.name, end, refresh), encode_score(record))

    def _results(self, name: bytes, scope: str, refresh: str, sums: Sums) -> msgspec.Raw:
        # Of a scope that is new today the windows hold the same: what a shorter one says is not computed again.
        before = self._last.get((name, refresh))
        if before is not None and before[0] == sums:
            return before[1]
        encoded = msgspec.Raw(_encode(results(scope, refresh, sums)))
        self._last[name, refresh] = sums, encoded
        return encoded
