"""Bytes ↔ records of the topics that the stages write: facts, contributions, scores, and the watermarks among them.

Every ``decode`` raises ``msgspec.MsgspecError`` for anything Baton did not write.
"""

import msgspec

from schemas.structs.contributions import Contribution
from schemas.structs.fact_records import AnyFactRecord
from schemas.structs.scores import Score
from schemas.structs.watermarks import Watermark

_encode = msgspec.json.Encoder().encode
_fact: msgspec.json.Decoder[AnyFactRecord] = msgspec.json.Decoder(AnyFactRecord)
_on_facts: msgspec.json.Decoder[AnyFactRecord | Watermark] = msgspec.json.Decoder(AnyFactRecord | Watermark)
_contribution = msgspec.json.Decoder(Contribution)
_on_contributions: msgspec.json.Decoder[Contribution | Watermark] = msgspec.json.Decoder(Contribution | Watermark)
_score = msgspec.json.Decoder(Score)
_on_scores: msgspec.json.Decoder[Score | Watermark] = msgspec.json.Decoder(Score | Watermark)


def encode_record(record: msgspec.Struct) -> bytes:
    """JSON of a record or of a part of one, defaults left out."""
    return _encode(record)


def decode_fact(value: bytes) -> AnyFactRecord:
    """A fact's record; a watermark is an error."""
    return _fact.decode(value)


def decode_fact_or_watermark(value: bytes) -> AnyFactRecord | Watermark:
    """Any record of the facts topic."""
    return _on_facts.decode(value)


def decode_contribution(value: bytes) -> Contribution:
    """A contribution's record; a watermark is an error."""
    return _contribution.decode(value)


def decode_contribution_or_watermark(value: bytes) -> Contribution | Watermark:
    """Any record of the contributions topic."""
    return _on_contributions.decode(value)


def decode_score(value: bytes) -> Score:
    """A score's record; a watermark is an error."""
    return _score.decode(value)


def decode_score_or_watermark(value: bytes) -> Score | Watermark:
    """Any record of the scores topic."""
    return _on_scores.decode(value)
