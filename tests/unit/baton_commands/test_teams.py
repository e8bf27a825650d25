"""`baton teams check`: what a file of names says, without a broker."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from baton.commands.teams import app
from schemas.errors import Stop

FILE = """\
teams:
  - team: Network Operations
    aliases:
      - name: Network
        valid_from: 2026-11-03
      - NOC
"""


def test_check_says_what_each_name_means(tmp_path: Path) -> None:
    """One line a name, of a folder's files; nothing is sent anywhere."""
    (tmp_path / "teams.yaml").write_text(FILE)
    told = CliRunner().invoke(app, ["check", str(tmp_path), "--home", str(tmp_path / "home")])
    assert told.output.splitlines() == ["Network = Network Operations from 2026-11-03", "NOC = Network Operations"]
    assert told.exit_code == 0


def test_a_mistake_stops_with_its_line(tmp_path: Path) -> None:
    """As every command, it says what to mend."""
    path = tmp_path / "teams.yaml"
    path.write_text(FILE.replace("team: Network Operations", "tema: Network Operations"))
    told = CliRunner().invoke(app, ["check", str(path), "--home", str(tmp_path / "home")])
    assert isinstance(told.exception, Stop) and "line 2: teams.0.tema: no such key" in told.exception.problem


@pytest.mark.parametrize("day", ["soon", "3.11.2026"])
def test_a_day_that_is_none_is_refused(tmp_path: Path, day: str) -> None:
    """Before any broker is asked."""
    told = CliRunner().invoke(app, ["retract", "Network", day, "--home", str(tmp_path / "home")])
    assert isinstance(told.exception, Stop) and "no date" in told.exception.problem
