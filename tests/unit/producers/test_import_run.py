"""Whole imports, into a log in memory."""

import json
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Any

import pytest

from broker.memory_broker import MemoryBroker
from producers.importers.import_log import import_log
from producers.importers.import_result import ImportResult
from producers.importers.mapping import Mapping, load, parse
from producers.importers.sample_log import COLUMNS, MAPPING, write_log
from schemas.errors import Stop
from schemas.events import TICK
from schemas.fields import parse_time, to_ms
from schemas.ticks import BOUNDARY_MS
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS

NOW = 1_900_000_000_000
SAMPLE = load(MAPPING)
DESK = parse(
    "{name: desk, format: csv, order: rows, case: id, time: {column: at}, team: {column: group},"
    " status: {column: state, words: {new: queued, busy: working}}}",
    "desk.yaml",
)


def memory() -> MemoryBroker:
    return MemoryBroker({EVENTS: 3, CONTROL: 1, DEAD_LETTERS: 2}, lambda: NOW)


def run(path: Path, log: MemoryBroker | None, mapping: Mapping = SAMPLE, **more: Any) -> ImportResult:
    return import_log(path, mapping, log, now=lambda: NOW, **more)


def values(log: MemoryBroker, partition: int) -> list[dict[str, Any]]:
    return [json.loads(record.value or b"") for record in log.topics[EVENTS][partition]]


def all_events(log: MemoryBroker) -> list[dict[str, Any]]:
    return [e for p in range(3) for e in values(log, p) if e["type"] != TICK]


def ticks(log: MemoryBroker, partition: int) -> list[int]:
    return [to_ms(parse_time(e["time"])) for e in values(log, partition) if e["type"] == TICK]


@pytest.fixture
def sample(tmp_path: Path) -> Path:
    path = tmp_path / "sample.csv"
    write_log(path, 200, seed=3)
    return path


def test_a_backfill_sends_two_events_a_row(sample: Path) -> None:
    """Every row's move and status are acknowledged, each item in one partition, and nothing ticks."""
    log = memory()
    result = run(sample, log)
    assert result.rows * 2 == result.events == result.acknowledged == len(all_events(log))
    assert result.counts.items == 200
    assert (result.bad_rows, result.ticks, dict(result.counts.unmapped)) == (0, 0, {})
    homes = [{e["subject"] for e in values(log, p)} for p in range(3)]
    assert sum(map(len, homes)) == 200
    assert len(homes[0] & homes[1]) == 0


def test_importing_twice_sends_the_same_bytes(sample: Path) -> None:
    """A second import repeats the first byte for byte, so every reader's dedupe drops it."""
    once, twice = memory(), memory()
    run(sample, once)
    run(sample, twice)
    run(sample, twice)
    assert {json.dumps(e) for e in all_events(once)} == {json.dumps(e) for e in all_events(twice)}


def test_the_memory_of_a_sort_changes_nothing(sample: Path) -> None:
    """Sorted in memory or in many runs on disk, the records are the same in the same order."""
    whole, tiny = memory(), memory()
    run(sample, whole, replay=True)
    run(sample, tiny, replay=True, sort_bytes=5000)
    assert whole.topics == tiny.topics


def test_scattered_cases_are_put_together(sample: Path, tmp_path: Path) -> None:
    """The order of cases in the file changes no event: only the order inside a case counts."""
    header, *lines = sample.read_text().splitlines()
    by_case = sorted(lines, key=lambda line: line.split(",")[0])
    (tmp_path / "sorted.csv").write_text("\n".join([header, *by_case]))
    scattered, together = memory(), memory()
    run(sample, scattered)
    run(tmp_path / "sorted.csv", together)
    assert scattered.topics == together.topics


def test_a_replay_brings_its_own_time(sample: Path) -> None:
    """Every partition holds the same ticks, ascending, each the first boundary after an event; each event stands before
    the tick that contains it, behind the one that does not."""
    log = memory()
    result = run(sample, log, replay=True)
    found = ticks(log, 0)
    assert found == ticks(log, 1) == ticks(log, 2) == sorted(set(found))
    assert result.ticks == len(found)
    times = [to_ms(parse_time(e["time"])) for e in all_events(log)]
    assert found == sorted({ms // BOUNDARY_MS * BOUNDARY_MS + BOUNDARY_MS for ms in times})
    for partition in range(3):
        last = 0
        for event in values(log, partition):
            ms = to_ms(parse_time(event["time"]))
            assert ms >= last
            last = ms if event["type"] == TICK else last


def test_a_second_replay_goes_on_and_never_back(sample: Path) -> None:
    """Importing again behind the log's own time ticks once, a second later; the ticks stay ascending everywhere."""
    log = memory()
    run(sample, log, replay=True)
    before = ticks(log, 0)
    assert run(sample, log, replay=True).ticks == 1
    assert ticks(log, 0) == ticks(log, 2) == [*before, before[-1] + 1000]


def test_a_replay_never_ticks_past_now(tmp_path: Path) -> None:
    """A log that ends in the running five minutes gets its last tick now, not in the future where readers reject it."""
    (tmp_path / "new.csv").write_text("id,at,group,state\na,2030-03-17T17:46:00Z,A,new\n")
    log = memory()
    run(tmp_path / "new.csv", log, DESK, replay=True)
    assert ticks(log, 1) == [NOW]


def test_a_dry_run_counts_and_sends_nothing(sample: Path) -> None:
    """A dry run needs no broker, and its counts are those of the import."""
    dry, real = run(sample, None, dry_run=True), run(sample, memory())
    assert (dry.rows, dry.events, dry.counts.items, dry.first_ms, dry.last_ms) == (
        real.rows,
        real.events,
        real.counts.items,
        real.first_ms,
        real.last_ms,
    )
    assert dry.acknowledged == 0
    words = "\n".join(dry.lines())
    assert "nothing was sent" in words
    assert '"type":"baton.item.moved.v1"' in words


BAD = """id,at,group,state,person
a,2026-01-05T10:00:00Z,A,new,Jane
a,yesterday,B,busy,Jane
,2026-01-05T11:00:00Z,A,new,Jane
a,2026-01-05T12:00:00Z,B
a,2026-01-05T13:00:00Z,B,odd,Jane
"""


@pytest.mark.parametrize("replay", [False, True])
def test_bad_rows_become_dead_letters(tmp_path: Path, replay: bool) -> None:
    """Each row that can't be used is a dead letter with file, line and reason, holding the mapped columns only."""
    (tmp_path / "bad.csv").write_text(BAD)
    log = memory()
    result = run(tmp_path / "bad.csv", log, DESK, replay=replay, bad_share=0.9)
    assert (result.bad_rows, result.parked, result.events, result.acknowledged) == (3, 3, 3, 3)
    letters = {int(headers["position"]): (headers, value) for headers, value in parked(log)}
    assert sorted(letters) == [3, 4, 5]
    headers, value = letters[3]
    assert headers == {
        "reason": "bad_row",
        "detail": "the time 'yesterday' fits none of: iso",
        "origin": f"import:bad.csv#{sha256(BAD.encode()).hexdigest()[:12]}",
        "partition": "0",
        "position": "3",
        "by": "import:desk",
    }
    assert json.loads(value or b"") == {"id": "a", "at": "yesterday", "group": "B", "state": "busy"}
    words = "\n".join(result.lines())
    assert "bad rows: 3" in words
    assert "line 5: has 3 cells, the header has 5" in words
    assert "unmapped status 'odd': 1 rows (first lines: 6)" in words


def parked(log: MemoryBroker) -> list[tuple[dict[str, str], bytes | None]]:
    """Headers and value of each dead letter."""
    return [
        ({name: value.decode() for name, value in letter.headers}, letter.value)
        for letters in log.topics[DEAD_LETTERS]
        for letter in letters
    ]


def test_letters_of_two_files_with_one_name_stay_apart(tmp_path: Path) -> None:
    """A letter's identity tells files of one name apart, and from a topic; the same file again gives the same letters."""
    logs = []
    for text in (BAD, BAD, BAD.replace("yesterday", "tomorrow")):
        (tmp_path / EVENTS).write_text(text)
        logs.append(memory())
        run(tmp_path / EVENTS, logs[-1], DESK, bad_share=0.9)
    first, again, other = ({(h["origin"], h["partition"], h["position"]) for h, _ in parked(log)} for log in logs)
    assert first == again
    assert len(first) == len(other) == 3
    assert not first & other
    assert EVENTS not in {origin for origin, _, _ in first | other}


def test_a_mended_row_shifts_no_other(tmp_path: Path) -> None:
    """When a bad row is mended and the log imported again, the events of all other rows are what they were."""
    (tmp_path / "bad.csv").write_text(BAD)
    (tmp_path / "good.csv").write_text(BAD.replace("yesterday", "2026-01-05T10:30:00Z"))
    bad, good = memory(), memory()
    run(tmp_path / "bad.csv", bad, DESK, bad_share=0.9)
    run(tmp_path / "good.csv", good, DESK, bad_share=0.9)
    before, after = ({json.dumps(e) for e in all_events(log)} for log in (bad, good))
    assert before < after


def test_a_mapping_that_fits_nothing_stops_before_anything_is_sent(sample: Path) -> None:
    """When most rows can't be used the mapping is at fault: nothing is sent, and the message shows a line."""
    log = memory()
    wrong = SAMPLE.model_copy(update={"time": SAMPLE.time.model_copy(update={"formats": ("%d.%m.%Y",)})})
    with pytest.raises(Stop, match=r"rows can't be used, e\.g\. line 2: the time '2026"):
        run(sample, log, wrong)
    assert log.ends(EVENTS) == [0, 0, 0]
    assert run(sample, None, wrong, dry_run=True).bad_rows == run(sample, None, wrong, dry_run=True).rows


def test_a_log_without_rows_stops(tmp_path: Path) -> None:
    """A header alone is no log."""
    (tmp_path / "empty.csv").write_text(",".join(COLUMNS) + "\n")
    with pytest.raises(Stop, match="holds no rows"):
        run(tmp_path / "empty.csv", memory())


@pytest.mark.parametrize("replay", [False, True])
@pytest.mark.parametrize("after", [0, 1, 2])
def test_a_stopped_import_is_mended_by_another(sample: Path, replay: bool, after: int) -> None:
    """Told to stop, an import ends early and says so; run again, the log holds every event, and ticks never go back."""
    log, whole, asked = memory(), memory(), iter(range(10**9))
    stopped = run(sample, log, replay=replay, stopping=lambda: next(asked) >= after)
    if stopped.stopped:
        assert "run it again" in stopped.lines()[-1]
    run(sample, log, replay=replay)
    run(sample, whole, replay=replay)
    assert {json.dumps(e) for e in all_events(log)} == {json.dumps(e) for e in all_events(whole)}
    assert ticks(log, 0) == ticks(log, 1) == sorted(set(ticks(log, 0)))


def test_rows_of_a_log_by_time_may_stand_anywhere(sample: Path, tmp_path: Path) -> None:
    """With order: time shuffled rows give the same events wherever no two rows of a case share a moment."""
    header, *lines = sample.read_text().splitlines()
    moments = [tuple(line.split(",")[:2]) for line in lines]
    alone = [line for line, moment in zip(lines, moments, strict=True) if moments.count(moment) == 1]
    (tmp_path / "a.csv").write_text("\n".join([header, *alone]))
    Random(5).shuffle(alone)
    (tmp_path / "b.csv").write_text("\n".join([header, *alone]))
    by_time = SAMPLE.model_copy(update={"order": "time"})
    first, second = memory(), memory()
    run(tmp_path / "a.csv", first, by_time)
    run(tmp_path / "b.csv", second, by_time)
    assert first.topics == second.topics


def test_a_dead_letter_shows_cells_as_they_stand(tmp_path: Path) -> None:
    """Also where a column is read twice, as one that says the identity is: its cell is not what tells rows apart."""
    path = tmp_path / "t.csv"
    path.write_text("id,at,group,state\n1,2026-01-01,A,new\n2,yesterday,A,new\n")
    log = memory()
    run(path, log, DESK.model_copy(update={"identity": ("at",)}))
    (letter,) = [record.value or b"" for part in log.topics[DEAD_LETTERS] for record in part]
    assert json.loads(letter) == {"id": "2", "at": "yesterday", "group": "A", "state": "new"}
