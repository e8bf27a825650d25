"""``baton simulate``: what its output holds when it says that its history is sent."""

import contextlib
from pathlib import Path

import pytest

from baton.commands import simulate


def test_its_lines_stand_in_a_file_before_it_is_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who waits for the announcement reads the lines at once."""
    output, seen = tmp_path / "simulate.log", list[tuple[str, str]]()
    monkeypatch.setattr(simulate, "announce", lambda home, name: seen.append((name, output.read_text())))
    with output.open("w") as file, contextlib.redirect_stdout(file):
        simulate.report(tmp_path, ["sent", "to repeat it"])
    assert seen == [("simulate", "sent\nto repeat it\n")]
