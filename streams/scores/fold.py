"""The scores fold of one partition of contributions: cuts in, changed rows of rolling windows out. No clock, no randomness.

At W the current window ends at E, the next point of its grid. A scope gets a row for E when its sums in the window have
changed, by a contribution or because panes left; a row holds until the next one of its scope and window. Where ticks lie
further apart than a window's grid, as at the weekend of a log home, the ends between get theirs, too, where panes leave.
Rating groups are summed in days alone: a pair that has any gets a row of its own for each day, and when a group comes.
"""

from collections import Counter
from collections.abc import Iterator, Sequence

from measures.windows import DAILY, MONTHLY, WINDOWS, Window
from schemas.counters import Counters
from schemas.keys import contribution_key
from schemas.structs.contributions import Contribution
from streams.engine.buffered_state import BufferedState
from streams.engine.ports import Outgoing, StateStore, Tick
from streams.scores.contribution_store import ContributionStore, entries_of
from streams.scores.panes import Panes, Touched
from streams.scores.score_records import DAILY_REFRESH, LIVE_REFRESH, ScoreRecords, scope_bytes
from streams.scores.sum_cache import SumCache

VERSION = 2
"""Of the fold's rules, the registry of measures and the state's shape; another version is another generation."""
_W = b"w"


class Scores:
    """State of one partition between two saves. ``hot_sums`` bounds the sums kept unpacked."""

    def __init__(self, store: StateStore, partition: int, generation: int, hot_sums: int) -> None:
        self._partition = partition
        self._generation = generation
        self._state = BufferedState(store)
        self._cache = SumCache(self._state, hot_sums)
        self._panes = Panes(self._cache)
        self._contributions = ContributionStore(self._state)
        (saved,) = self._state.get_many([(_W, b"")])
        self._w = -1 if saved is None else int(saved)
        self.counters: Counters = Counter()

    def close(self, cut: Sequence[Contribution], tick: Tick) -> Iterator[Outgoing]:
        """Take in the updates of a cut, in their order; gives every row that W changes."""
        before, self._w = self._w, tick.w
        # Set before the steps: all of them are as of this W.
        self._state.put(_W, b"", str(tick.w).encode())
        # 1 windows move on, with a row for each end on the way at which sums changed, 2 what is past goes, 3 the cut's
        # updates, 4 a row for each scope whose sums changed. In this order an update finds panes and windows as of W, and
        # what it corrects is taken from where it was added; rows on the way say what was known at the W before.
        touched: Touched = {window: {} for window in WINDOWS}
        for window in WINDOWS:
            for end, scopes in self._panes.advance(window, before, tick.w):
                if end < window.end(tick.w):
                    yield from self._rows(window, end, scopes, tick)
                else:
                    touched[window] = scopes
        for end in self._nights_between(before, tick.w):
            yield from self._ratings(ScoreRecords(self._generation, self._partition, tick), end, whole=True)
        self._panes.drop_past(before, tick.w)
        self._forget(before)
        # A dict as an ordered set: rows go out in the same order in every replay.
        for window, scopes in self._take_in(cut).items():
            touched[window].update(scopes)
        records = ScoreRecords(self._generation, self._partition, tick)
        for window in WINDOWS:
            for scope, sums in self._panes.rows(window, touched[window]):
                yield records.record(scope, window, window.end(tick.w), LIVE_REFRESH, sums)
        # 5 ratings
        end = MONTHLY.end(tick.w)
        yield from self._ratings(records, end, whole=before < 0 or MONTHLY.end(before) != end)

    def _rows(self, window: Window, end: int, scopes: dict[bytes, None], tick: Tick) -> Iterator[Outgoing]:
        """Rows of an end between two Ws."""
        # Made anew for each end: it takes sums that it has seen for unchanged, and here they change from one end to the next.
        records = ScoreRecords(self._generation, self._partition, tick)
        for scope, sums in self._panes.rows(window, scopes):
            yield records.record(scope, window, end, LIVE_REFRESH, sums)

    def _take_in(self, cut: Sequence[Contribution]) -> Touched:
        newest: dict[bytes, Contribution] = {}
        for record in cut:
            key = contribution_key(record.scope, record.parts, record.subject, record.source, record.id, record.group)
            # Of several updates of a contribution in one cut the last holds; those between are of Ws that the scores never
            # show.
            newest[key] = record
        self.counters["updates"] += len(newest)
        updates = {key: entries_of(record) for key, record in newest.items()}
        deltas = self._contributions.replace(updates, DAILY.oldest(self._w))
        named = (
            (scope_bytes(record.scope, record.parts), record.scope, delta)
            for record, delta in zip(newest.values(), deltas, strict=True)
        )
        return self._panes.take(named, self._w)

    def _ratings(self, records: ScoreRecords, end: int, *, whole: bool) -> Iterator[Outgoing]:
        for scope, sums in self._panes.ratings(end, whole=whole).items():
            yield records.record(scope, MONTHLY, end, DAILY_REFRESH, sums)

    def _nights_between(self, before: int, w: int) -> range:
        """The ends of days of ratings that lie between two Ws, as long as anything is left of the groups there are.

        A group released at a midnight is in the day that begins, so it leaves a day later than those before it.
        """
        if before < 0:
            return range(0)
        last = MONTHLY.end(before)
        return range(last + DAILY.ms, min(MONTHLY.end(w), last + MONTHLY.ms + DAILY.ms), DAILY.ms)

    def _forget(self, before: int) -> None:
        # A new state has nothing to forget.
        if before >= 0:
            self.counters["forgotten"] += self._contributions.forget(DAILY.oldest(before), DAILY.oldest(self._w))

    def changes(self) -> dict[bytes, bytes | None]:
        """Writes since the last call. Afterwards the oldest unpacked sums beyond the bound leave memory."""
        # Sums first: they are unpacked until here, and ``changes`` hands over bytes.
        self._cache.settle()
        return self._state.changes()
