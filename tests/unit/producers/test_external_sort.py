"""Sorting on disk."""

from pathlib import Path
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from producers.importers.external_sort import ExternalSort

keys = st.lists(st.tuples(st.text(max_size=4), st.integers(-(2**40), 2**40)), max_size=300, unique=True)


@given(keys, st.integers(1, 5000))
@settings(deadline=None)
def test_external_sort_equals_sorted(entries: list[tuple[str, int]], run_bytes: int) -> None:
    """Whatever the memory it may take, it gives back what ``sorted`` would, blobs with their keys."""
    with ExternalSort(run_bytes=run_bytes) as sort:
        for key in entries:
            sort.add(key, repr(key).encode())
        assert [(key, repr(key).encode()) for key in sorted(entries)] == [(tuple(k), b) for k, b in sort.sorted()]


def test_many_runs_are_merged_and_leave_nothing_behind(tmp_path: Path) -> None:
    """More runs than files may be open are merged on the way; afterwards the folder is empty."""
    numbers = list(range(3000))
    Random(7).shuffle(numbers)
    with ExternalSort(tmp_path, run_bytes=2000) as sort:
        for number in numbers:
            sort.add((number,), b"x")
        assert 0 < len(list(tmp_path.rglob("run-*"))) < 64
        assert list(range(3000)) == [key[0] for key, _ in sort.sorted()]
    assert list(tmp_path.iterdir()) == []
