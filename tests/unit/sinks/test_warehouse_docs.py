"""The data dictionary is made from the migrations and says something about every column."""

from pathlib import Path

import pytest

from sinks import warehouse_docs as dictionary
from sinks.migrate import LEDGER
from sinks.migration_files import parse, read
from sinks.tables import AUDIT, GENERATION_ZONES, TABLES
from sinks.warehouse_relations import relations


def test_every_table_the_sink_fills_is_described() -> None:
    """Each column that the sink writes or the warehouse computes has its line, and no migration describes anything else."""
    found = {relation.name: relation for relation in relations([*read(), parse("ledger", LEDGER)])}
    for name, table in TABLES.items():
        assert {column.name for column in found[name].columns} == {*table.columns, *table.computed}
        assert found[name].key.strip("()") == ", ".join(table.key)
    assert {name for name, relation in found.items() if relation.key} == {
        *TABLES,
        AUDIT.name,
        GENERATION_ZONES.name,
        "migrations",
        "topic_ids",
    }
    assert all(column.about for relation in found.values() for column in relation.columns)


def test_a_column_without_comment_is_refused() -> None:
    """Negative control: a column that says nothing stops the page."""
    text = "CREATE TABLE IF NOT EXISTS t\n(\n    a  UInt8  COMMENT 'x',\n    b  UInt8\n)\nENGINE = Memory\nCOMMENT 'y'"
    with pytest.raises(ValueError, match="t: a column without a comment"):
        relations([parse("0001_t.sql", text)])


def test_a_later_migration_replaces_the_description() -> None:
    """Of several definitions of one view the newest is described."""
    first, second = (
        f"CREATE OR REPLACE VIEW v\n(\n    a  UInt8  COMMENT '{x}'\n)\nAS SELECT 1 AS a\nCOMMENT 'c'" for x in "xy"
    )
    (view,) = relations([parse("0001_v.sql", first), parse("0002_v.sql", second)])
    assert view.columns == (("a", "UInt8", "y"),)


def test_check_tells_a_stale_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """--check is 0 right after writing and 1 once the page differs."""
    monkeypatch.setattr(dictionary, "PAGE", tmp_path / "warehouse.md")
    assert dictionary.main(["--check"]) == 1
    assert dictionary.main([]) == 0
    assert dictionary.main(["--check"]) == 0
    (tmp_path / "warehouse.md").write_text("old")
    assert dictionary.main(["--check"]) == 1
