"""Contributions: the integers that one subject's facts give to one scope. The scores stage sums them in panes.

An upsert like a fact: key = scope and subject, version = ``generation << 48 | tick offset``; only the subject's partition
writes it. ``live: false`` takes it away: the subject has left the scope.
"""

from typing import Annotated, Any, Literal, Union, cast

import msgspec
from pydantic import Field

from schemas.fields import Body, Count, Ms, Name
from schemas.structs import struct_of
from schemas.watermarks import WATERMARK

SEPARATOR = "\x1f"


class Entry(Body):
    """``amount`` is added to counter ``field`` (``key``: a bucket, code or cell of it) in the panes that hold ``at``."""

    at: Ms
    field: Name
    key: str = ""
    amount: int = 1


class Contribution(Body):
    """What ``subject`` gives to a scope.

    ``scope``: pair (supplier, customer), both (two teams, sorted: custody), route (teams in order) or source (a source).
    ``subject``: the work item, of votes the pair's subject and their month, of a source "source#partition#pane".
    """

    scope: Literal["pair", "both", "route", "source"]
    parts: Annotated[list[Name], Field(min_length=1, max_length=50)]
    subject: Annotated[str, Field(min_length=1, max_length=420)]
    version: Count
    partition: Count
    w: Ms
    live: bool = True
    entries: list[Entry]


ENTRY = cast(Any, struct_of(Entry))
CONTRIBUTION = cast(Any, struct_of(Contribution, tag_field="kind", tag="contribution"))
_decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Union[CONTRIBUTION, WATERMARK])  # noqa: UP007  # derived classes
_encoder = msgspec.json.Encoder()


def scope_name(scope: str, parts: list[str]) -> str:
    """One text for a scope: kind and parts."""
    return SEPARATOR.join((scope, *parts))


def place_of(scope: str, parts: list[str]) -> bytes:
    """What chooses a scope's partition: of pairs the unordered pair, so that both directions and their custody meet."""
    if scope in {"pair", "both"}:
        return SEPARATOR.join(("both", *sorted(parts))).encode()
    return scope_name(scope, parts).encode()


def contribution_key(scope: str, parts: list[str], subject: str) -> bytes:
    """The record key: scope and subject."""
    return SEPARATOR.join((scope, *parts, "", subject)).encode()


def encode_contribution(record: Any) -> bytes:
    """JSON of a contribution struct."""
    return _encoder.encode(record)


def decode_contribution(value: bytes) -> Any:
    """The struct of a record: contribution or watermark. Raises ``msgspec.MsgspecError`` for anything Baton did not write."""
    return _decoder.decode(value)
