"""One process per directory, on loopback."""

import os
from pathlib import Path

import pytest

from local.warehouse.startup_checks import check_loopback, lock_directory
from schemas.errors import Stop


def test_a_directory_has_one_owner(tmp_path: Path) -> None:
    """A second owner is told who the first is; once that one is gone the directory is free."""
    lock = lock_directory(tmp_path / "home")
    with pytest.raises(Stop, match=f"another process holds .* \\(pid {os.getpid()}\\)"):
        lock_directory(tmp_path / "home")
    lock.release()
    lock_directory(tmp_path / "home").release()


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_loopback(host: str) -> None:
    """Addresses of this machine alone are fine."""
    check_loopback(host)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "", "10.0.0.1", "example.org", "127.0.0.1.example.org"])
def test_not_loopback(host: str) -> None:
    """Any other address is refused, with the way to share a warehouse."""
    with pytest.raises(Stop, match="BATON_CLICKHOUSE"):
        check_loopback(host)
