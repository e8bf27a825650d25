"""Files as people have them: each small case of ../shared/data/cases that is about one, with what its user expects."""

import runpy
from collections.abc import Callable
from pathlib import Path

import pytest

from broker.memory_broker import MemoryBroker
from producers.importers.import_log import import_log
from producers.importers.import_result import ImportResult
from producers.importers.mapping import Mapping, load
from schemas.errors import Stop
from schemas.topics import DEAD_LETTERS, EVENTS
from tests.oracles.folding import NOW, PARTITIONS, Folded, everything, imported

pytestmark = pytest.mark.real
Real = Callable[[str], Path]
_HOUR = 3_600_000


@pytest.fixture
def large(tmp_path: Path, real_logs: Real, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The inputs that are too large to keep, made by the script beside the cases."""
    monkeypatch.setattr("sys.argv", ["make-large.py", str(tmp_path)])
    runpy.run_path(str(real_logs("cases/make-large.py")))
    return tmp_path


def dry(real_logs: Real, name: str, mapping: str, **changed: object) -> ImportResult:
    rules = load(real_logs(f"cases/{mapping}.yaml")).model_copy(update=changed)
    return import_log(real_logs(f"cases/{name}"), rules, None, dry_run=True)


def stands(real_logs: Real, name: str, mapping: Mapping | str) -> Folded:
    rules = load(real_logs(f"cases/{mapping}.yaml")) if isinstance(mapping, str) else mapping
    return everything(imported([real_logs(f"cases/{name}")], rules))


def paths(found: Folded) -> list[list[str]]:
    return [item.path for item in found.of("item")]


def sent(path: Path, rules: Mapping) -> tuple[ImportResult, list[bytes]]:
    """What an import says, and the dead letters it wrote."""
    log = MemoryBroker({EVENTS: PARTITIONS, DEAD_LETTERS: 1}, lambda: NOW)
    result = import_log(path, rules, log)
    return result, [record.value or b"" for record in log.topics[DEAD_LETTERS][0]]


def test_02_times_in_another_century_are_refused_before_anything_is_sent(real_logs: Real, large: Path) -> None:
    """The dry run names the rows, no row can be used, and the import sends nothing; so no worker ever sees them."""
    result = dry(real_logs, "02.csv", "02")
    assert (result.useless, result.bad_rows) == (True, 6)
    assert "more than 400 days ahead" in result.bad_examples[0][1]
    log = MemoryBroker({EVENTS: PARTITIONS, DEAD_LETTERS: 1}, lambda: NOW)
    with pytest.raises(Stop, match=r"3,000 of 3,000 rows can't be used.*400 days ahead"):
        import_log(large / "02-large.csv", load(real_logs("cases/02.yaml")), log)
    assert log.topics == MemoryBroker({EVENTS: PARTITIONS, DEAD_LETTERS: 1}, lambda: NOW).topics


def test_04_a_delimiter_behind_the_last_cell_is_no_cell(real_logs: Real) -> None:
    """Three rows with an empty cell too many are used, and counted."""
    result = dry(real_logs, "04.csv", "04")
    assert (result.bad_rows, result.notes.extra_cells) == (0, 3)
    assert paths(stands(real_logs, "04.csv", "04")) == [["Desk", "Network"]]


def test_05_cells_left_out_at_the_end_are_empty(real_logs: Real) -> None:
    """Rows that lack only what the mapping does not read are used, and counted."""
    result = dry(real_logs, "05.csv", "05")
    assert (result.bad_rows, result.notes.short_rows) == (0, 2)
    assert paths(stands(real_logs, "05.csv", "05")) == [["Desk", "Network", "Desk", "Network"]]


def test_06_a_mark_that_does_not_close_is_named(real_logs: Real) -> None:
    """The file is refused with the line of the mark; with marks as signs like others it has its five rows."""
    with pytest.raises(Stop, match=r"06.csv, line 2: a quotation mark"):
        dry(real_logs, "06.csv", "06")
    plain = load(real_logs("cases/06.yaml")).model_copy(update={"quote": ""})
    assert import_log(real_logs("cases/06.csv"), plain, None, dry_run=True).rows == 5
    assert sorted(paths(stands(real_logs, "06.csv", plain)), reverse=True) == [["Desk", "Network", "Desk"], ["Desk", "Mail"]]


@pytest.mark.parametrize("mapping", ["07", "07-right"])
def test_07_utf_16_is_read_as_its_mark_says(real_logs: Real, mapping: str) -> None:
    """Whatever the mapping says of the encoding, or nothing."""
    assert paths(stands(real_logs, "07.csv", mapping)) == [["Büro", "Netz"]]


def test_08_the_hour_that_came_twice(real_logs: Real) -> None:
    """By the order of rows two of three are of the second time, none is lost; by time nothing tells, and they are counted."""
    result = dry(real_logs, "08.csv", "08")
    assert (result.counts.repeated_hour, result.counts.second_hour, result.counts.time_clamped) == (3, 2, 0)
    (item,) = stands(real_logs, "08.csv", "08").of("item")
    assert item.path == ["Desk", "Network", "Desk"]
    assert [(b - a) / _HOUR for a, b in zip(item.path_at, item.path_at[1:], strict=False)] == [1, 5 / 6]
    by_time = dry(real_logs, "08.csv", "08-by-time")
    assert (by_time.counts.repeated_hour, by_time.counts.second_hour) == (3, 0)
    assert any("where nothing tells" in line for line in by_time.lines())


def test_09_a_zone_in_the_text_is_heeded(real_logs: Real) -> None:
    """UTC, GMT and CET of one file come out as the moments they are."""
    (item,) = stands(real_logs, "09.csv", "09").of("item")
    first, second = item.path_at
    assert (second - first, item.resolved_at - first) == (18 * 60_000, 48 * 60_000)


def test_11_a_line_that_names_the_delimiter_is_no_header(real_logs: Real) -> None:
    """sep=; is heeded, and said."""
    assert dry(real_logs, "11.csv", "11", delimiter=",").notes.shown_delimiter == ";"
    assert paths(stands(real_logs, "11.csv", "11")) == [["Desk", "Network"]]


def test_12_a_word_for_nothing_is_seen_in_the_dry_run(real_logs: Real) -> None:
    """The team `nan` is listed and asked about; once it is missing, the item waits for nobody in between."""
    assert any("team 'nan': 1 rows; if that means nobody" in line for line in dry(real_logs, "12.xes", "12").lines())
    rules = load(real_logs("cases/12.yaml")).model_copy(update={"missing": frozenset({"", "nan"})})
    assert paths(stands(real_logs, "12.xes", rules)) == [["Desk", "Network"]]


def test_13_an_encoding_that_the_file_says_wrongly(real_logs: Real) -> None:
    """Without a word of the mapping the line and the cure are named; with it the names are right."""
    with pytest.raises(
        Stop, match=r"13.xes, line 4: bytes that are not in the encoding the file declares\n.*encoding: cp1252"
    ):
        dry(real_logs, "13.xes", "13", encoding=None)
    assert paths(stands(real_logs, "13.xes", "13")) == [["Büro", "Netz"]]


def test_15_a_later_export_corrects_and_doubles_nothing(real_logs: Real) -> None:
    """Today's due time and kind in old rows are corrections: every event is there once, with the newer words."""
    rules = load(real_logs("cases/15.yaml"))
    files = [real_logs("cases/15a.csv"), real_logs("cases/15b.csv")]
    once, both = everything(imported(files[1:], rules)), everything(imported(files, rules))
    assert [item.events for item in both.of("item")] == [item.events for item in once.of("item")] == [4] * 8
    assert {h.deliverable for h in both.of("handoff")} == {"request"}
    assert {key: fact for key, fact in both.facts.items() if key[0] != "intake"} == {
        key: fact for key, fact in once.facts.items() if key[0] != "intake"
    }
    again = everything(imported([*files, files[0]], rules))
    assert {h.deliverable for h in again.of("handoff")} == {"incident"}


def test_43_a_huge_cell_is_one_bad_row_and_shows_nothing(real_logs: Real, large: Path) -> None:
    """A pasted log in one cell: its row is named with its lines, the others are used, no word of it is in the dead letters."""
    result, letters = sent(large / "43.csv", load(real_logs("cases/43.yaml")))
    assert (result.rows, result.bad_rows) == (4, 1)
    assert result.bad_examples == [(3, "longer than 1,048,576 characters (lines 3 to 30003)")]
    assert b"pasted" not in b"".join(letters)
    assert len(letters) == 1


def test_44_json_is_called_json(real_logs: Real, large: Path) -> None:
    """A file of another kind is named before anything of it is read as rows."""
    with pytest.raises(Stop, match=r"44\.csv is not CSV but JSON"):
        import_log(large / "44.csv", load(real_logs("cases/43.yaml")), None, dry_run=True)


def test_47_an_export_newest_first(real_logs: Real) -> None:
    """The dry run notices the direction; said so, no item bounces between teams that it went through once."""
    assert any("set `order: newest_first`" in line for line in dry(real_logs, "47.csv", "47").lines())
    rules = load(real_logs("cases/47.yaml")).model_copy(update={"order": "newest_first"})
    items = stands(real_logs, "47.csv", rules).of("item")
    assert sorted(item.path for item in items) == [["Desk", "Network"], ["Desk", "Network", "Mail", "Network"]]
