"""Encodings of bodies."""

import gzip
import zlib
from collections.abc import Callable

import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from local.warehouse.clickhouse_errors import ClickHouseError
from local.warehouse.content_encoding import PREFERRED, compressor, decompressed, negotiated


@given(st.lists(st.binary(max_size=500), max_size=5), st.sampled_from(["", *PREFERRED]))
def test_what_is_compressed_can_be_decompressed(chunks: list[bytes], encoding: str) -> None:
    """A body compressed chunk by chunk is the same body once decompressed, in every encoding."""
    compress = compressor(encoding)
    assert decompressed(b"".join([*map(compress.compress, chunks), compress.flush()]), encoding) == b"".join(chunks)


@pytest.mark.parametrize(
    ("encoding", "compress"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstandard.compress), ("lz4", lz4.frame.compress)],
)
def test_frames_one_after_the_other(encoding: str, compress: Callable[[bytes], bytes]) -> None:
    """Clients send each block as a frame of its own; together they are one body."""
    assert decompressed(compress(b"first ") + compress(b"second"), encoding) == b"first second"


@pytest.mark.parametrize("encoding", PREFERRED)
def test_broken_bodies_are_errors(encoding: str) -> None:
    """A body that isn't what its header says is a client's error."""
    with pytest.raises(ClickHouseError, match="INCORRECT_DATA") as caught:
        decompressed(b"this is plain text, not packed at all", encoding)
    assert caught.value.status == 400


@pytest.mark.parametrize("encoding", PREFERRED)
def test_cut_bodies_are_errors(encoding: str) -> None:
    """A body whose end is missing is an error, not a shorter body."""
    compress = compressor(encoding)
    whole = compress.compress(bytes(range(256)) * 50) + compress.flush()
    with pytest.raises(ClickHouseError, match="INCORRECT_DATA"):
        decompressed(whole[: len(whole) // 2], encoding)


def test_unknown_encoding() -> None:
    """An unknown encoding is refused by name."""
    with pytest.raises(ClickHouseError, match="'br'") as caught:
        decompressed(b"", "br")
    assert caught.value.status == 501


@pytest.mark.parametrize(
    ("header", "encoding"),
    [
        ("", ""),
        ("br", ""),
        ("gzip, lz4", "lz4"),
        ("GZIP;q=0.5", "gzip"),
        ("lz4,zstd,br,gzip,deflate", "lz4"),
        ("deflate", "deflate"),
    ],
)
def test_the_best_common_encoding(header: str, encoding: str) -> None:
    """The reply's encoding is the cheapest of those the client names."""
    assert negotiated(header) == encoding
