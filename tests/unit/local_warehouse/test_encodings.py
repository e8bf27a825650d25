"""Encodings of bodies."""

import gzip
import zlib
from collections.abc import Callable

import lz4.frame
import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from local.warehouse.encodings import PREFERRED, accepted, packer, unpacked
from local.warehouse.failures import Failure


@given(st.lists(st.binary(max_size=500), max_size=5), st.sampled_from(["", *PREFERRED]))
def test_what_is_packed_can_be_unpacked(pieces: list[bytes], encoding: str) -> None:
    """A body packed piece by piece is the same body once unpacked, in every encoding."""
    pack = packer(encoding)
    assert unpacked(b"".join([*map(pack.compress, pieces), pack.flush()]), encoding) == b"".join(pieces)


@pytest.mark.parametrize(
    ("encoding", "pack"),
    [("gzip", gzip.compress), ("deflate", zlib.compress), ("zstd", zstandard.compress), ("lz4", lz4.frame.compress)],
)
def test_frames_one_after_the_other(encoding: str, pack: Callable[[bytes], bytes]) -> None:
    """Clients send each block as a frame of its own; together they are one body."""
    assert unpacked(pack(b"first ") + pack(b"second"), encoding) == b"first second"


@pytest.mark.parametrize("encoding", PREFERRED)
def test_broken_bodies_are_told(encoding: str) -> None:
    """A body that isn't what its header says is a client's error."""
    with pytest.raises(Failure, match="INCORRECT_DATA") as caught:
        unpacked(b"this is plain text, not packed at all", encoding)
    assert caught.value.status == 400


@pytest.mark.parametrize("encoding", PREFERRED)
def test_cut_bodies_are_told(encoding: str) -> None:
    """A body whose end is missing is an error, not a shorter body."""
    pack = packer(encoding)
    whole = pack.compress(bytes(range(256)) * 50) + pack.flush()
    with pytest.raises(Failure, match="INCORRECT_DATA"):
        unpacked(whole[: len(whole) // 2], encoding)


def test_unknown_encoding() -> None:
    """An unknown encoding is refused by name."""
    with pytest.raises(Failure, match="'br'") as caught:
        unpacked(b"", "br")
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
    assert accepted(header) == encoding
