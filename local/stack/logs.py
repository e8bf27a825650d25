"""Log files of the processes: bounded, and read from the end."""

import shutil
import signal
from pathlib import Path

MOST_BYTES = 10 * 1024 * 1024
KEPT = 3
TAIL_BYTES = 64 * 1024
KILLED = "killed from outside, by somebody or for want of memory"


def log_path(home: Path, name: str) -> Path:
    """The file that takes stdout and stderr of the process ``name``."""
    return home / "logs" / f"{name}.log"


def rotate(path: Path, most_bytes: int = MOST_BYTES, kept: int = KEPT) -> bool:
    """When the file is larger than ``most_bytes``: copy it to ``.1`` (older ones one further) and empty it.

    Copied, because the process keeps its file open. What it writes between the copy and the emptying, some
    microseconds, are lost from the log.
    """
    if not path.is_file() or path.stat().st_size <= most_bytes:
        return False
    for number in range(kept - 1, 0, -1):
        older = path.with_name(f"{path.name}.{number}")
        if older.exists():
            older.replace(path.with_name(f"{path.name}.{number + 1}"))
    # Renaming would not help: the process goes on writing into the renamed file.
    shutil.copyfile(path, path.with_name(f"{path.name}.1"))
    with path.open("r+b") as file:
        # The process appends (O_APPEND), so it goes on at the new end and leaves no hole.
        file.truncate(0)
    return True


def last_lines(path: Path, count: int, after: int = 0) -> list[str]:
    """The last ``count`` lines written behind byte ``after``, without empty ones."""
    if not path.is_file():
        return []
    size = path.stat().st_size
    after = after if after <= size else 0  # the file was emptied meanwhile
    with path.open("rb") as file:
        # A log may have ten megabytes; only its end is asked for.
        file.seek(max(after, size - TAIL_BYTES))
        lines = file.read().decode("utf-8", "replace").splitlines()
    return [line.rstrip() for line in lines if line.strip()][-count:]


class Follower:
    """Reads on from the end of a log as it is now."""

    def __init__(self, path: Path) -> None:
        self.path, self.position = path, path.stat().st_size

    def more(self) -> str:
        """What was written since the last call; begins anew when the file was emptied meanwhile."""
        if self.path.stat().st_size < self.position:
            self.position = 0
        with self.path.open("rb") as file:
            file.seek(self.position)
            found = file.read()
        self.position += len(found)
        return found.decode("utf-8", "replace")


def exit_reason(path: Path, code: int, after: int = 0) -> str:
    """Why a process ended with ``code``, as far as its log says: from the last ``stopped:`` on, else the last line.

    One that was killed could write nothing: its last line tells what it did before, and no reason.
    """
    lines = last_lines(path, 40, after)
    starts = [n for n, line in enumerate(lines) if line.startswith("stopped: ")]
    if starts:
        return "\n".join(lines[starts[-1] :])
    return KILLED if code == -signal.SIGKILL else "\n".join(lines[-1:])
