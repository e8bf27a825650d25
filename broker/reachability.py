"""Whether a broker's addresses take connections, tried before a client is made.

A client that can't bootstrap goes on trying for ten seconds, where a refused connection is known at once, and leaves a
thread behind.
"""

import socket

from schemas.errors import Retry

BOOTSTRAP_MS = 10_000
"""How long a client tries to reach a broker: short, because a person may be waiting for `baton verify` to say it is away."""


def check_reachable(bootstrap: str) -> None:
    """Raises ``Retry`` when none of ``host:port,host:port`` takes connections; without a port the client decides."""
    refused: OSError | None = None
    for address in bootstrap.split(","):
        host, _, port = address.strip().rpartition(":")
        # What this can't read the client may: it is no reason to call the broker away.
        if not (host and port.isdecimal()):
            return
        try:
            # One is enough: the client learns the others from it.
            socket.create_connection((host.strip("[]"), int(port)), timeout=BOOTSTRAP_MS / 1000).close()
            return
        except OSError as error:
            refused = error
    raise Retry(f"the broker at {bootstrap} does not answer: {refused}") from refused


def reachable(bootstrap: str) -> bool:
    """Whether one of the addresses takes connections."""
    try:
        check_reachable(bootstrap)
    except Retry:
        return False
    return True
