"""``python -m local.warehouse --path DIR --port N``: the ClickHouse engine over DIR, spoken to like a server.

Exit codes: 0 after SIGTERM, 1 when it can't start (the reason and the mend on stderr).
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from local.warehouse.ownership import check_loopback, own
from schemas.errors import STOP_EXIT, Stop

GRACE_SECONDS = 20.0


def arguments(given: Sequence[str]) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser("python -m local.warehouse", description=__doc__)
    parser.add_argument("--path", type=Path, required=True, help="directory that keeps the tables; one process at a time")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one and says which")
    parser.add_argument("--user", default="baton", help="the one account; its password is empty")
    parser.add_argument("--ready-file", type=Path, help="written once queries are answered: JSON with host, port and pid")
    parser.add_argument(
        "--die-after-insert", type=int, metavar="N", help="tests only: SIGKILL itself after the N-th insert, before its reply"
    )
    found = parser.parse_args(given)
    if found.die_after_insert is not None and found.die_after_insert < 1:
        parser.error("--die-after-insert counts from 1")
    return found


def announce(ready_file: Path | None, host: str, port: int) -> None:
    """Say where the warehouse answers, on stderr and in the ready file (whole or not at all)."""
    sys.stderr.write(f"warehouse answers on http://{host}:{port}\n")
    if ready_file is not None:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
        draft = ready_file.with_name(ready_file.name + ".draft")
        draft.write_text(json.dumps({"host": host, "port": port, "pid": os.getpid()}) + "\n")
        draft.replace(ready_file)


def run(given: argparse.Namespace) -> bool:
    """Own the directory, open the engine, answer until told to stop. True when everything was finished and closed.

    Raises ``Stop`` when the host, the directory or the port can't be used.
    """
    check_loopback(given.host)
    lock = own(given.path)
    if given.ready_file is not None:
        given.ready_file.unlink(missing_ok=True)
    from local.warehouse.engine import Engine  # noqa: PLC0415  # seconds of import, only for the owner
    from local.warehouse.front import Front, serve  # noqa: PLC0415  # imports the engine

    engine = Engine(given.path / "engine")
    front = Front(engine, given.user, given.die_after_insert)
    try:
        finished = asyncio.run(
            serve(front, given.host, given.port, partial(announce, given.ready_file, given.host), GRACE_SECONDS)
        )
    except OSError as error:
        raise Stop(
            f"can't listen on {given.host}:{given.port}: {error.strerror}", "choose another --port, or 0 for any"
        ) from error
    finally:
        if given.ready_file is not None:
            given.ready_file.unlink(missing_ok=True)
    if finished:
        front.close()
        engine.close()
        lock.release()
    return finished


def main() -> None:
    """The process's whole life."""
    try:
        finished = run(arguments(sys.argv[1:]))
    except Stop as stop:
        sys.stderr.write(f"{stop}\n")
        sys.exit(STOP_EXIT)
    if not finished:
        sys.stderr.write(f"requests still ran after {GRACE_SECONDS:.0f} s; unanswered ones are unacknowledged\n")
        sys.stderr.flush()
        os._exit(0)  # a normal exit would wait for the threads they run in


if __name__ == "__main__":
    main()
