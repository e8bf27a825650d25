"""One process per directory, and only on loopback."""

import fcntl
import os
from ipaddress import ip_address
from pathlib import Path
from typing import IO

from schemas.errors import Stop

LOCK = "owner.lock"


def own(path: Path) -> IO[str]:
    """Take the directory for this process; the kernel gives it back when the process ends, however it ends.

    Keep what is returned. Raises ``Stop`` naming the process that holds it.
    """
    path.mkdir(parents=True, exist_ok=True)
    lock = (path / LOCK).open("a+")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.seek(0)
        holder = lock.read().strip() or "unknown"
        lock.close()
        raise Stop(
            f"another process holds the warehouse in {path} (pid {holder})",
            f"use that one, or end it with `kill {holder}`; each directory has one warehouse at a time",
        ) from error
    lock.truncate(0)
    lock.write(f"{os.getpid()}\n")
    lock.flush()
    return lock


def check_loopback(host: str) -> None:
    """Raise ``Stop`` unless ``host`` is an address of this machine alone."""
    try:
        inside = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise Stop(
            f"the local warehouse can't listen on {host}: it has no password, so it stays on loopback",
            "use --host 127.0.0.1; to share a warehouse run a ClickHouse server and set BATON_CLICKHOUSE",
        )
