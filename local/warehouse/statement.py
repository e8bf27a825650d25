"""What kind of statement a text holds, and where an insert's rows begin in it."""

import re
from dataclasses import dataclass
from itertools import pairwise

from local.warehouse.clickhouse_errors import ClickHouseError, ErrorCode, clickhouse_error
from local.warehouse.sql_tokens import Token, tokens

WITH_RESULT = frozenset({b"SELECT", b"WITH", b"(", b"SHOW", b"DESCRIBE", b"EXPLAIN", b"EXISTS", b"CHECK"})
STREAMABLE_KINDS = frozenset({b"SELECT", b"WITH", b"("})
STREAMABLE_FORMATS = frozenset(
    {"Native", "RowBinary", "CSV", "JSONEachRow", "JSONCompactEachRow"} | {"TSV", "TSVRaw", "TabSeparated", "TabSeparatedRaw"}
)
"""Formats whose blocks can be sent one after the other; each of the others has a head or a foot per file."""

VALUES_SPLIT = re.compile(rb"'(?:[^'\\]|\\.)*'|;", re.DOTALL)


@dataclass(frozen=True)
class InsertStatement:
    """An insert with rows in the request: the statement up to FORMAT or VALUES, the format, and the rows."""

    head: str
    format: str
    rows: bytes

    @property
    def text(self) -> str:
        """The statement alone, as the engine parses it."""
        return f"{self.head} FORMAT {self.format}"


def split_insert(text: bytes) -> InsertStatement | None:
    """Split ``INSERT INTO t (…) FORMAT X␤rows`` into statement and rows; None for every other statement.

    Rows start after the format's name, blanks and one line end, as on a server; after VALUES they start at once.
    Raises ``ClickHouseError`` when the statement is not UTF-8 or when something follows a ``;`` behind VALUES.
    """
    found_tokens = tokens(text)
    first = next(found_tokens, None)
    if first is None or first.keyword != b"INSERT":
        return None
    # By tokens and not by a search: FORMAT or VALUES may be a column's name, a text, or part of the rows.
    depth = 0
    named = False  # the table's name has been read, so FORMAT and VALUES are keywords from here on
    before: Token | None = None  # the keyword FORMAT, when it is the token before this one
    after_dot = False  # what follows a dot is a name, whatever it looks like
    for token in found_tokens:
        dotted, after_dot = after_dot, token.text == b"."
        if token.text in (b"(", b")"):
            depth += 1 if token.text == b"(" else -1
        elif depth or dotted or not named:
            pass
        elif before is not None and token.name:
            return InsertStatement(
                decode_statement(text[: before.start]).strip(), token.text.decode().strip('`"'), _rows(text, token.end)
            )
        elif token.keyword in (b"SELECT", b"WITH", b"FROM"):
            return None
        elif token.keyword == b"VALUES":
            return _values(text, token)
        before = token if named and not (depth or dotted) and token.keyword == b"FORMAT" else None
        named = named or (token.kind in ("word", "quoted") and token.keyword not in (b"INTO", b"TABLE", b"FUNCTION"))
    return None


def _rows(text: bytes, start: int) -> bytes:
    while text[start : start + 1] in (b" ", b"\t", b"\f"):
        start += 1
    start += text[start : start + 1] == b"\r"
    start += text[start : start + 1] == b"\n"
    return text[start:]


def _values(text: bytes, keyword: Token) -> InsertStatement:
    rows = text[keyword.end :]
    ends = (found for found in VALUES_SPLIT.finditer(rows) if found.group() == b";")
    # The engine would take what follows as a second statement.
    if any(rows[found.end() :].strip(b"; \t\r\n") for found in ends):
        raise clickhouse_error(
            ErrorCode.SYNTAX_ERROR, "Refused: something follows the ';' after VALUES. Send one statement per request"
        )
    return InsertStatement(decode_statement(text[: keyword.start]).strip(), "Values", rows)


def decode_statement(text: bytes) -> str:
    """The statement as text. Raises ``ClickHouseError`` (400) when it isn't UTF-8."""
    try:
        return text.decode()
    except UnicodeDecodeError as error:
        raise _unreadable(error) from error


def _unreadable(error: UnicodeDecodeError) -> ClickHouseError:
    return clickhouse_error(
        ErrorCode.INCORRECT_DATA, f"The statement is not UTF-8: byte {error.start} can't be read. Encode it as UTF-8"
    )


@dataclass(frozen=True)
class StatementShape:
    """A canonical statement: ``kind`` is its first keyword, ``format`` its FORMAT clause, ``body`` the text before that."""

    kind: bytes
    format: str | None
    body: str

    @property
    def has_result(self) -> bool:
        """Whether a server would answer with a format, even when there are no rows."""
        return self.kind in WITH_RESULT

    @property
    def can_stream(self) -> bool:
        """Whether the engine gives the result block by block."""
        return self.kind in STREAMABLE_KINDS


def parse_shape(canonical: str) -> StatementShape:
    """Kind, format and the text before FORMAT of a statement in canonical spelling."""
    found = list(tokens(canonical.encode()))
    kind = found[0].keyword or found[0].text if found else b""
    depth = 0
    clause: tuple[int, str] | None = None
    # The last FORMAT outside of parentheses: one inside belongs to a subquery or is a function.
    for token, following in pairwise(found):
        depth += (token.text == b"(") - (token.text == b")")
        if not depth and token.keyword == b"FORMAT" and following.kind == "word":
            clause = (token.start, following.text.decode())
    if clause is None:
        return StatementShape(kind, None, canonical)
    return StatementShape(kind, clause[1], canonical.encode()[: clause[0]].decode().strip())
