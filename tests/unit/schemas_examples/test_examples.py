"""Golden examples: what was once written on a topic must decode for ever, to the same values.

Beside each example ``NAME.json`` stands ``NAME.expected.json`` with the values the code reads from it, times in UTC. A field
added later may be missing there; a value that is there may never change. Never edit an example: add another.
"""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import pytest
from pydantic import BaseModel, Field, create_model

from schemas import event_codec as codec
from schemas import installation
from schemas.contributions import Contribution
from schemas.errors import Park
from schemas.event_bodies import ItemMoved
from schemas.events import MODELS
from schemas.facts import FACT_MODELS
from schemas.json_schema import schemas
from schemas.record_codec import decode_contribution, decode_fact_or_watermark, decode_score
from schemas.scores import Score
from schemas.structs.fact_records import AnyFactRecord
from schemas.structs.watermarks import Watermark
from schemas.topics import CONTRIBUTIONS, FACTS, SCORES
from tests.fixtures.made_structs import struct_of

EXAMPLES = Path(__file__).parents[3] / "schemas" / "examples"
FOUND = sorted(path for path in EXAMPLES.glob("*/*.json") if not path.name.endswith(".expected.json"))
Decoder = Callable[[bytes], Any]


def decode(kind: str, value: bytes) -> Any:
    """The record of an example, by the decoder its topic has."""
    if kind in MODELS:
        return codec.decode(json.loads(value)["subject"].encode(), value)
    return DECODERS.get(kind, decode_fact_or_watermark)(value)


CONTRIBUTION, SCORE = f"{CONTRIBUTIONS}.contribution", f"{SCORES}.score"
DECODERS: dict[str, Decoder] = {
    "baton.installation.v1": installation.decode,
    CONTRIBUTION: decode_contribution,
    SCORE: decode_score,
}


def plain(value: Any) -> Any:
    """The values as the code reads them, in JSON's types; times in UTC."""
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in value.__struct_fields__}
    if isinstance(value, BaseModel):
        return {name: plain(getattr(value, name)) for name in type(value).model_fields}
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, dict):
        return {str(name): plain(inner) for name, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def kept(expected: Any, found: Any) -> bool:
    """Whether every expected value is still found; objects may have grown."""
    if isinstance(expected, dict) and isinstance(found, dict):
        return all(name in found and kept(inner, found[name]) for name, inner in expected.items())
    if isinstance(expected, list) and isinstance(found, list):
        return len(expected) == len(found) and all(map(kept, expected, found))
    return type(expected) is type(found) and bool(expected == found)


@pytest.mark.parametrize("path", FOUND, ids=lambda p: f"{p.parent.name}/{p.stem}")
def test_an_example_decodes_to_its_values(path: Path) -> None:
    """Each example decodes, and to the values written beside it."""
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    record = decode(path.parent.name, path.read_bytes())
    found = plain(record)
    assert expected
    assert kept(expected, found), f"{path} decodes to {json.dumps(found)}"
    if path.parent.name in MODELS:
        assert codec.TYPE_OF[type(record)] == path.parent.name


def test_every_type_has_examples() -> None:
    """Every event type, fact kind and the installation has a minimal and a full example, and no folder belongs to none."""
    named = {kind: {path.stem for path in FOUND if path.parent.name == kind} for kind in schemas()}
    assert {path.parent.name for path in FOUND} == named.keys()
    assert all({"minimal", "full"} <= names for names in named.values()), named


def test_what_can_be_corrected_has_a_correction_and_a_retraction() -> None:
    """Every type but the ones that are never corrected has an example of a correction and of a retraction."""
    never = {"baton.clock.ticked.v1", "baton.installation.v1", f"{FACTS}.watermark", SCORE, f"{FACTS}.rating_group"}
    for kind in schemas().keys() - never:
        names = {path.stem for path in FOUND if path.parent.name == kind}
        assert {"correction", "retraction"} <= names, kind


def test_full_examples_leave_no_field_out() -> None:
    """A full example names every field of its model, so none can change its name or type unseen."""
    facts = ((f"{FACTS}.{k}", m) for k, m in FACT_MODELS.items())
    every: list[tuple[str, type[BaseModel]]] = [*MODELS.items(), *facts, (CONTRIBUTION, Contribution), (SCORE, Score)]
    for kind, model in every:
        tree = json.loads((EXAMPLES / kind / "full.json").read_text(encoding="utf-8"))
        wire = {field.alias or name for name, field in model.model_fields.items()}
        assert wire - set(tree) <= MAY_BE_LEFT_OUT.get(kind, set()), kind


MAY_BE_LEFT_OUT = {
    "baton.clock.ticked.v1": {"dataschema", "datacontenttype", "sequence", "timenanos", "revision", "recordedat", "deleted"},
    **{t: {"timenanos", "revision", "deleted"} for t in MODELS if t != "baton.clock.ticked.v1"},
}
"""What the clock never writes, and what stands in the correction, in the retraction and in ``nanoseconds`` of moves."""


def broken(**changed: Any) -> Decoder:
    """A decoder of moves whose ``data`` has other fields than now."""
    body = create_model("Changed", __base__=ItemMoved, **changed)
    model = create_model("ChangedEvent", __base__=MODELS["baton.item.moved.v1"], data=(body | None, None))
    decoder = msgspec.json.Decoder(struct_of(model, body, tag=("type", "baton.item.moved.v1")))
    return decoder.decode


SMALL = EXAMPLES / "baton.item.moved.v1" / "minimal.json"
FULL = EXAMPLES / "baton.item.moved.v1" / "full.json"
CHANGES: list[tuple[Path, dict[str, Any]]] = [
    (SMALL, {"priority": (str, ...)}),
    (FULL, {"deliverable": (int | None, None)}),
    (FULL, {"reason": (Annotated[str, Field(max_length=3)] | None, None)}),
    (FULL, {"from_": (str | None, Field(None, alias="origin"))}),
    (SMALL, {"deliverable": (str | None, "work")}),
]


@pytest.mark.parametrize(("path", "change"), CHANGES, ids=["required", "type", "bound", "name", "default"])
def test_a_change_that_breaks_old_records_is_caught(path: Path, change: dict[str, Any]) -> None:
    """Negative control: a new required field, another type, bound, name or default fails an example."""
    expected = json.loads(path.with_suffix(".expected.json").read_text(encoding="utf-8"))
    assert kept(expected, plain(broken()(path.read_bytes())))
    try:
        found = plain(broken(**change)(path.read_bytes()))
    except msgspec.MsgspecError:
        return
    assert not kept(expected, found)


def test_facts_know_every_kind() -> None:
    """Every fact model has its struct, tagged by ``kind``; anything else on the facts topic is refused."""
    structs = (*get_args(AnyFactRecord), Watermark)
    assert {struct.__struct_config__.tag for struct in structs} == set(FACT_MODELS)
    with pytest.raises(msgspec.MsgspecError):
        decode_fact_or_watermark(b'{"kind":"rumour","subject":"W1"}')


def test_an_example_under_another_key_is_parked() -> None:
    """Negative control: the examples are judged by the real codec, which refuses one under a wrong key."""
    with pytest.raises(Park):
        codec.decode(b"W2", SMALL.read_bytes())
