"""Content encodings of requests and replies: gzip, deflate, zstd, lz4. The only module that imports the codecs."""

import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

import lz4.frame
import zstandard

from local.warehouse.clickhouse_errors import ErrorCode, clickhouse_error

PREFERRED = ("lz4", "zstd", "gzip", "deflate")
MIN_COMPRESSED_BYTES = 1024
"""A shorter reply is sent as it is."""


class Compressor(Protocol):
    """Compresses a reply chunk by chunk."""

    def compress(self, chunk: bytes, /) -> bytes:
        """Compressed bytes that can be sent now; may be empty."""

    def flush(self) -> bytes:
        """The last compressed bytes, after the last chunk."""


class Decompressor(Protocol):
    """Decompresses one frame."""

    @property
    def eof(self) -> bool:
        """Whether the frame has ended."""

    @property
    def unused_data(self) -> bytes | None:
        """What follows the frame."""

    def decompress(self, body: bytes, /) -> bytes:
        """What the frame held. Raises an error of its library's when it is broken."""


class _Lz4:
    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor()
        self._head: bytes = self._frame.begin()

    def compress(self, chunk: bytes) -> bytes:
        head, self._head = self._head, b""
        compressed: bytes = self._frame.compress(chunk)
        return head + compressed

    def flush(self) -> bytes:
        compressed: bytes = self._frame.flush()
        return self._head + compressed


class _Plain:
    def compress(self, chunk: bytes) -> bytes:
        return chunk

    def flush(self) -> bytes:
        return b""


def compressor(encoding: str) -> Compressor:
    """A fresh compressor for an encoding of ``negotiated``; the empty name leaves chunks as they are."""
    if encoding == "lz4":
        return _Lz4()
    if encoding == "zstd":
        # The quickest levels: client and warehouse are on one machine, where processor time is dearer than bytes.
        return zstandard.ZstdCompressor(level=1).compressobj()
    if encoding in ("gzip", "deflate"):
        return zlib.compressobj(1, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    return _Plain()


def negotiated(header: str) -> str:
    """The encoding to answer with, of those an Accept-Encoding header names; empty for none."""
    offered = {part.partition(";")[0].strip().lower() for part in header.split(",")}
    # In our order and not the client's: lz4 is the cheapest to make.
    return next((encoding for encoding in PREFERRED if encoding in offered), "")


DECOMPRESSORS: dict[str, Callable[[], Decompressor]] = {
    "gzip": lambda: zlib.decompressobj(47),  # 32 + 15: tells gzip from zlib by its head
    "deflate": lambda: zlib.decompressobj(47),
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "lz4": lz4.frame.LZ4FrameDecompressor,
}


def decompressed(body: bytes, encoding: str) -> bytes:
    """A request's body as it was before its Content-Encoding. Raises ``ClickHouseError`` when it is unknown, broken or cut."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    if name not in DECOMPRESSORS:
        raise clickhouse_error(
            ErrorCode.NOT_IMPLEMENTED, f"Unknown Content-Encoding {name!r}. Use one of {', '.join(PREFERRED)} or none"
        )
    try:
        return b"".join(_decompressed_frames(body, DECOMPRESSORS[name]))
    except (zlib.error, zstandard.ZstdError, RuntimeError, EOFError) as error:
        raise clickhouse_error(ErrorCode.INCORRECT_DATA, f"The body is not {name}: {error}. Nothing was run") from error


def _decompressed_frames(body: bytes, new: Callable[[], Decompressor]) -> Iterator[bytes]:
    while body:  # a client may send one frame for each of its blocks
        frame = new()
        yield frame.decompress(body)
        # An insert cut short by a lost connection must not be taken as the whole.
        if not frame.eof:
            raise EOFError("it ends too early")
        body = frame.unused_data or b""
