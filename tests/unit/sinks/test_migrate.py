"""Migrations are applied once, in order, and never changed afterwards."""

from pathlib import Path
from typing import Any

import pytest

from schemas.errors import Retry, Stop
from sinks.migrate import migrate, missing
from sinks.migration_files import Migration, parse, read


class Ledger:
    """A database that remembers what it ran; ``fails`` counts down to a statement that finds it away."""

    database = "b"

    def __init__(self, fails: int = -1) -> None:
        self.ran: list[str] = []
        self.fails = fails

    def create_database(self, name: str) -> None:
        self.ran.append(f"DATABASE {name}")

    def execute(self, statement: str) -> None:
        self.fails -= 1
        if self.fails == 0:
            raise Retry("away")
        self.ran.append(statement)

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        entered = (line.split("'") for line in self.ran if line.startswith("INSERT INTO migrations"))
        return [(parts[1], parts[3]) for parts in entered]


FILES = [parse("0001_a.sql", "CREATE 1;\nCREATE 2;\n"), parse("0002_b.sql", "CREATE 3")]


def test_statements_end_with_a_semicolon_at_the_end_of_a_line() -> None:
    """A semicolon inside a line or a remark ends nothing."""
    text = "-- a remark; with a semicolon;\nCREATE a COMMENT 'x; y'\n(b);\n\n-- more\nCREATE c;"
    assert parse("0001_a.sql", text).statements == ("CREATE a COMMENT 'x; y'\n(b)", "CREATE c")


def test_line_ends_do_not_change_the_checksum() -> None:
    """A checkout with other line ends is the same migration; another text is not."""
    assert parse("n", "A;\r\nB;\r\n") == parse("n", "A;\nB;\n")
    assert parse("n", "A;\nB;\n").checksum != parse("n", "A;\nC;\n").checksum


def test_running_twice_applies_once() -> None:
    """The second run finds nothing to do."""
    database, said = Ledger(), list[str]()
    assert migrate(database, FILES, said.append) == ["0001_a.sql", "0002_b.sql"] == said
    assert [line for line in database.ran if line in {"CREATE 1", "CREATE 2", "CREATE 3"}] == [
        "CREATE 1",
        "CREATE 2",
        "CREATE 3",
    ]
    before = len(database.ran)
    assert migrate(database, FILES, said.append) == []
    assert not any(line.startswith(("CREATE 1", "CREATE 2", "CREATE 3")) for line in database.ran[before:])


@pytest.mark.parametrize("fails", range(1, 7))
def test_a_run_that_stopped_half_way_is_taken_up_again(fails: int) -> None:
    """Wherever the first run stopped, the second ends with every statement run and both files entered once."""
    database = Ledger(fails)
    with pytest.raises(Retry):
        migrate(database, FILES, lambda _: None)
    migrate(database, FILES, lambda _: None)
    assert {"CREATE 1", "CREATE 2", "CREATE 3"} <= set(database.ran)
    assert sorted(name for name, _ in database.rows("")) == ["0001_a.sql", "0002_b.sql"]


def test_a_changed_migration_stops() -> None:
    """A file that was changed after it was applied stops everything, naming the file and the mend."""
    applied = {migration.name: migration.checksum for migration in FILES}
    changed = [FILES[0], Migration("0002_b.sql", ("CREATE 4",), "other")]
    assert missing(FILES, applied, "b") == []
    with pytest.raises(Stop, match=r"0002_b\.sql was changed after database b had it") as caught:
        missing(changed, applied, "b")
    assert "new file with the next number" in caught.value.mend


def test_a_database_of_a_newer_baton_stops() -> None:
    """A migration in the database that is not among the files means that a newer Baton was here."""
    with pytest.raises(Stop, match=r"0003_c\.sql, which this Baton does not know"):
        missing(FILES, {"0003_c.sql": "x"}, "b")


def test_a_missing_number_stops(tmp_path: Path) -> None:
    """Files are numbered without holes, so that their order is no guess."""
    for name in ("0001_a.sql", "0003_c.sql"):
        (tmp_path / name).write_text("CREATE 1;")
    with pytest.raises(Stop, match="0002 is missing or doubled: found 0003_c"):
        read(tmp_path)


def test_every_statement_may_run_twice() -> None:
    """Each statement of the shipped migrations is harmless when it runs again."""
    statements = [statement for migration in read() for statement in migration.statements]
    assert statements
    safe = ("CREATE TABLE IF NOT EXISTS ", "CREATE OR REPLACE VIEW ", "CREATE ROLE IF NOT EXISTS ", "GRANT SELECT ON ")
    again = (
        "ADD COLUMN IF NOT EXISTS ",
        "COMMENT COLUMN IF EXISTS ",
        "ADD INDEX IF NOT EXISTS ",
        "MATERIALIZE INDEX IF EXISTS ",
    )
    altered = tuple(f"    {words}" for words in again)
    for statement in statements:
        head, *lines = statement.splitlines()
        columns = head.startswith("ALTER TABLE ") and all(line.startswith(altered) for line in lines)
        assert columns or statement.startswith(safe), head


def test_tables_of_upserts_are_not_partitioned() -> None:
    """No table is partitioned: a row whose partition key changed would show twice."""
    text = "\n".join(statement for migration in read() for statement in migration.statements)
    assert "PARTITION BY" not in text.replace("OVER (PARTITION BY", "")
