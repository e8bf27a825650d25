"""The panes of every scope and the running totals of its windows, as of one W.

Groups in the state: ``p<grid><start>`` a pane, ``t<window>`` a window's totals, ``v<start>`` a day's rating groups; members
are scopes. A window's totals hold a scope while they are not empty.
"""

from collections.abc import Iterable, Iterator

from measures.registry import fields
from measures.sums import Growing, add, merge
from measures.windows import DAILY, FINE, GRIDS, MONTHLY, WINDOWS, Grid, Window
from streams.engine.buffered_state import StateKey, in_order, moment
from streams.scores.contribution_store import Delta
from streams.scores.sum_cache import SumCache

Touched = dict[Window, dict[bytes, None]]
"""For each window the scopes whose totals changed, in order."""
_PANE, _TOTAL, _RATINGS = b"p", b"t", b"v"


def _pane(grid: int, start: int) -> bytes:
    return _PANE + bytes([grid]) + in_order(start)


def _total(window: Window) -> bytes:
    return _TOTAL + bytes([WINDOWS.index(window)])


class Panes:
    """Sums of entries. Entries before the oldest pane kept are ignored, added or taken away."""

    def __init__(self, sums: SumCache) -> None:
        self._cache = sums
        self._rated: dict[bytes, None] = {}

    def advance(self, window: Window, before: int, w: int) -> Iterator[tuple[int, dict[bytes, None]]]:
        """Move a window's totals from one W to a later one, ``before`` being -1 for none, from each end at which they change
        to the next. Gives that end and the scopes that changed with it; until the next is asked for totals are of that end.

        Panes leave, and come in where an entry is ahead of W, as the times of arrival are while history is replayed.
        """
        if before < 0:
            return
        # Running totals: what left is taken away, what came in is added. Sums are integers, so no error grows.
        at = window.end(before)
        for end in self._ends(window, at, window.end(w)):
            changed: dict[bytes, None] = {}
            # After a pause longer than the window: only what it held is taken away, and only what it now holds comes in.
            self._add(window, at - window.ms, min(end - window.ms, at), -1, changed)
            self._add(window, max(at, end - window.ms), end, 1, changed)
            at = end
            yield end, changed

    def _ends(self, window: Window, before: int, last: int) -> list[int]:
        """The ends after ``before``, up to ``last`` and with it, at which a pane leaves the window or comes into it.

        Two ticks may lie years apart; looked at are the panes there are, not every end between.
        """
        grid = window.grid
        if last - before <= grid.ms:
            return [last] if last > before else []
        prefix = _PANE + bytes([GRIDS.index(grid)])
        ends = {last}
        # What leaves on the way, be it there already or only now; what comes in.
        for first, until, later in ((before - window.ms, last - window.ms, window.ms), (before, last, 0)):
            for group in self._cache.between(prefix, first, until, grid.ms):
                if self._cache.holds(group):
                    ends.add(moment(group) + grid.ms + later)
        return sorted(ends)

    def drop_past(self, before: int, w: int) -> None:
        """Panes that are past at W go. After ``advance`` of all windows, which need their sums; grids keep more than that."""
        if before < 0:
            return
        for number, grid in enumerate(GRIDS):
            self._drop(_PANE + bytes([number]), grid, before, w)
        self._drop(_RATINGS, DAILY, before, w)

    def _add(self, window: Window, first: int, last: int, sign: int, touched: dict[bytes, None]) -> None:
        totals, grid = _total(window), window.grid
        for start in range(first, last, grid.ms):
            # A pane of one grid moment holds all scopes, so that a step reads one stretch of keys.
            panes = self._cache.group(_pane(GRIDS.index(grid), start))
            keys = [(totals, scope) for scope in panes]
            for key, sums, (scope, amounts) in zip(keys, self._cache.open(keys), panes.items(), strict=True):
                merge(sums, amounts, sign)
                self._cache.changed(key)
                touched[scope] = None

    def _drop(self, prefix: bytes, grid: Grid, before: int, w: int) -> None:
        for group in self._cache.between(prefix, grid.oldest(before), grid.oldest(w), grid.ms):
            for scope in self._cache.group(group):
                self._cache.drop((group, scope))

    def take(self, deltas: Iterable[tuple[bytes, str, Delta]], w: int) -> Touched:
        """Add what contributions of (scope, its kind) changed; gives what that changed in each window."""
        fine: dict[bytes, dict[int, Growing]] = {}
        rated: dict[StateKey, Growing] = {}
        for scope, kind, delta in deltas:
            # Which fields are refreshed live and which once a day is the registry's; a field in neither is not summed.
            live, ratings = fields(kind, "live"), fields(kind, "daily")
            of_scope = fine.setdefault(scope, {})
            for (at, field, key), amount in delta.items():
                # Collected in five-minute panes first: the coarser grids get each pane's sum and not each entry.
                if field in live:
                    start = at - at % FINE.ms
                    pane = of_scope.get(start)
                    if pane is None:
                        pane = of_scope[start] = {}
                    add(pane, field, key, amount)
                # Groups come once a day, and are in days alone.
                elif field in ratings and DAILY.start(at) >= DAILY.oldest(w):
                    add(rated.setdefault((_RATINGS + in_order(DAILY.start(at)), scope), {}), field, key, amount)
        some = {key: sums for key, sums in rated.items() if sums}
        self._cache.add(some)
        self._rated = {scope: None for _, scope in some}
        return self._add_live(fine, w)

    def _add_live(self, fine: dict[bytes, dict[int, Growing]], w: int) -> Touched:
        oldest = [grid.oldest(w) for grid in GRIDS]
        spans = [(window, _total(window), window.begin(w), window.end(w)) for window in WINDOWS]
        touched: Touched = {window: {} for window in WINDOWS}
        keys: list[StateKey] = []
        amounts: list[Growing] = []
        for scope, panes in fine.items():
            for start, changed in panes.items():
                if not changed:
                    continue
                # Past panes take nothing, neither an addition nor its withdrawal: the two must be ignored alike.
                for number, grid in enumerate(GRIDS):
                    if (begin := start - start % grid.ms) >= oldest[number]:
                        keys.append((_pane(number, begin), scope))
                        amounts.append(changed)
                for window, group, begin, end in spans:
                    # An entry ahead of W is in its pane only; ``advance`` brings it into the window when W gets there.
                    if begin <= start < end:
                        keys.append((group, scope))
                        amounts.append(changed)
                        touched[window][scope] = None
        # One read for all panes and totals of the cut. Merging into three grids and four windows takes a third of the stage.
        for key, sums, changed in zip(keys, self._cache.open(keys), amounts, strict=True):
            merge(sums, changed)
            self._cache.changed(key)
        return touched

    def rows(self, window: Window, scopes: Iterable[bytes]) -> Iterator[tuple[bytes, Growing]]:
        """The totals of scopes whose totals changed; what is empty is given once more, and forgotten."""
        keys = [(_total(window), scope) for scope in scopes]
        for key, sums in zip(keys, self._cache.open(keys), strict=True):
            _, scope = key
            yield scope, sums
            # Given once as empty, so that readers see it become so, and dropped only then.
            if not sums:
                self._cache.drop(key)

    def ratings(self, end: int, *, whole: bool) -> dict[bytes, Growing]:
        """The rating groups in the 30 days before ``end`` of all scopes that have any, or of those the last ``take`` changed.

        Of the latter also where nothing is left.
        """
        changed, self._rated = self._rated, {}
        if not whole and not changed:
            return {}
        found: dict[bytes, Growing] = {} if whole else {scope: {} for scope in changed}
        # Thirty days are added anew: once a day that costs less than totals kept at every step.
        for start in range(end - MONTHLY.ms, end, DAILY.ms):
            for scope, sums in self._cache.group(_RATINGS + in_order(start)).items():
                if whole or scope in changed:
                    merge(found.setdefault(scope, {}), sums)
        return dict(sorted((scope, sums) for scope, sums in found.items() if sums or not whole))
