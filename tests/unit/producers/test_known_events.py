"""An import against what a home holds."""

from pathlib import Path

from broker.memory_broker import MemoryBroker
from producers.importers.import_log import import_log
from producers.importers.known_events import Changes, KnownEvent, changes, content
from producers.importers.mapping import parse
from schemas.event_codec import decode
from schemas.topics import DEAD_LETTERS, EVENTS

MAPPING = parse(
    "{name: desk, format: csv, order: rows, case: id, time: {column: at}, team: {column: group}, due: {column: due}}", "t"
)
HEAD = "id,at,group,due\n"
OLD = "1,2026-01-01,A,2026-01-09\n1,2026-01-02,B,2026-01-09\n"


def log_of(path: Path, now_ms: int, log: MemoryBroker) -> MemoryBroker:
    import_log(path, MAPPING, log, now=lambda: now_ms)
    return log


def held(log: MemoryBroker) -> list[KnownEvent]:
    events = [(r.key, r.value) for partition in log.topics[EVENTS] for r in partition if r.value is not None]
    return sorted((decode(key, value).id, content(value)) for key, value in events)


def test_a_dry_run_says_what_would_change(tmp_path: Path) -> None:
    """Rows that are there are unchanged, whenever recorded; another due time is a correction, a further row is new."""
    path = tmp_path / "t.csv"
    path.write_text(HEAD + OLD)
    there = held(log_of(path, 1_800_000_000_000, MemoryBroker({EVENTS: 2, DEAD_LETTERS: 1}, lambda: 0)))

    def changed(rows: str) -> Changes | None:
        path.write_text(HEAD + rows)
        return import_log(path, MAPPING, None, dry_run=True, known=lambda source: iter(there)).changes

    assert changed(OLD) == Changes(new=0, corrected=0, unchanged=2)
    assert changed(OLD.replace("-09", "-08")) == Changes(new=0, corrected=2, unchanged=0)
    assert changed(OLD + "2,2026-01-03,A,\n") == Changes(new=1, corrected=0, unchanged=2)
    assert changed("2,2026-01-03,A,\n") == Changes(new=1, corrected=0, unchanged=0)


def test_lists_are_compared_by_id() -> None:
    """Whichever list is longer or ends first."""
    assert changes([], iter([("a", "1")])) == Changes()
    assert changes([("a", "1"), ("c", "1")], iter([("b", "1"), ("c", "2")])) == Changes(new=1, corrected=1)
    assert changes([("b", "1")], iter([("a", "1"), ("b", "1")])) == Changes(unchanged=1)
