"""What `apply` says has changed."""

import pytest

from baton.control_changes import print_changes


def test_in_a_log_home_nothing_changes_before_an_import(capsys: pytest.CaptureFixture[str]) -> None:
    """That is said where something was changed; a live home's clock brings it by itself."""
    for time, kind, said in (("log", "new", True), ("live", "new", False), ("log", "same", False)):
        print_changes([(kind, "NOC is Network")], time)
        assert ("holds from the next `baton import` on" in capsys.readouterr().out) is said
