"""Content encodings of requests and replies: gzip, deflate, zstd, lz4. The only module that imports the codecs."""

import zlib
from collections.abc import Callable, Iterator
from typing import Any, Protocol

import lz4.frame
import zstandard

from local.warehouse.failures import INCORRECT_DATA, NOT_IMPLEMENTED, failure

PREFERRED = ("lz4", "zstd", "gzip", "deflate")
LEAST = 1024
"""Bytes below which a reply is sent as it is."""


class Packer(Protocol):
    """Compresses a reply piece by piece; the last piece comes from ``flush``."""

    def compress(self, piece: bytes, /) -> bytes:
        """What can be sent after this piece."""

    def flush(self) -> bytes:
        """The rest."""


class _Lz4:
    def __init__(self) -> None:
        self._frame = lz4.frame.LZ4FrameCompressor()
        self._head: bytes = self._frame.begin()

    def compress(self, piece: bytes) -> bytes:
        head, self._head = self._head, b""
        packed: bytes = self._frame.compress(piece)
        return head + packed

    def flush(self) -> bytes:
        packed: bytes = self._frame.flush()
        return self._head + packed


class _Plain:
    def compress(self, piece: bytes) -> bytes:
        return piece

    def flush(self) -> bytes:
        return b""


def packer(encoding: str) -> Packer:
    """A fresh compressor for an encoding of ``accepted``; the empty name leaves pieces as they are."""
    if encoding == "lz4":
        return _Lz4()
    if encoding == "zstd":
        return zstandard.ZstdCompressor(level=1).compressobj()
    if encoding in ("gzip", "deflate"):
        return zlib.compressobj(1, zlib.DEFLATED, 31 if encoding == "gzip" else 15)
    return _Plain()


def accepted(header: str) -> str:
    """The encoding to answer with, of those an Accept-Encoding header names; empty for none."""
    offered = {part.partition(";")[0].strip().lower() for part in header.split(",")}
    return next((encoding for encoding in PREFERRED if encoding in offered), "")


FRAMES: dict[str, Callable[[], Any]] = {
    "gzip": lambda: zlib.decompressobj(47),  # 32 + 15: tells gzip from zlib by its head
    "deflate": lambda: zlib.decompressobj(47),
    "zstd": lambda: zstandard.ZstdDecompressor().decompressobj(),
    "lz4": lz4.frame.LZ4FrameDecompressor,
}


def unpacked(body: bytes, encoding: str) -> bytes:
    """A request's body as it was before its Content-Encoding. Raises ``Failure`` for an unknown, broken or cut one."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return body
    if name not in FRAMES:
        raise failure(NOT_IMPLEMENTED, f"Unknown Content-Encoding {name!r}. Use one of {', '.join(PREFERRED)} or none")
    try:
        return b"".join(_unpacked(body, FRAMES[name]))
    except (zlib.error, zstandard.ZstdError, RuntimeError, EOFError) as error:
        raise failure(INCORRECT_DATA, f"The body is not {name}: {error}. Nothing was run") from error


def _unpacked(body: bytes, fresh: Callable[[], Any]) -> Iterator[bytes]:
    while body:  # a client may send one frame for each of its blocks
        frame = fresh()
        yield frame.decompress(body)
        if not frame.eof:
            raise EOFError("it ends too early")
        body = frame.unused_data
