"""Tokens of a ClickHouse statement: the one module that knows its quotes, comments and heredocs."""

import re
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    rb"""(?P<space>[\s\x00]+|--[^\n]*|\#[\ !][^\n]*|/\*.*?(?:\*/|\Z)|\xe2\x88\x92\xe2\x88\x92[^\n]*)
       |(?P<string>'(?:[^'\\]|\\.|'')*(?:'|\Z)|\xe2\x80\x98.*?(?:\xe2\x80\x99|\Z)|\$(?P<tag>\w*)\$.*?(?:\$(?P=tag)\$|\Z))
       |(?P<quoted>`(?:[^`\\]|\\.|``)*(?:`|\Z)|"(?:[^"\\]|\\.|"")*(?:"|\Z)|\xe2\x80\x9c.*?(?:\xe2\x80\x9d|\Z))
       |(?P<word>[A-Za-z_][A-Za-z0-9_$]*)
       |(?P<number>[0-9][A-Za-z0-9_.]*)
       |(?P<sign>.)""",
    re.DOTALL | re.VERBOSE,
)
QUOTES = {b"`": b"`", b'"': b'"', b"\xe2\x80\x9c": b"\xe2\x80\x9d"}


class Token(NamedTuple):
    """One token: ``kind`` is string, quoted, word, number or sign; ``start`` and ``end`` are byte offsets in the statement."""

    kind: str
    text: bytes
    start: int
    end: int

    @property
    def keyword(self) -> bytes:
        """A bare word in upper case; empty for every other token."""
        return self.text.upper() if self.kind == "word" else b""

    @property
    def name(self) -> bytes:
        """An identifier in lower case, without its quotes; empty for every other token."""
        if self.kind == "word":
            return self.text.lower()
        if self.kind == "quoted":
            width = 3 if self.text.startswith(b"\xe2") else 1
            return self.text[width:-width].lower()
        return b""


def tokens(statement: bytes) -> Iterator[Token]:
    """The tokens in order, without white space and comments. Lazy: an insert's rows, behind the statement, are never read."""
    for found in TOKEN.finditer(statement):
        kind = "string" if found.lastgroup == "tag" else str(found.lastgroup)
        if kind != "space":
            yield Token(kind, found.group(), found.start(), found.end())
