"""Scores as records: the measures of one scope in one window."""

from functools import lru_cache
from typing import Final, cast

import msgspec

from measures.registry import results
from measures.sums import Sums
from measures.windows import Window
from schemas.fields import Scope
from schemas.keys import SEPARATOR, scope_name, scope_partition_key, score_key
from schemas.record_codec import encode_record
from schemas.scores import Refresh
from schemas.structs.scores import Result, Score
from schemas.topics import SCORES
from schemas.watermarks import version_of
from streams.engine.ports import Outgoing, Tick

DAILY_REFRESH: Final = "daily"
LIVE_REFRESH: Final = "live"
_encode = msgspec.json.Encoder().encode


def scope_bytes(scope: str, parts: list[str]) -> bytes:
    """A scope as the state's keys name it."""
    return scope_name(scope, parts).encode()


# Names of scopes are split and hashed again at every step in which they change.
@lru_cache(10_000)
def _scope(name: bytes) -> tuple[Scope, list[str], bytes]:
    scope, *parts = name.decode().split(SEPARATOR)
    return cast(Scope, scope), parts, scope_partition_key(scope, parts)


class ScoreRecords:
    """Makes the records of one partition at one tick."""

    def __init__(self, generation: int, partition: int, tick: Tick) -> None:
        self._version = version_of(generation, tick.offset)
        self._partition = partition
        self._w = tick.w
        # For one tick only, since it is made anew for each.
        self._last: dict[tuple[bytes, str], tuple[Sums, msgspec.Raw]] = {}

    def record(self, name: bytes, window: Window, end: int, refresh: Refresh, sums: Sums) -> Outgoing:
        """The score of a scope in the window that ends at ``end``: closed once W has reached it."""
        scope, parts, partition_key = _scope(name)
        record = Score(
            scope=scope,
            parts=parts,
            window=window.name,
            end=end,
            refresh=refresh,
            version=self._version,
            partition=self._partition,
            w=self._w,
            label="provisional" if self._w < end else "closed",
            results=cast(list[Result], self._results(name, scope, refresh, sums)),  # encoded already
        )
        return Outgoing(SCORES, partition_key, score_key(scope, parts, window.name, end, refresh), encode_record(record))

    def _results(self, name: bytes, scope: Scope, refresh: Refresh, sums: Sums) -> msgspec.Raw:
        # Of a scope that is new today the windows hold the same: what a shorter one says is not computed again.
        before = self._last.get((name, refresh))
        if before is not None:
            sums_before, encoded = before
            # Comparing integers is far cheaper than the intervals and percentiles of a row. The sums must not change until
            # then.
            if sums_before == sums:
                return encoded
        encoded = msgspec.Raw(_encode(results(scope, refresh, sums)))
        self._last[name, refresh] = sums, encoded
        return encoded
