"""An export of a log, and the export of another day, in which old rows show what is so today (case 15)."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.fixtures.home import home_at

IN_THE_HOME = "in the home: "


def in_the_home(said: str) -> str:
    """What a dry run says of the home."""
    return next(line for line in said.splitlines() if line.startswith(IN_THE_HOME)).removeprefix(IN_THE_HOME)


@pytest.mark.stack
@pytest.mark.real
def test_a_later_export_corrects_what_the_dry_run_said(tmp_path: Path, real_logs: Callable[[str], Path]) -> None:
    """Each dry run says what the import then does: new at first, unchanged again, corrected by the later export; afterwards
    each event is there once, with the later words, and everything recomputed is the same."""
    mapping = str(real_logs("cases/15.yaml"))
    first, later = str(real_logs("cases/15a.csv")), str(real_logs("cases/15b.csv"))
    with home_at(tmp_path / "home") as home:
        home.up()
        for file, said in (
            (first, "32 events would be new, 0 corrected, 0 stay as they are"),
            (first, "0 events would be new, 0 corrected, 32 stay as they are"),
            (later, "0 events would be new, 16 corrected, 16 stay as they are"),
            (later, "0 events would be new, 0 corrected, 32 stay as they are"),
        ):
            assert in_the_home(home.baton("import", file, "--mapping", mapping, "--dry-run")) == said
            home.baton("import", file, "--mapping", mapping)
            home.wait()
        assert home.rows("SELECT DISTINCT deliverable, due_at FROM handoffs") == [["request", "2026-02-20 12:00:00.000"]]
        assert home.rows("SELECT toUInt32(count()), toUInt32(sum(events)) FROM items") == [[8, 32]]
        assert home.rows("SELECT toUInt32(sum(duplicate)), toUInt32(sum(corrected)) FROM intake") == [[80, 16]]
        assert "0 differences" in home.verify()
