"""A lock on a file that one process holds at a time; the kernel drops it when that process ends, however it ends."""

from pathlib import Path

from filelock import FileLock


def file_lock(path: Path) -> FileLock:
    """The lock on ``path``, not yet taken; the folder is made if missing. What the holder writes into the file stays.

    ``with`` waits for it; ``acquire(blocking=False)`` raises ``filelock.Timeout`` when another process holds it.
    """
    # Where a filesystem has no flock, the library would fall back to a marker file, which outlives a killed process.
    return FileLock(path, fallback_to_soft=False)
