"""Content encodings of requests and replies: gzip, deflate, zstd, lz4. The only module that imports the codecs."""

import zlib
from collections.abc import Iterable
from typing import Protocol

import lz4.frame
import zstandard

from local.warehouse.failures import INCORRECT_DATA, NOT_IMPLEMENTED, failure

PREFERRED = ("lz4", "zstd", "gzip", "deflate")
LEAST = 1024
"""Bytes below which a reply is sent as it is."""


class Packer(Protocol):
    """Compresses a reply piece by piece; the last piece comes from ``flush``."""

    def compress(self, piece: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


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


def unpacked(body: bytes, encoding: str) -> bytes:
    """A request's body as it was before its Content-Encoding. Raises ``Failure`` for an unknown or broken one."""
    try:
        match encoding.strip().lower():
            case "" | "identity":
                return body
            case "gzip" | "deflate":
                return b"".join(_inflated(body))
            case "zstd":
                return zstandard.ZstdDecompressor().decompressobj(read_across_frames=True).decompress(body)
            case "lz4":
                plain: bytes = lz4.frame.decompress(body)
                return plain
            case other:
                raise failure(
                    NOT_IMPLEMENTED, f"Unknown Content-Encoding {other!r}. Use one of {', '.join(PREFERRED)} or none"
                )
    except (zlib.error, zstandard.ZstdError, RuntimeError, EOFError) as error:
        raise failure(INCORRECT_DATA, f"The body is not {encoding}: {error}") from error


def _inflated(body: bytes) -> Iterable[bytes]:
    while body:
        inflater = zlib.decompressobj(47)  # 32 + 15: tells gzip from zlib by its head
        yield inflater.decompress(body)
        yield inflater.flush()
        if not inflater.eof:
            raise zlib.error("it ends too early")
        body = inflater.unused_data
