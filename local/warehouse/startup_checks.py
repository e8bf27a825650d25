"""What must hold before the warehouse starts: its directory is this process's alone, and its address is loopback."""

import os
from ipaddress import ip_address
from pathlib import Path

from filelock import FileLock, Timeout

from local.stack.file_lock import file_lock
from schemas.errors import Stop

LOCK = "owner.lock"


def lock_directory(path: Path) -> FileLock:
    """Lock the directory for this process; the kernel drops the lock when the process ends, however it ends.

    Keep what is returned: the lock goes with it. Raises ``Stop`` naming the process that holds it.
    """
    lock = file_lock(path / LOCK)
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        # May be empty for a moment: the holder writes its pid after it has the lock.
        holder = (path / LOCK).read_text().strip() or "unknown"
        raise Stop(
            f"another process holds the warehouse in {path} (pid {holder})",
            f"use that one, or end it with `kill {holder}`; each directory has one warehouse at a time",
        ) from error
    (path / LOCK).write_text(f"{os.getpid()}\n")  # the same file, not a new one: the lock is on it
    return lock


def check_loopback(host: str) -> None:
    """Raise ``Stop`` unless ``host`` is an address of this machine alone."""
    try:
        # A name may mean another address tomorrow, so only this one is taken.
        inside = host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        inside = False
    if not inside:
        raise Stop(
            f"the local warehouse can't listen on {host}: it has no password, so it stays on loopback",
            "use --host 127.0.0.1; to share a warehouse run a ClickHouse server and set BATON_CLICKHOUSE",
        )
