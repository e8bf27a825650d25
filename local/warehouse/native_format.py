"""ClickHouse's Native format, as far as the engine leaves it to us: a result that has columns but no rows."""

import json


def empty_block(described: bytes) -> bytes:
    """A Native block of no rows from ``DESCRIBE … FORMAT JSONCompact``: column count, row count, names and types."""
    columns = [(row[0], row[1]) for row in json.loads(described)["data"]]
    texts = [text.encode() for column in columns for text in column]
    # What a server sends and the engine does not: clients take the columns of an empty result from it.
    return _varint(len(columns)) + _varint(0) + b"".join(_varint(len(text)) + text for text in texts)


def _varint(number: int) -> bytes:
    out = bytearray()
    while number >= 0x80:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)
