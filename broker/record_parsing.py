"""What both clients' parsers of fetched records lack: names of headers that are not UTF-8, and where a record can't be read.

A header's name is a text by convention only: clients that hold it as bytes write any, and the broker takes it. Both parsers
decode it strictly and then give nothing of the partition any more.
"""

from typing import Any, SupportsIndex

from schemas.errors import Stop
from schemas.topics import ANOTHER_LOG


class AnyHeaderNames:
    """Mixed into a client's parser of batches in Python: of a name that is not UTF-8 the bytes are escaped (``\\xfcber``).

    The name stays a text that can be written again, and is none that Baton asks for.
    """

    _buffer: bytearray

    def _read_msg(self) -> Any:  # a record of the client's own
        # Private API, the same in both clients: they have no setting for it. The parser moves on only behind a whole record,
        # so it can begin this one again, on a buffer whose pieces decode whatever they hold.
        try:
            return super()._read_msg()  # type: ignore[misc]  # of the parser it is mixed into
        except UnicodeDecodeError:
            self._buffer = _Escaping(self._buffer)
            return super()._read_msg()  # type: ignore[misc]  # as above


class _Escaping(bytearray):
    """Bytes whose slices escape what is not UTF-8 when they are decoded; parsers decode nothing but header names."""

    def __getitem__(self, index: Any) -> Any:  # an index or a slice, as bytearray has it
        found = super().__getitem__(index)
        return found if isinstance(index, SupportsIndex) else _Escaping(found)

    def decode(self, encoding: str = "utf-8", errors: str = "") -> str:
        """Decode; ``errors`` is not asked."""
        return super().decode(encoding, "backslashreplace")


def unreadable(topic: str, partition: int, offset: int, error: Exception) -> Stop:
    """What to raise where a client can't parse what it fetched at ``offset``.

    Never a ``Retry``: the broker did answer. And a client that goes on after such an error may have dropped what it had
    fetched of other partitions, without a word.
    """
    return Stop(
        f"{topic} partition {partition}: the record at offset {offset} can't be read: {error}",
        "start this again: what was damaged on its way is read anew. If it then says the same, the broker's own copy is "
        f"damaged, and {ANOTHER_LOG}",
    )
