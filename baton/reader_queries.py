"""What a reader's query may ask: the readers' views, and nothing that leads around them to the private database.

The rules read the server's own spelling of the query, where comments, quotes and heredocs can't hide a name. On a server of
your own the boundary is the role in ``sinks/migrations``; these rules keep `baton sql` within it with any account.
"""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from local.warehouse.sql_tokens import Token, tokens
from schemas.errors import Stop
from sinks.ports import WarehouseReader

_SPELLED = "SELECT formatQuerySingleLineOrNull({statement:String})"
_TABLE_FUNCTIONS = "SELECT lower(name) FROM system.table_functions"
HARMLESS_TABLE_FUNCTIONS = frozenset(
    b"format numbers numbers_mt zeros zeros_mt primes generate_series generateseries generaterandom values null".split()
)
"""Table functions that make rows up and read no table. Every other one of the server is refused, known here or not."""
_REACHING = (b"dict", b"joinget", b"file", b"executable", b"hascolumnintable", b"catboost")
"""How names of other functions begin that take a table, dictionary or file by its name in a text."""
HARMLESS_SYSTEM_TABLES = frozenset(b"one tables columns databases functions settings table_functions numbers zeros".split())
_IS_THERE = "SELECT count() FROM system.tables WHERE database = {private:String} AND name = {name:String}"
_UNKNOWN = re.compile(r"Unknown table expression identifier '(\w+)'")
_PLAIN_VALUE = re.compile(rb"'[\w .,:/+-]*'")
_READS = frozenset({b"SELECT", b"WITH", b"(", b"SHOW", b"DESCRIBE", b"EXPLAIN", b"EXISTS"})
_HOW = 'read the views of `baton sql "SHOW TABLES"`, or pass --private, which is written to the audit table'


class Refusal(NamedTuple):
    """Why a reader may not ask a query, and what to do instead."""

    problem: str
    mend: str = _HOW


def why_refused(warehouse: WarehouseReader, statement: str, private: str) -> Refusal | None:
    """Why a reader may not ask this; None when it may.

    ``statement``: whole, as it is sent. ``private``: the name of the private database. A statement that the server can't parse
    is left for it to refuse.
    """
    ((spelled,),) = warehouse.rows(_SPELLED, {"statement": statement})
    if spelled is None:
        # It is refused when it runs, with the reason: nothing but one statement that parses is ever run.
        return None
    table_functions = {str(name).encode() for (name,) in warehouse.rows(_TABLE_FUNCTIONS)}
    return against(list(tokens(spelled.encode())), private.lower().encode(), table_functions)


def with_private_named(stop: Stop, warehouse: WarehouseReader, private: str) -> Stop:
    """What the server said of a query, in a reader's words: what only the private database has is private, not unknown."""
    unknown = _UNKNOWN.search(stop.problem)
    if unknown is None:
        return stop
    ((there,),) = warehouse.rows(_IS_THERE, {"private": private, "name": unknown[1]})
    if there:
        return Stop(
            f"{unknown[1]} is private: a table of single votes, of who read them, or of Baton's own",
            "`baton sql --private …` reads it and writes to audit who asked; docs/warehouse.md says what readers see",
        )
    # The server names what is alike in any database.
    return Stop(re.sub(rf"Maybe you meant {re.escape(private)}\.\w+\? ", "", stop.problem), stop.mend)


def against(found: Sequence[Token], private: bytes, table_functions: set[bytes]) -> Refusal | None:
    """The rules over the tokens of a statement in the server's spelling."""
    if not found:
        return None
    first = found[0].keyword or found[0].text
    if first not in _READS:
        return Refusal(f"readers read only, and this is {first.decode()}")
    if first == b"SHOW" and any(token.keyword == b"PROCESSLIST" for token in found[:3]):
        return Refusal("running queries may hold what others read")
    # In identifiers, quoted ones too, and in texts: some functions take a table by its name in a text.
    if any(private in (token.name or token.text.lower()) for token in found):
        return Refusal(f"the database {private.decode()} is private")
    for token, following in pairwise(found):
        if following.text == b"(":
            name = token.name.rpartition(b".")[2]
            reaches = name in table_functions - HARMLESS_TABLE_FUNCTIONS or name.startswith(_REACHING)
            if reaches:
                return Refusal(f"{name.decode()}(…) may reach private tables")
    return _system_table(found) or _setting(found)


def _system_table(found: Sequence[Token]) -> Refusal | None:
    for token, dot, table in zip(found, found[1:], found[2:], strict=False):
        if token.name == b"system" and dot.text == b"." and table.name not in HARMLESS_SYSTEM_TABLES:
            return Refusal(f"system.{table.name.decode()} may show what others read")
        if token.name.startswith(b"system."):
            return Refusal("write system tables without quoting database and table together")
    return None


def _setting(found: Sequence[Token]) -> Refusal | None:
    """Some settings take SQL in a text, which is read as it stands there and not in the spelling looked at here."""
    among_settings = False
    for token in found:
        among_settings = among_settings or token.keyword == b"SETTINGS"
        if among_settings and (token.text == b"{" or (token.kind == "string" and not _PLAIN_VALUE.fullmatch(token.text))):
            return Refusal("the value of a setting may hold a query of its own", f"leave it out, or {_HOW}")
    return None
