"""ClickHouse as Baton uses it. The only module that imports clickhouse_connect.

**An insert is sent again until it is acknowledged; rows are upserts, so a block that had arrived already changes nothing.**
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias
from urllib.parse import urlsplit

import clickhouse_connect
from clickhouse_connect.datatypes.base import ClickHouseType
from clickhouse_connect.driver.client import Client
from clickhouse_connect.driver.exceptions import ClickHouseError, OperationalError

from broker.records import TopicPartition
from schemas.errors import Retry, Stop
from schemas.settings import Settings, masked
from sinks.ports import Block, Parameters, ResultRow

INSERT_SETTINGS = {"async_insert": 0}
"""The server's default is 1: it would answer before the rows can be read."""
READ_ONLY = {"readonly": 2}
"""Nothing is written; a query may still bring its own SETTINGS."""

# Server errors that pass: timeouts, too many queries or parts, memory, disk, read-only tables, a server that shuts down.
_PASSING = frozenset({159, 160, 202, 203, 209, 210, 236, 241, 242, 243, 252, 279, 319, 394, 425, 439, 999})
_AWAY = re.compile(r"(?:\[Errno -?\d+\] )?(Connection (?:refused|reset by peer|aborted)|[Rr]ead timed out|No route to host|"
                   r"Name or service not known|Network is unreachable|Remote end closed connection)")  # fmt: skip
"""Of the many words of the HTTP library those that say what happened."""
# Unknown column, identifier, table or database: the tables are not what this version writes or asks for.
_SCHEMA = frozenset({16, 47, 60, 81})
# No such user, wrong password, or a grant that is missing: trying again changes nothing.
_ACCESS = frozenset({192, 193, 194, 497, 516})

NamedRow: TypeAlias = dict[str, Any]
"""A row of an answer by column; each cell has the type that its query gives it."""


class ClickHouse:
    """One connection to one database. Fits ``sinks.ports.Warehouse``; used from one thread at a time."""

    def __init__(self, client: Client, database: str) -> None:
        self._client = client
        self._types: dict[tuple[str, tuple[str, ...]], list[ClickHouseType]] = {}
        self.database = database

    def insert(self, block: Block) -> None:
        """Write a block, whole or not at all. Raises ``Retry`` when it may not have arrived, ``Stop`` when no table fits."""
        if not block.rows:
            return
        shape = (block.table, block.columns)
        with _explained(f"insert into {block.table}"):
            # The context asks the server for the table's columns. Asked once: the next migration comes with the next process.
            if shape not in self._types:
                context = self._client.create_insert_context(block.table, block.columns)
                self._types[shape] = list(context.column_types)
            self._client.insert(
                block.table,
                block.values,
                column_names=block.columns,
                column_types=self._types[shape],
                # The client would otherwise turn rows into columns again.
                column_oriented=True,
                settings=INSERT_SETTINGS,
            )

    def positions(self) -> dict[TopicPartition, int]:
        """Per topic partition the offset of the first record not in the tables."""
        # FINAL: without it an older position, not merged away yet, could win and records would be read again.
        found = self.rows("SELECT topic, partition, position FROM sink_positions FINAL")
        return {TopicPartition(topic, partition): position for topic, partition, position in found}

    def create_database(self, name: str) -> None:
        """Create a database when it is not there."""
        statement = f"CREATE DATABASE IF NOT EXISTS `{name}` ENGINE = Atomic COMMENT 'Baton: tables, or views to read'"
        with _explained(f"create database {name}"):
            # The client otherwise names its database with each request, and this one is not there yet.
            self._client.command(statement, use_database=False)

    def execute(self, statement: str) -> None:
        """Run one statement that answers nothing, such as CREATE."""
        with _explained(statement.split("\n", 1)[0][:80]):
            self._client.command(statement)

    def rows(self, query: str, parameters: Parameters | None = None) -> list[ResultRow]:
        """The rows of a query. ``parameters`` fill ``{name:Type}``."""
        with _explained("query"):
            return [tuple(row) for row in self._client.query(query, parameters=dict(parameters or {})).result_rows]

    def table(self, query: str, parameters: Parameters | None = None) -> list[NamedRow]:
        """The rows of a query, each by column name."""
        with _explained("query"):
            return list(self._client.query(query, parameters=dict(parameters or {})).named_results())

    def text(self, query: str, output: str | None) -> bytes:
        """A read-only query's answer in ClickHouse's format ``output``; None: the query names its own.

        Raises ``Stop`` with the server's reason.
        """
        with _explained("query"):
            return self._client.raw_query(query, fmt=output, settings=READ_ONLY)

    def close(self) -> None:
        """Give the connection back."""
        self._client.close()


def connect(address: str, user: str, password: str, database: str, *, seconds: int = 120) -> ClickHouse:
    """A connection to ``database`` at ``address`` (http(s)://host:port), which need not exist yet.

    ``seconds``: longest wait for an answer. Raises ``Retry`` when there is none, ``Stop`` when address or account are wrong.
    """
    parts = urlsplit(address)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise Stop(f"not an address of ClickHouse: {masked(address)}", "set BATON_CLICKHOUSE to http(s)://host:port")
    # Its retries and warnings would come on top of ours.
    logging.getLogger("clickhouse_connect").setLevel(logging.CRITICAL)  # what matters is raised, once
    with _explained(f"connect to {masked(address)}"):
        client = clickhouse_connect.get_client(
            interface=parts.scheme,
            host=parts.hostname,
            port=parts.port or (8443 if parts.scheme == "https" else 8123),
            username=user,
            password=password,
            # The server locks a session: threads could not share a client, and a query took over twice as long when measured.
            autogenerate_session_id=False,
            connect_timeout=10,
            send_receive_timeout=seconds,
            compress="lz4",
        )
    # Not as an argument of get_client: the client would then ask for a database that does not exist yet.
    client.database = database
    return ClickHouse(client, database)


def connect_from(settings: Settings, *, seconds: int = 120, reader: bool = False) -> ClickHouse:
    """The connection that ``settings`` describe, to the private database, or as a ``reader`` to that of the readers' views.

    ``settings.clickhouse`` is set. Otherwise as ``connect``.
    """
    return connect(
        str(settings.clickhouse),
        settings.clickhouse_user,
        settings.clickhouse_password.get_secret_value(),
        settings.clickhouse_database if reader else settings.private_database,
        seconds=seconds,
    )


@contextmanager
def _explained(what: str) -> Iterator[None]:
    try:
        yield
    except ClickHouseError as error:
        # ``code`` is the server's number; an error of the connection has none.
        code, message = getattr(error, "code", None), _said(error)
        # 1 may pass, and may have arrived: again   2 access   3 schema   4 the statement   5 anything else goes through
        if code in _PASSING or (code is None and isinstance(error, OperationalError)):
            raise Retry(f"{what}: {message}") from error
        if code in _ACCESS:
            raise Stop(f"{what}: {message}", "check BATON_CLICKHOUSE_USER, its password and its grants") from error
        if code in _SCHEMA:
            raise Stop(
                f"{what}: {message}",
                '`baton sql "SHOW TABLES"` lists what there is, docs/warehouse.md says what it means; '
                "`baton migrate` brings the tables up to date",
            ) from error
        if code is not None:
            raise Stop(f"{what}: {message}", "correct the statement; the message is ClickHouse's own") from error
        raise


def _said(error: Exception) -> str:
    text = re.sub(r" \((version|for url) [^)]*\)", "", str(error).strip().split("\n", 1)[0])
    away = _AWAY.search(text)
    if away is not None and not getattr(error, "code", None):
        return f"no answer: {away[1].lower()}"
    return text.rpartition("DB::Exception: ")[-1][:1000]
