"""First mappings of logs that nobody has mapped."""

import gzip
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from broker.memory_broker import MemoryBroker
from producers.importers.import_log import import_log
from producers.importers.mapping import load, parse
from producers.importers.mapping_suggestion import suggestion
from producers.importers.sample_log import write_log
from schemas.errors import Stop
from schemas.topics import DEAD_LETTERS, EVENTS

NOW = 1_900_000_000_000
Real = Callable[[str], Path]


def sent(path: Path, text: str) -> list[bytes]:
    log = MemoryBroker({EVENTS: 1, DEAD_LETTERS: 1}, lambda: NOW)
    result = import_log(path, parse(text, "t"), log, now=lambda: NOW)
    assert result.bad_rows == 0
    return [record.value or b"" for record in log.topics[EVENTS][0]]


def test_the_sample_log_needs_no_correction(tmp_path: Path) -> None:
    """Every column of the sample log is found with its format and words, and gives the events of its own mapping."""
    path = tmp_path / "sample.csv"
    write_log(path, 100)
    text = suggestion(path)
    own = load("sample")
    mapping = parse(text, "t")
    assert mapping.columns() == own.columns()._replace(sequence=None)
    assert (mapping.status and mapping.status.words) == (own.status and own.status.words)
    named = text.replace("name: sample\n", f"name: {own.name}\n")
    events = [e for e in sent(path, named) if b"deliverable" in e or b"status" in e]
    log = MemoryBroker({EVENTS: 1, DEAD_LETTERS: 1}, lambda: NOW)
    import_log(path, own, log, now=lambda: NOW)
    assert events == [record.value for record in log.topics[EVENTS][0]]


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "preset"), [("uci-498/incident_event_log.zip", "uci-498"), ("bpic2013/incidents.xes.gz", "bpic-2013")]
)
def test_real_logs_get_the_columns_of_their_presets(real_logs: Real, name: str, preset: str) -> None:
    """Case, time and team are the preset's columns, and no word that both know means another thing."""
    own, found = load(preset), parse(suggestion(real_logs(name)), "t")
    assert (found.format, found.order, found.case) == (own.format, own.order, own.case)
    assert (found.time.column, found.time.formats, found.team.column) == (own.time.column, own.time.formats, own.team.column)
    assert own.status is not None
    assert found.status is not None
    both = found.status.words.keys() & own.status.words.keys()
    assert {word: found.status.words[word] for word in both} == {word: own.status.words[word] for word in both}


STEPS = ((9, "Desk", "New"), (10, "Network", "In Progress"), (11, "Network", "Solved"))
ROWS = [
    ("Ticket No", "Changed At", "Assignment Group", "State", "Note"),
    *((f"T{n}", f"{n + 1:02}/11/2026 {h}:00", team, state, "x") for n in range(14) for h, team, state in STEPS),
]


@pytest.mark.parametrize(
    ("delimiter", "before", "after"),
    [(";", "", ""), ("\t", "Export of today\n\n", ""), ("|", "", ""), (",", "", "1,2,3\n"), (";", "sep=;\n", "")],
)
def test_forms_of_tables(tmp_path: Path, delimiter: str, before: str, after: str) -> None:
    """Whatever the delimiter and the lines before the titles, the columns are found, and the mapping works as it is."""
    path = tmp_path / "Tickets (new).csv"
    path.write_text(before + "".join(delimiter.join(row) + "\n" for row in ROWS) + after)
    text = suggestion(path)
    assert "name: tickets-new\n" in text
    result = import_log(path, parse(text, "t"), None, dry_run=True, now=lambda: NOW)
    assert (result.counts.items, dict(result.counts.teams)) == (14, {"Desk": 14, "Network": 28})
    assert dict(result.counts.statuses) == {"queued": 14, "working": 14, "resolved": 14}


def test_a_spreadsheet_and_a_packed_file(tmp_path: Path) -> None:
    """The fullest sheet is named where there are several; a packed table is one."""
    book = openpyxl.Workbook()
    assert book.active is not None
    book.active.append(["about"])
    sheet = book.create_sheet("Data")
    for row in ROWS:
        sheet.append(row)
    book.save(tmp_path / "t.xlsx")
    mapping = parse(suggestion(tmp_path / "t.xlsx"), "t")
    assert (mapping.format, mapping.sheet, mapping.case) == ("xlsx", "Data", ("Ticket No",))
    (tmp_path / "t.csv.gz").write_bytes(gzip.compress("".join(",".join(row) + "\n" for row in ROWS).encode()))
    assert parse(suggestion(tmp_path / "t.csv.gz"), "t").case == ("Ticket No",)


def test_what_cannot_be_known_is_marked(tmp_path: Path) -> None:
    """Days and months that could be either, words of no known meaning, and roles without a column: each with ??."""
    path = tmp_path / "t.csv"
    path.write_text(
        "id,when,group,state\n" + "".join(f"{n % 5},{n % 9 + 1:02}/0{n % 5 + 1}/2026,G{n % 3},Zzz\n" for n in range(40))
    )
    text = suggestion(path)
    assert 'formats: "%d/%m/%Y"   # ?? %m/%d/%Y would fit, too' in text
    path.write_text("a,b\n1,2\n3,4\n")
    text = suggestion(path)
    assert "case: ??" in text
    assert "column: ??" in text
    with pytest.raises(Stop, match=r"no column .\?\?"):
        import_log(path, parse(text, "t"), None, dry_run=True)


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b'{"a": 1}', b"id,at\n", b"<log></log>"])
def test_what_is_no_log_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty file, another kind of file, and a table without rows."""
    path = tmp_path / "t.csv"
    path.write_bytes(content)
    with pytest.raises(Stop):
        suggestion(path)


@pytest.mark.parametrize("first", [173_688, 1_736_880, 1_736_880_012, 1_736_880_012_345, 20_260_203, 41_000])
def test_numbers_of_tickets_are_no_times(tmp_path: Path, first: int) -> None:
    """However many digits a number has, a column that is called like a case's is one."""
    path = tmp_path / "t.csv"
    rows = [
        (first + n, f"2026-02-0{n % 7 + 1} 0{h}:00", t, s)
        for n in range(20)
        for h, t, s in ((1, "A", "New"), (2, "B", "Done"))
    ]
    path.write_text("id,changed at,queue,state\n" + "".join(f"{i},{at},{t},{s}\n" for i, at, t, s in rows))
    assert parse(suggestion(path), "t").case == ("id",)


@pytest.mark.parametrize(
    "word",
    [
        "Incomplete",
        "Unresolved",
        "Not started",
        "Inactive",
        "Network issue",
        "Remove Payment Block",
        "Never opened",
        "Renewed",
    ],
)
def test_a_word_that_only_looks_known_is_not(tmp_path: Path, word: str) -> None:
    """Parts of words, negations and long sentences give no status: it is left to who knows the log."""
    path = tmp_path / "t.csv"
    rows = [(n, t, s) for n in range(20) for t, s in (("A", "New"), ("B", word))]
    path.write_text(
        "id,changed at,queue,state\n" + "".join(f"T{i},2026-02-0{k % 9 + 1},{t},{s}\n" for k, (i, t, s) in enumerate(rows))
    )
    status = parse(suggestion(path), "t").status
    assert status is not None
    assert status.words == {"New": "queued"}


def test_a_trace_is_named_by_its_name(tmp_path: Path) -> None:
    """Of the keys of an XES trace `concept:name` is the case, whatever stands before it."""
    path = tmp_path / "t.xes"
    event = '<event><string key="concept:name" value="{0}"/><date key="time:timestamp" value="2026-02-03T0{1}:00:00Z"/>' \
            '<string key="org:group" value="{0}{1}"/></event>'  # fmt: skip
    traces = "".join(
        f'<trace><string key="creator" value="P{n % 3}"/><string key="concept:name" value="C{n}"/>'
        + event.format("x", 1) + event.format("y", 2) + "</trace>"
        for n in range(12)
    )  # fmt: skip
    path.write_text(f"<log>{traces}</log>")
    assert parse(suggestion(path), "t").case == ("concept:name",)


def test_what_a_person_does_not_see_is_no_log(tmp_path: Path) -> None:
    """A hidden sheet is not suggested, however large, as the import would not take it; prefixes of XES's names are nothing."""
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in ROWS:
        book.active.append(row)
    hidden = book.create_sheet("Old")
    hidden.sheet_state = "hidden"
    for row in [*ROWS, *ROWS[1:]]:
        hidden.append(["x", *row])
    book.save(tmp_path / "t.xlsx")
    assert parse(suggestion(tmp_path / "t.xlsx"), "t").sheet is None
    (tmp_path / "t.xes").write_text(
        "<x:log xmlns:x='x'>"
        + "".join(
            f'<x:trace><x:string key="concept:name" value="C{n}"/>'
            + "".join(
                f'<x:event><x:string key="org:group" value="{team}"/>'
                f'<x:date key="time:timestamp" value="2026-02-0{h}"/></x:event>'
                for h, team in ((1, "A"), (2, "B"))
            )
            + "</x:trace>"
            for n in range(9)
        )
        + "</x:log>"
    )
    assert parse(suggestion(tmp_path / "t.xes"), "t").case == ("concept:name",)
