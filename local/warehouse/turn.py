"""One request against the engine, in this order: settings, look, refuse, run. Blocking; runs in a thread.

Nothing is run that the engine's own parser has not read first as exactly one statement.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from local.warehouse.asking import Ask
from local.warehouse.engine import UNNAMED, Counts, Handle, Rows, quoted
from local.warehouse.failures import BAD_ARGUMENTS, READONLY, SUPPORT_IS_DISABLED, SYNTAX_ERROR, failure
from local.warehouse.native import header_block
from local.warehouse.refusals import refusal
from local.warehouse.statement import STREAMABLE, Insert, Shape, insert_of, readable, shape_of

EAGER = 1 << 20
"""Bytes of a result read before the reply starts; an error within them still gets its own status."""
EAGER_WHOLE = 8 << 20
"""The same when the client asked to wait for the end of the query. Longer results are streamed all the same."""

SETTING = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True)
class Reply:
    """The start of an answer: its format (None for statements without a result), the pieces read so far, the rest."""

    format: str | None
    pieces: tuple[bytes, ...]
    rest: Iterator[bytes] | None
    counts: Counts
    inserted: bool = False


class Turn:
    """One request on one handle. ``kept``: the handle is a session's and must be left as it was found."""

    def __init__(self, handle: Handle, ask: Ask, kept: bool) -> None:
        self._handle = handle
        self._ask = ask
        self._kept = kept
        self._undo: list[str] = []
        self._rows: Rows | None = None

    def start(self) -> Reply:
        """Run the statement up to its first bytes. Raises ``Failure``; call ``end`` in any case."""
        if not self._ask.text.strip():
            raise failure(SYNTAX_ERROR, "Empty query. Put the statement in the body or in ?query=")
        self._prepare()
        insert = insert_of(self._ask.text)
        if insert is not None:
            return self._insert(insert)
        statement = readable(self._ask.text)
        shape = shape_of(self._looked_at(statement))
        if shape.kind == b"INSERT" and shape.format is not None:
            raise failure(
                SYNTAX_ERROR, "Refused: rows behind this INSERT can't be told from SQL. Write INSERT INTO t (…) FORMAT X"
            )
        fmt = shape.format or self._ask.default_format
        if shape.can_stream and fmt in STREAMABLE:
            return self._stream(statement, shape, fmt)
        body, counts = self._handle.run(statement, fmt, self._ask.parameters)
        return Reply(fmt if shape.has_result else None, (body,), None, counts, shape.kind == b"INSERT")

    def end(self) -> None:
        """Cancel what is left of the result and undo this request's settings in a session."""
        if self._rows is not None:
            self._rows.close()
        for statement in self._undo:
            self._handle.run(statement)

    def _prepare(self) -> None:
        ask, run = self._ask, self._handle.run
        for name in ask.settings:
            if not SETTING.fullmatch(name):
                raise failure(BAD_ARGUMENTS, f"{name!r} is not the name of a setting")
        if self._kept:
            self._undo = self._way_back()
        wanted = {"implicit_select": "0", **ask.settings}
        run("SET " + ", ".join(f"{name} = {quoted(value)}" for name, value in wanted.items()))
        if ask.database == "default":
            run(f"USE {UNNAMED}")
        elif ask.database:
            run("USE `" + ask.database.replace("\\", "\\\\").replace("`", "\\`") + "`")

    def _way_back(self) -> list[str]:
        back = []
        if self._ask.database:
            back.append("USE `" + self._handle.scalar("SELECT currentDatabase()") + "`")
        for name in self._ask.settings:
            value = self._handle.scalar("SELECT value FROM system.settings WHERE name = {name:String} AND changed", name=name)
            back.append(f"SET {name} = {quoted(value) if value else 'DEFAULT'}")
        return back

    def _looked_at(self, statement: str) -> str:
        """The statement in canonical spelling, once it is known to be one statement that may run."""
        canonical = self._handle.canonical(statement)
        if canonical is None or self._handle.statement_count(statement) > 1:
            if self._handle.statement_count(statement) > 1:
                raise failure(SYNTAX_ERROR, "Refused: Multi-statements are not allowed. Send one statement per request")
            self._handle.scalar("SELECT formatQuery({statement:String})", statement=statement)  # raises with the place
            raise failure(SYNTAX_ERROR, "Syntax error: the statement can't be parsed")
        if refused := refusal(canonical):
            raise failure(SUPPORT_IS_DISABLED, refused)
        if self._ask.reads_only and self._handle.writes(statement):
            raise failure(READONLY, "Cannot execute query in readonly mode: the method GET implies readonly. Use POST")
        return canonical

    def _insert(self, insert: Insert) -> Reply:
        self._looked_at(insert.text)
        for name, value in self._ask.parameters.items():
            self._handle.run(f"SET param_{name} = {quoted(value)}")
        return Reply(None, (), None, self._handle.insert(insert.head, insert.format, insert.rows), inserted=True)

    def _stream(self, statement: str, shape: Shape, fmt: str) -> Reply:
        self._rows = rows = self._handle.stream(statement, fmt, self._ask.parameters)
        pieces, size, blocks = [], 0, iter(rows)
        for piece in blocks:
            pieces.append(piece)
            size += len(piece)
            if size >= (EAGER_WHOLE if self._ask.whole else EAGER):
                return Reply(fmt, tuple(pieces), blocks, rows.counts)
        if not pieces and fmt == "Native":
            pieces.append(self._empty_block(shape))
        return Reply(fmt, tuple(pieces), None, rows.counts)

    def _empty_block(self, shape: Shape) -> bytes:
        """Names and types of a result without rows; the engine alone would send nothing at all."""
        described, _ = self._handle.run(f"DESCRIBE TABLE ({shape.body})", "JSONCompact", self._ask.parameters)
        return header_block(described)


def all_pieces(reply: Reply) -> Iterator[bytes]:
    """Every piece of the answer in order."""
    return chain(reply.pieces, reply.rest or ())
