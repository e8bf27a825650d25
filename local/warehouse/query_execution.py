"""One request against the engine, in this order: settings, check, refuse, run. Blocking: call it in a thread.

Nothing is run that the engine's own parser has not read first as exactly one statement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from local.warehouse.clickhouse_errors import ErrorCode, clickhouse_error
from local.warehouse.engine import FALLBACK_DATABASE, Connection, QuerySummary, ResultStream, string_literal
from local.warehouse.native_format import empty_block
from local.warehouse.query_request import QueryRequest
from local.warehouse.refused_statements import why_refused
from local.warehouse.statement import (
    STREAMABLE_FORMATS,
    InsertStatement,
    StatementShape,
    decode_statement,
    parse_shape,
    split_insert,
)

BUFFERED_BYTES = 1 << 20
"""Bytes of a result read before the reply starts; an error within them still gets its own status."""
BUFFERED_BYTES_WHEN_WAITING = 8 << 20
"""The same when the client asked to wait for the end of the query. Longer results are streamed all the same."""

SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class QueryReply:
    """A result whose first chunks were read. ``format``: None for a statement without result. ``rest``: None if all was."""

    format: str | None
    chunks: tuple[bytes, ...]
    rest: Iterator[bytes] | None
    summary: QuerySummary
    inserted: bool = False

    def all_chunks(self) -> Iterator[bytes]:
        """The whole body in order. Raises ``ClickHouseError`` where the query fails midway."""
        return chain(self.chunks, self.rest or ())


class QueryExecution:
    """One request on one connection; a session's connection is left with the settings and the database it had."""

    def __init__(self, connection: Connection, asked: QueryRequest) -> None:
        self._connection = connection
        self._asked = asked
        # Only for a session: any other connection is closed with the request.
        self._undo: list[str] = []
        self._result: ResultStream | None = None

    def start(self) -> QueryReply:
        """Run the statement up to its first bytes. Raises ``ClickHouseError``; call ``end`` in any case."""
        if not self._asked.text.strip():
            raise clickhouse_error(ErrorCode.SYNTAX_ERROR, "Empty query. Put the statement in the body or in ?query=")
        # 1 settings   2 rows split from their INSERT   3 checked by the engine's parser   4 run
        self._prepare()
        # Before the parser sees it: rows are no SQL, and the engine would run what follows a blank line in them.
        insert = split_insert(self._asked.text)
        if insert is not None:
            return self._insert(insert)
        statement = decode_statement(self._asked.text)
        shape = parse_shape(self._checked(statement))
        # ``split_insert`` did not see it as one, the engine does: then it is unknown where the rows begin.
        if shape.kind == b"INSERT" and shape.format is not None:
            raise clickhouse_error(
                ErrorCode.SYNTAX_ERROR,
                "Refused: rows behind this INSERT can't be told from SQL. Write INSERT INTO t (…) FORMAT X",
            )
        fmt = shape.format or self._asked.default_format
        if shape.can_stream and fmt in STREAMABLE_FORMATS:
            return self._stream(statement, shape, fmt)
        body, summary = self._connection.run(statement, fmt, self._asked.parameters)
        return QueryReply(fmt if shape.has_result else None, (body,), None, summary, shape.kind == b"INSERT")

    def end(self) -> None:
        """Cancel what is left of the result and undo this request's settings in a session."""
        # 1 cancel, so that the connection is free   2 undo, in a session
        if self._result is not None:
            self._result.close()
        for statement in self._undo:
            self._connection.run(statement)

    def _prepare(self) -> None:
        asked, run = self._asked, self._connection.run
        for name in asked.settings:
            # It goes into the statement as it is, and a name can't be a parameter.
            if not SETTING.fullmatch(name):
                raise clickhouse_error(ErrorCode.BAD_ARGUMENTS, f"{name!r} is not the name of a setting")
        if self._asked.session is not None:
            # Asked before they are changed. If setting fails half way, they are undone all the same.
            self._undo = self._statements_to_undo()
        # Off: the embedded engine would take any expression for a query, and so a misspelt statement for a result.
        wanted = {"implicit_select": "0", **asked.settings}
        run("SET " + ", ".join(f"{name} = {string_literal(value)}" for name, value in wanted.items()))
        if asked.database == "default":
            run(f"USE {FALLBACK_DATABASE}")
        elif asked.database:
            run("USE `" + asked.database.replace("\\", "\\\\").replace("`", "\\`") + "`")

    def _statements_to_undo(self) -> list[str]:
        undo = []
        if self._asked.database:
            undo.append("USE `" + self._connection.scalar("SELECT currentDatabase()") + "`")
        for name in self._asked.settings:
            value = self._connection.scalar(
                "SELECT value FROM system.settings WHERE name = {name:String} AND changed", name=name
            )
            undo.append(f"SET {name} = {string_literal(value) if value else 'DEFAULT'}")
        return undo

    def _checked(self, statement: str) -> str:
        """The statement in canonical spelling. Raises ``ClickHouseError`` unless it is one statement that may run."""
        # What is refused is looked for in the engine's own spelling, where comments and quotes can't hide anything.
        canonical = self._connection.canonical(statement)
        if canonical is None or self._connection.statement_count(statement) > 1:
            if self._connection.statement_count(statement) > 1:
                raise clickhouse_error(
                    ErrorCode.SYNTAX_ERROR, "Refused: Multi-statements are not allowed. Send one statement per request"
                )
            # this raises the parser's own error, which says where
            self._connection.scalar("SELECT formatQuery({statement:String})", statement=statement)
            raise clickhouse_error(ErrorCode.SYNTAX_ERROR, "Syntax error: the statement can't be parsed")
        if refused := why_refused(canonical):
            raise clickhouse_error(ErrorCode.SUPPORT_IS_DISABLED, refused)
        if self._asked.read_only and self._connection.writes(statement):
            raise clickhouse_error(
                ErrorCode.READONLY, "Cannot execute query in readonly mode: the method GET implies readonly. Use POST"
            )
        return canonical

    def _insert(self, insert: InsertStatement) -> QueryReply:
        self._checked(insert.text)
        # ``send_insert`` takes no parameters, so they are set on the connection.
        for name, value in self._asked.parameters.items():
            self._connection.run(f"SET param_{name} = {string_literal(value)}")
        return QueryReply(None, (), None, self._connection.insert(insert.head, insert.format, insert.rows), inserted=True)

    def _stream(self, statement: str, shape: StatementShape, fmt: str) -> QueryReply:
        self._result = rows = self._connection.stream(statement, fmt, self._asked.parameters)
        chunks, size, blocks = [], 0, iter(rows)
        for chunk in blocks:
            chunks.append(chunk)
            size += len(chunk)
            # From here on the status is 200 and an error can only be told in the body.
            if size >= (BUFFERED_BYTES_WHEN_WAITING if self._asked.wait_for_end else BUFFERED_BYTES):
                return QueryReply(fmt, tuple(chunks), blocks, rows.summary)
        if not chunks and fmt == "Native":
            chunks.append(self._empty_block(shape))
        return QueryReply(fmt, tuple(chunks), None, rows.summary)

    def _empty_block(self, shape: StatementShape) -> bytes:
        """Names and types of a result without rows; the engine alone would send nothing at all."""
        described, _ = self._connection.run(f"DESCRIBE TABLE ({shape.body})", "JSONCompact", self._asked.parameters)
        return empty_block(described)
