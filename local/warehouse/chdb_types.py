"""What Baton uses of chDB's private connection; the package itself ships no types."""

from typing import Protocol, TypeAlias, TypedDict

Body: TypeAlias = bytes


class QueryClass(Protocol):
    """chDB's own enum of what a statement does."""

    name: str


class Classification(TypedDict):
    """What the parser says of a text: ``statement_count`` is 0 when it can't be parsed."""

    statement_count: int
    query_class: QueryClass


class ChdbResult(Protocol):
    """A result, or one block of a streamed one. Counts are of this block alone."""

    def bytes(self) -> Body:
        """The body in the format asked for."""

    def storage_rows_read(self) -> int:
        """Rows read from tables."""

    def storage_bytes_read(self) -> int:
        """Bytes read from tables."""

    def rows_written(self) -> int:
        """Rows written to tables."""

    def bytes_written(self) -> int:
        """Bytes written to tables."""

    def rows_read(self) -> int:
        """Rows of the result, whatever the name says."""


class ChdbConnection(Protocol):
    """``chdb._chdb.connect(path)``: any thread, one call at a time. Methods raise ``RuntimeError`` with ClickHouse's text.

    Streams and inserts under way are opaque: what ``send_query`` and ``send_insert`` give is only handed back.
    """

    def query(self, statement: str, fmt: str, /, *, params: dict[str, str]) -> ChdbResult:
        """Run to the end."""

    def send_query(self, statement: str, fmt: str, /, *, params: dict[str, str]) -> object:
        """Start a streamed result."""

    def streaming_fetch_result(self, stream: object, /) -> ChdbResult | None:
        """The next block; None or an empty one at the end."""

    def streaming_cancel_query(self, stream: object, /) -> None:
        """Give a streamed result up."""

    def send_insert(self, head: str, fmt: str, /) -> object:
        """Begin an insert."""

    def insert_append(self, insert: object, rows: bytes, /) -> None:
        """Add rows in the insert's format."""

    def insert_cancel(self, insert: object, /) -> None:
        """Leave nothing of it."""

    def insert_done(self, insert: object, /) -> ChdbResult:
        """Commit it."""

    def classify_query(self, statement: str, /) -> Classification:
        """Parse a text without running it."""

    def close(self) -> None:
        """Close; the engine stops with its last connection."""
