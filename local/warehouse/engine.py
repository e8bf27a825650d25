"""The ClickHouse engine in this process, one directory, a light handle per request. The only module that imports chdb.

A handle has its own SET, USE and temporary tables and may be used from any thread, but from one at a time. The engine
releases the GIL, so handles run side by side in threads.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chdb

from local.warehouse.failures import from_engine
from schemas.errors import Stop

UNNAMED = "local"
"""Where requests go that name no database, or ``default``: the engine's own ``default`` is an Overlay, put up anew at each
start, that reads the machine's files as tables and refuses some DDL."""

ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})


@dataclass(frozen=True)
class Counts:
    """What a statement read and wrote, in rows and bytes."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0


def quoted(text: str) -> str:
    """A string literal of ClickHouse."""
    return f"'{text.translate(ESCAPES)}'"


class Rows:
    """A result that arrives block by block; closing it early cancels the query."""

    def __init__(self, connection: Any, result: Any) -> None:
        self._connection = connection
        self._result = result
        self._open = True
        self.counts = Counts()

    def __iter__(self) -> Iterator[bytes]:
        """Each block in the format asked for. Raises ``Failure`` where the query fails midway."""
        while self._open:
            try:
                block = self._connection.streaming_fetch_result(self._result)
            except RuntimeError as error:
                self._open = False
                raise from_engine(str(error)) from error
            body: bytes = block.bytes() if block is not None else b""
            if not body:
                self._open = False
                return
            self.counts = self._counted(block, len(body))
            yield body

    def _counted(self, block: Any, size: int) -> Counts:
        """The counts so far and this block's: the engine says what it read since the block before."""
        so_far = self.counts
        return Counts(
            read_rows=so_far.read_rows + block.storage_rows_read(),
            read_bytes=so_far.read_bytes + block.storage_bytes_read(),
            result_rows=so_far.result_rows + block.rows_read(),
            result_bytes=so_far.result_bytes + size,
        )

    def close(self) -> None:
        """Cancel what is still running. Safe to call twice."""
        if self._open:
            self._open = False
            self._connection.streaming_cancel_query(self._result)


class Handle:
    """One conversation with the engine. Every method raises ``Failure`` with the engine's own words."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def run(
        self, statement: str, fmt: str = "TabSeparated", parameters: Mapping[str, str] | None = None
    ) -> tuple[bytes, Counts]:
        """Run one statement to its end: the whole result and what it cost. Never for rows that follow an INSERT."""
        try:
            found = self._connection.query(statement, fmt, params=dict(parameters or {}))
        except RuntimeError as error:
            raise from_engine(str(error)) from error
        body: bytes = found.bytes()
        return body, _counts(found, len(body))

    def stream(self, statement: str, fmt: str, parameters: Mapping[str, str]) -> Rows:
        """Start a SELECT whose result is read block by block."""
        try:
            return Rows(self._connection, self._connection.send_query(statement, fmt, params=dict(parameters)))
        except RuntimeError as error:
            raise from_engine(str(error)) from error

    def insert(self, head: str, fmt: str, rows: bytes) -> Counts:
        """Insert ``rows``; committed when this returns, nothing is left of it when it raises.

        ``head`` carries no FORMAT: given as one text, the engine would cut rows at a blank line and run the rest as SQL.
        """
        try:
            turn = self._connection.send_insert(head, fmt)
            try:
                self._connection.insert_append(turn, rows)
            except RuntimeError:
                self._connection.insert_cancel(turn)
                raise
            return _counts(self._connection.insert_done(turn), 0)
        except RuntimeError as error:
            raise from_engine(str(error)) from error

    def scalar(self, statement: str, /, **parameters: str) -> str:
        """The single text a statement gives; parameters are plain text."""
        escaped = {name: value.translate(ESCAPES) for name, value in parameters.items()}
        return self.run(statement, "TSVRaw", escaped)[0].decode().removesuffix("\n")

    def canonical(self, statement: str) -> str | None:
        """The statement in the engine's own spelling on one line; None when it isn't exactly one statement."""
        text = self.scalar("SELECT formatQuerySingleLineOrNull({statement:String})", statement=statement)
        return None if text == "\\N" else text

    def statement_count(self, statement: str) -> int:
        """How many statements the text holds; 0 when it can't be parsed."""
        return int(self._connection.classify_query(statement)["statement_count"])

    def writes(self, statement: str) -> bool:
        """Whether the statement changes anything that outlives the session."""
        return str(self._connection.classify_query(statement)["query_class"].name).startswith("MUTATING")

    def close(self) -> None:
        """Give the handle back. The engine stops with its last handle."""
        self._connection.close()


def _counts(found: Any, size: int) -> Counts:
    return Counts(
        read_rows=found.storage_rows_read(),
        read_bytes=found.storage_bytes_read(),
        written_rows=found.rows_written(),
        written_bytes=found.bytes_written(),
        result_rows=found.rows_read(),
        result_bytes=size,
    )


class Engine:
    """The engine over one directory, open until ``close``."""

    def __init__(self, path: Path) -> None:
        """Open ``path``, make it if missing, and prove that it answers. Raises ``Stop`` when it doesn't."""
        path.mkdir(parents=True, exist_ok=True)
        self._path = path
        try:
            self._keeper = Handle(chdb._chdb.connect(str(path)))
            self._keeper.run(f"CREATE DATABASE IF NOT EXISTS {UNNAMED} ENGINE = Atomic")
            self.version = self._keeper.scalar("SELECT version()")
            self.time_zone = self._keeper.scalar("SELECT timezone()")
            self._keeper.run("SELECT 1")
        except Exception as error:
            raise Stop(
                f"the ClickHouse engine can't open {path}: {error}",
                "look at the free space and the owner of the directory; move it away to start with an empty warehouse",
            ) from error
        chdb._chdb.reset_signal_handlers()  # the engine installs its own; SIGTERM is ours

    def handle(self) -> Handle:
        """A new handle with settings of its own, in the database UNNAMED; costs well under a millisecond."""
        handle = Handle(chdb._chdb.connect(str(self._path)))
        handle.run(f"USE {UNNAMED}")
        return handle

    def close(self) -> None:
        """Close the engine. Every other handle must have been closed before."""
        self._keeper.close()
