"""Free ports for processes that must come back at the same address."""

import json
import random
import socket
from collections.abc import Sequence
from pathlib import Path

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
    """``count`` different free ports, the remembered ones first as far as they are still free."""
    found = [port for port in remembered[:count] if is_free(port)]
    if len(found) < count:
        # At random, so that homes that are started at once seldom try the same; whoever binds second fails and is started
        # again.
        found += [p for p in random.sample(range(FIRST, LAST + 1), 1000) if p not in found and is_free(p)][
            : count - len(found)
        ]
    return tuple(found)
