"""``python -m local.warehouse --path DIR --port N``: the ClickHouse engine over DIR, behind ClickHouse's HTTP interface.

Exit codes: 0 after SIGTERM, 78 when it can't start (the reason and the mend on stderr).
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from local.warehouse.startup_checks import check_loopback, lock_directory
from schemas.errors import STOP_EXIT, Stop

GRACE_SECONDS = 20.0


def parse_arguments(args: Sequence[str]) -> argparse.Namespace:
    """The options of the command line; the process exits with 2 on a wrong one."""
    parser = argparse.ArgumentParser("python -m local.warehouse", description=__doc__)
    parser.add_argument("--path", type=Path, required=True, help="directory that keeps the tables; one process at a time")
    parser.add_argument("--host", default="127.0.0.1", help="loopback address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port to listen on; 0 takes a free one and prints it")
    parser.add_argument("--user", default="baton", help="the one account; its password is empty")
    parser.add_argument("--ready-file", type=Path, help="written once queries are answered: JSON with host, port and pid")
    parser.add_argument(
        "--die-after-insert", type=int, metavar="N", help="tests only: SIGKILL itself after the N-th insert, before its reply"
    )
    options = parser.parse_args(args)
    if options.die_after_insert is not None and options.die_after_insert < 1:
        parser.error("--die-after-insert counts from 1")
    return options


def announce(ready_file: Path | None, host: str, port: int) -> None:
    """Write where the warehouse answers to stderr and to the ready file, if any."""
    sys.stderr.write(f"warehouse answers on http://{host}:{port}\n")
    if ready_file is not None:
        ready_file.parent.mkdir(parents=True, exist_ok=True)
        draft = ready_file.with_name(ready_file.name + ".draft")
        draft.write_text(json.dumps({"host": host, "port": port, "pid": os.getpid()}) + "\n")
        draft.replace(ready_file)  # a reader sees the whole file or none


def run(options: argparse.Namespace) -> bool:
    """Lock the directory, open the engine, answer until SIGTERM. True when every request was finished and all is closed.

    Raises ``Stop`` when the host, the directory or the port can't be used.
    """
    check_loopback(options.host)
    # 1 loopback   2 the directory, since two engines on one would spoil it   3 only then the ready file of the one before goes
    lock = lock_directory(options.path)
    if options.ready_file is not None:
        options.ready_file.unlink(missing_ok=True)
    from local.warehouse.engine import Engine  # noqa: PLC0415  # seconds of import, only for the owner
    from local.warehouse.http_server import HttpInterface, serve  # noqa: PLC0415  # imports the engine
    from local.warehouse.query_runner import QueryRunner  # noqa: PLC0415  # imports the engine

    engine = Engine(options.path / "engine")
    runner = QueryRunner(engine, options.die_after_insert)
    interface = HttpInterface(engine, runner, options.user)
    try:
        asyncio.run(
            serve(interface, options.host, options.port, partial(announce, options.ready_file, options.host), GRACE_SECONDS)
        )
    except OSError as error:
        raise Stop(
            f"can't listen on {options.host}:{options.port}: {error.strerror}", "choose another --port, or 0 for any"
        ) from error
    finally:
        if options.ready_file is not None:
            options.ready_file.unlink(missing_ok=True)
    # A thread is still in the engine: closing it now could crash. The kernel drops the lock with the process.
    if runner.abandoned:
        return False
    # Sessions, engine, lock: each uses the one behind it.
    runner.close()
    engine.close()
    lock.release()
    return True


def main() -> None:
    """Run the program and exit: 0 after SIGTERM, ``STOP_EXIT`` when it can't start."""
    try:
        finished = run(parse_arguments(sys.argv[1:]))
    except Stop as stop:
        sys.stderr.write(f"{stop}\n")
        sys.exit(STOP_EXIT)
    if not finished:
        sys.stderr.write(f"requests still ran after {GRACE_SECONDS:.0f} s; unanswered ones are unacknowledged\n")
        sys.stderr.flush()
        os._exit(0)  # a normal exit would wait for the threads they run in


if __name__ == "__main__":
    main()
