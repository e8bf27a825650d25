"""The scores fold writes the rows that a W changes, and no others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from schemas.record_codec import decode_score
from streams.engine.memory_store import MemoryStore
from streams.engine.ports import StateStore, Tick
from streams.engine.rocksdb_store import RocksStore
from streams.scores.fold import Scores
from tests.unit.scores.records import DAY, GENERATION, HOUR, MINUTE, T0, decoded, entry, update

NOON = T0 + 12 * HOUR + 7 * MINUTE
"""Inside every window's current slide."""


@pytest.fixture(params=["memory", "rocks"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[StateStore]:
    """A new store of either kind."""
    found = MemoryStore() if request.param == "memory" else RocksStore(tmp_path / "state")
    yield found
    found.close()


class Stepping:
    """A fold that is saved and opened again after every step."""

    def __init__(self, store: StateStore) -> None:
        self.store, self.offset = store, 0

    def to(self, w: int, *values: bytes) -> dict[tuple[Any, ...], Any]:
        """The rows written at W, by parts, window, end and refresh."""
        fold = Scores(self.store, 0, GENERATION, 1)
        self.offset += 1
        written = [decode_score(o.value) for o in fold.close(decoded(*values), Tick(w, self.offset, w))]
        self.store.save(fold.changes(), b"head")
        rows = {(tuple(r.parts), r.window, r.end, r.refresh): r for r in written}
        assert len(rows) == len(written), "a row was written twice at one W"
        return rows


def n_of(row: Any, measure: str = "fpy") -> int:
    """What a measure rests on."""
    found: int = next(r.n for r in row.results if r.measure == measure)
    return found


def test_only_scopes_that_changed_are_written(store: StateStore) -> None:
    """Within a slide a step writes the rows of the scopes it changed, for each window that holds the change, and no others."""
    steps = Stepping(store)
    steps.to(NOON, update(1, entry(NOON - 1)), update(1, entry(NOON - 1), parts=("A", "C")))
    rows = steps.to(NOON + 1, update(2, entry(NOON - 2 * HOUR), subject="j"))
    assert {(parts, window) for parts, window, _, _ in rows} == {(("A", "B"), w) for w in ("24h", "7d", "30d")}
    assert steps.to(NOON + 2) == {}


def test_an_update_that_says_the_same_writes_nothing(store: StateStore) -> None:
    """A contribution with the entries it had changes no row."""
    steps = Stepping(store)
    steps.to(NOON, update(1, entry(NOON - 1)))
    assert steps.to(NOON + 1, update(2, entry(NOON - 1))) == {}


def test_labels(store: StateStore) -> None:
    """A row written before its window's end is provisional, one written at the end is closed."""
    steps = Stepping(store)
    first = steps.to(NOON, update(1, entry(NOON - 1)))
    assert {row.label for row in first.values()} == {"provisional"}
    end = NOON + 3 * MINUTE
    at_end = steps.to(end, update(2, entry(NOON - 1), entry(NOON)))
    assert {window: (e == end, row.label) for (_, window, e, _), row in at_end.items()} == {
        "1h": (True, "closed"),
        **dict.fromkeys(("24h", "7d", "30d"), (False, "provisional")),
    }


def test_a_new_end_writes_only_what_changed_with_it(store: StateStore) -> None:
    """When the hour's end moves on, a scope that lost entries gets a row, maybe an empty one; the others get none."""
    steps = Stepping(store)
    half = update(1, entry(NOON - 56 * MINUTE), entry(NOON - 1), parts=("A", "D"))
    steps.to(NOON, update(1, entry(NOON - 56 * MINUTE)), update(1, entry(NOON - 1), parts=("A", "C")), half)
    rows = steps.to(NOON + 6 * MINUTE)
    hour = {parts: n_of(row) for (parts, window, _, _), row in rows.items() if window == "1h"}
    assert hour == {("A", "B"): 0, ("A", "D"): 1}
    assert steps.to(NOON + 7 * MINUTE) == {}


def test_a_weekend_writes_what_leaves_on_the_way(store: StateStore) -> None:
    """Over a gap between two Ws each window gets a row wherever a pane leaves it, at that very end, and none elsewhere."""
    steps = Stepping(store)
    steps.to(NOON, update(1, entry(NOON - 20 * MINUTE), entry(NOON - 1)))
    rows = steps.to(NOON + 3 * DAY)
    told = {(window, end): (n_of(row), row.label) for (_, window, end, _), row in rows.items()}
    assert told == {
        ("1h", T0 + 12 * HOUR + 50 * MINUTE): (1, "closed"),
        ("1h", T0 + 13 * HOUR + 10 * MINUTE): (0, "closed"),
        ("24h", T0 + DAY + 12 * HOUR): (1, "closed"),
        ("24h", T0 + DAY + 13 * HOUR): (0, "closed"),
    }


def test_what_leaves_a_scope_leaves_its_rows(store: StateStore) -> None:
    """A withdrawn contribution is taken away, and the row is written with nothing in it."""
    steps = Stepping(store)
    steps.to(NOON, update(1, entry(NOON - 1)))
    rows = steps.to(NOON + 1, update(2, live=False))
    assert len(rows) == 4 and all(n_of(row) == 0 for row in rows.values())
    assert steps.to(NOON + 6 * MINUTE) == {}


def test_late_and_moved_entries_count_where_they_belong(store: StateStore) -> None:
    """An entry that moves from this hour to yesterday leaves the hour and stays in the week."""
    steps = Stepping(store)
    steps.to(NOON, update(1, entry(NOON - 1)))
    rows = steps.to(NOON + 1, update(2, entry(NOON - DAY - HOUR)))
    assert {window: n_of(row) for (_, window, _, _), row in rows.items() if window in ("1h", "24h")} == {"1h": 0, "24h": 0}
    week = steps.to(NOON + 2, update(3, entry(NOON - DAY - HOUR), subject="j"))[("A", "B"), "7d", T0 + 13 * HOUR, "live"]
    assert n_of(week) == 2


def test_entries_ahead_of_w_count_when_their_time_comes(store: StateStore) -> None:
    """An entry after the window's end is in no row until the end has passed it."""
    steps = Stepping(store)
    ahead = update(1, entry(NOON + HOUR, "received"), scope="source", parts=("desk",))
    assert not [row for row in steps.to(NOON, ahead).values() if row.window == "1h" and n_of(row, "received")]
    rows = steps.to(NOON + HOUR + MINUTE)
    assert {n_of(row, "received") for (_, window, _, _), row in rows.items() if window == "1h"} == {1}


def group(tick: int, number: int, at: int) -> bytes:
    """A rating group of five."""
    cell = msgspec.structs.replace(entry(at, "votes", "leads\x1f44"), amount=5)
    return update(tick, cell, subject="A > B", group=number)


def test_a_rating_group_shows_at_once_and_each_day_anew(store: StateStore) -> None:
    """A group's row ends at the next midnight; each day has one while the window holds any group, with the groups of then."""
    steps = Stepping(store)
    ((key, row),) = steps.to(NOON, group(1, 0, NOON)).items()
    assert key == (("A", "B"), "30d", T0 + DAY, "daily") and row.label == "provisional"
    assert {(r.measure, r.part, r.value, r.n) for r in row.results if r.measure == "rating"} == {
        ("rating", "", 4.0, 5),
        ("rating", "leads", 4.0, 5),
    }
    assert steps.to(T0 + DAY) == {}
    midnight = steps.to(T0 + DAY + 1, group(3, 1, T0 + DAY + 1))
    assert {(row.end, n_of(row, "rating")) for row in midnight.values()} == {(T0 + 2 * DAY, 10)}
    # Days that no tick came in have theirs, too: the first group left with the last of them.
    daily = {row.end: n_of(row, "rating") for row in steps.to(T0 + 30 * DAY + 1).values() if row.refresh == "daily"}
    assert daily == {T0 + day * DAY: 10 if day < 31 else 5 for day in range(3, 32)}
    assert [row for row in steps.to(T0 + 32 * DAY).values() if row.refresh == "daily"] == []


def test_a_group_released_at_midnight_is_in_the_new_day(store: StateStore) -> None:
    """W = midnight ends the day before, so a group of that W is in the row of the next step."""
    steps = Stepping(store)
    assert [n_of(row, "rating") for row in steps.to(T0 + DAY, group(1, 0, T0 + DAY)).values()] in ([], [0])
    (row,) = steps.to(T0 + DAY + MINUTE).values()
    assert (row.end, n_of(row, "rating")) == (T0 + 2 * DAY, 5)


def test_a_group_of_midnight_leaves_with_its_own_day(store: StateStore) -> None:
    """Released at a midnight it is in the day that begins: a month of nights has it, also where none had a tick."""
    steps = Stepping(store)
    steps.to(T0 + DAY, group(1, 0, T0 + DAY))
    daily = [row.end for row in steps.to(T0 + 41 * DAY).values() if row.refresh == "daily"]
    assert daily == [T0 + day * DAY for day in range(2, 32)]


def test_a_long_silence_leaves_nothing(store: StateStore) -> None:
    """After years without events every pane, total and contribution is gone from the state."""
    steps = Stepping(store)
    steps.to(NOON, update(1, entry(NOON - 1)), group(1, 1, NOON))
    assert {n_of(row) for row in steps.to(NOON + 1000 * DAY).values() if row.refresh == "live"} == {0}
    assert [key for key, _ in store.scan(b"") if key != b"w"] == []


def test_an_update_of_past_entries_only_is_not_kept(store: StateStore) -> None:
    """History imported into a live home fills no panes and writes no rows."""
    steps = Stepping(store)
    assert steps.to(NOON, update(1, entry(NOON - 40 * DAY))) == {}
    assert [key for key, _ in store.scan(b"") if key != b"w"] == []


def test_the_bound_of_unpacked_sums_changes_nothing() -> None:
    """With one sum in memory or a thousand the rows are the same."""
    written = []
    for most in (1, 1_000):
        fold = Scores(MemoryStore(), 0, GENERATION, most)
        rows = []
        for step in range(40):
            w = NOON + step * 7 * MINUTE
            values = [update(step, entry(w - 1), subject=f"i{step % 3}", parts=("A", f"B{step % 5}"))]
            rows += [o.value for o in fold.close(decoded(*values), Tick(w, step, w))]
        written.append(rows)
    assert written[0] == written[1]
