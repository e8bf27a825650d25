"""The ClickHouse engine in this process: one directory, a light connection per request. The only module that imports chdb.

A connection has its own SET, USE and temporary tables and may be used from any thread, but from one at a time. The engine
releases the GIL, so connections run side by side in threads. ``chdb._chdb`` is private: the public connection has no
``classify_query``. What is used of it is written down in ``chdb_types``.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import chdb

from local.warehouse.chdb_types import ChdbConnection, ChdbResult
from local.warehouse.clickhouse_errors import engine_error
from schemas.errors import Stop

FALLBACK_DATABASE = "local"
"""Where requests go that name no database, or ``default``: the engine's own ``default`` is an Overlay, made anew at each
start, that reads the machine's files as tables and refuses some DDL."""

ESCAPES = str.maketrans({"\\": "\\\\", "'": "\\'", "\t": "\\t", "\n": "\\n", "\r": "\\r", "\0": "\\0"})


@dataclass(frozen=True)
class QuerySummary:
    """What a statement read, wrote and gave back, in rows and bytes."""

    read_rows: int = 0
    read_bytes: int = 0
    written_rows: int = 0
    written_bytes: int = 0
    result_rows: int = 0
    result_bytes: int = 0


def string_literal(text: str) -> str:
    """``text`` as a string literal of ClickHouse's SQL."""
    return f"'{text.translate(ESCAPES)}'"


class ResultStream:
    """A result that arrives block by block; closing it early cancels the query."""

    def __init__(self, connection: ChdbConnection, stream: object) -> None:
        self._connection = connection
        self._stream = stream
        self._open = True
        self.summary = QuerySummary()

    def __iter__(self) -> Iterator[bytes]:
        """Each block in the format asked for. Raises ``ClickHouseError`` where the query fails midway."""
        while self._open:
            try:
                block = self._connection.streaming_fetch_result(self._stream)
            except RuntimeError as error:
                self._open = False
                raise engine_error(str(error)) from error
            body = block.bytes() if block is not None else b""
            if block is None or not body:
                self._open = False
                return
            self.summary = self._added(block, len(body))
            yield body

    def _added(self, block: ChdbResult, size: int) -> QuerySummary:
        so_far = self.summary  # a block counts only what was read since the block before
        return QuerySummary(
            read_rows=so_far.read_rows + block.storage_rows_read(),
            read_bytes=so_far.read_bytes + block.storage_bytes_read(),
            result_rows=so_far.result_rows + block.rows_read(),
            result_bytes=so_far.result_bytes + size,
        )

    def close(self) -> None:
        """Cancel what is still running. Safe to call twice."""
        if self._open:
            self._open = False
            self._connection.streaming_cancel_query(self._stream)


class Connection:
    """One connection to the engine. Every method that runs a statement raises ``ClickHouseError`` with the engine's text."""

    def __init__(self, connection: ChdbConnection) -> None:
        self._connection = connection

    def run(
        self, statement: str, fmt: str = "TabSeparated", parameters: Mapping[str, str] | None = None
    ) -> tuple[bytes, QuerySummary]:
        """Run one statement to its end: the whole result and its summary. Never for an INSERT with rows behind it."""
        try:
            found = self._connection.query(statement, fmt, params=dict(parameters or {}))
        except RuntimeError as error:
            raise engine_error(str(error)) from error
        body = found.bytes()
        return body, _summary(found, len(body))

    def stream(self, statement: str, fmt: str, parameters: Mapping[str, str]) -> ResultStream:
        """Start a SELECT whose result is read block by block."""
        try:
            return ResultStream(self._connection, self._connection.send_query(statement, fmt, params=dict(parameters)))
        except RuntimeError as error:
            raise engine_error(str(error)) from error

    def insert(self, head: str, fmt: str, rows: bytes) -> QuerySummary:
        """Insert ``rows``; committed when this returns, nothing is left of it when it raises.

        ``head`` carries no FORMAT: given as one text, the engine would cut rows at a blank line and run the rest as SQL.
        """
        try:
            begun = self._connection.send_insert(head, fmt)
            try:
                self._connection.insert_append(begun, rows)
            except RuntimeError:
                self._connection.insert_cancel(begun)
                raise
            return _summary(self._connection.insert_done(begun), 0)
        except RuntimeError as error:
            raise engine_error(str(error)) from error

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
        """Close it. The engine stops with its last connection."""
        self._connection.close()


def _summary(found: ChdbResult, size: int) -> QuerySummary:
    return QuerySummary(
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
        """Open ``path``, made if missing, and run first queries. Raises ``Stop`` when that fails."""
        path.mkdir(parents=True, exist_ok=True)
        self._path = path
        try:
            self._first = Connection(chdb._chdb.connect(str(path)))
            self._first.run(f"CREATE DATABASE IF NOT EXISTS {FALLBACK_DATABASE} ENGINE = Atomic")
            self.version = self._first.scalar("SELECT version()")
            self.time_zone = self._first.scalar("SELECT timezone()")
        except Exception as error:
            raise Stop(
                f"the ClickHouse engine can't open {path}: {error}",
                "look at the free space and the owner of the directory; move it away to start with an empty warehouse",
            ) from error
        chdb._chdb.reset_signal_handlers()  # the engine installs its own; SIGTERM is ours

    def connect(self) -> Connection:
        """A new connection with settings of its own, in ``FALLBACK_DATABASE``; takes less than a millisecond."""
        connection = Connection(chdb._chdb.connect(str(self._path)))
        connection.run(f"USE {FALLBACK_DATABASE}")
        return connection

    def close(self) -> None:
        """Close the engine. Every connection must have been closed before."""
        self._first.close()
