"""Free ports for processes that must come back at the same address."""

import json
import os
import random
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path

from filelock import FileLock, Timeout

from local.stack.file_lock import file_lock
from schemas.errors import Stop

# Below the range from which systems take the ports of outgoing connections: a client that keeps asking for a
# process that is down could otherwise be given that very port, connect to itself, and keep the process from coming back.
FIRST, LAST = 20_000, 31_999


def is_free(port: int) -> bool:
    """Whether a process could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as trial:
        # Else a port whose last connections are still in TIME_WAIT would count as taken, right after a restart.
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def remembered_ports(file: Path, count: int) -> tuple[int, ...]:
    """``count`` ports that are the same at each call, kept in the file ``file``; one that was taken is replaced."""
    ports = free_ports(count, recall(file))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(ports))
    return ports


def recall(file: Path) -> list[int]:
    """The ports kept in the file ``file``; none when there is no such file."""
    return json.loads(file.read_text()) if file.is_file() else []


def free_ports(count: int, remembered: Sequence[int] = ()) -> tuple[int, ...]:
    """``count`` different free ports that no other process is given while this one lives.

    The remembered ones first as far as they are still free. Raises ``Stop`` when there are not enough.
    """
    found = [port for port in remembered[:count] if is_free(port) and (port in _claims or _claim(port))]
    for port in random.sample(range(FIRST, LAST + 1), LAST + 1 - FIRST):
        if len(found) == count:
            break
        if port not in _claims and is_free(port) and _claim(port):
            found.append(port)
    if len(found) < count:
        raise Stop(f"no free port between {FIRST} and {LAST}", "end programs that listen there, or old homes: baton down")
    return tuple(found)


# Between the choice of a port and the moment its process listens there (seconds, for a broker) the port looks free to
# everybody. The locks tell those who ask the same way; the kernel drops them when this process ends.
_claims: dict[int, FileLock] = {}


def _claim(port: int) -> bool:
    """Whether the port is this process's now; not when another one was given it."""
    lock = file_lock(Path(tempfile.gettempdir()) / f"baton-ports-{os.getuid()}" / str(port))
    try:
        lock.acquire(blocking=False)
    except Timeout:
        return False
    _claims[port] = lock
    return True
