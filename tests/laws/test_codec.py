"""Laws of the codec: structs and models are one definition, and what is written can be read."""

from collections.abc import Callable
from typing import Annotated, Any, Union

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import NoSuchExample
from pydantic import BaseModel, Field, create_model

from schemas import event_codec as codec
from schemas.errors import Park
from schemas.events import CONTROL, MODELS, RATING, Envelope, pair_subject
from schemas.fields import Body
from streams.journeys.event_conversion import stored
from tests.fixtures.made_structs import struct_of
from tests.fixtures.other_clients import binary_mode
from tests.laws.trees import Pairs, events, odd_values, repeats, spoilt, written

Decode = Callable[[bytes], Any]
CALM = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


def hot(value: bytes) -> Any:
    """``codec.decode`` with whatever key fits, so that only the value is judged."""
    try:
        return codec.decode(b"", value)
    except Park as park:
        if park.reason not in {"wrong_subject", "rejected"}:
            raise
        return codec._decoded(value)


def outcome(judge: Decode, value: bytes) -> tuple[str, Any]:
    """The event, or why it was parked."""
    try:
        return "accepted", judge(value)
    except Park as park:
        return park.reason, None


def same(struct: Any, model: Any) -> bool:
    """Whether a struct holds the model's values, field by field, types included."""
    if isinstance(model, BaseModel):
        return all(same(getattr(struct, name), getattr(model, name)) for name in type(model).model_fields if name != "type")
    if isinstance(model, list):
        return isinstance(struct, list) and len(struct) == len(model) and all(map(same, struct, model))
    return type(struct) is type(model) and bool(struct == model)


def agree(value: bytes, twice: bool = False, decode: Decode = hot) -> bool:
    """Whether both judges say the same of ``value``. ``twice``: a name repeats; then the structs may be stricter."""
    quick, event = outcome(decode, value)
    slow, model = outcome(codec.validate, value)
    if quick == slow == "accepted":
        return type(event).__struct_config__.tag == model.type and same(event, model)
    return quick == slow or (twice and slow == "accepted")


@given(events)
@CALM
def test_structs_and_models_accept_the_same_events(event: Pairs) -> None:
    """Whatever the models' fields allow, both decoders take alike, value by value."""
    assert agree(written(event))


@given(spoilt())
@CALM
def test_structs_and_models_reject_the_same_inputs(event: Pairs) -> None:
    """Whatever is wrong with an event, both decoders take it or park it for the same reason.

    A name that stands twice: both take the last value, but the structs also look at the first.
    """
    assert agree(written(event), repeats(event))


@given(events, st.binary(min_size=1, max_size=3), st.integers(0, 10_000), st.booleans())
@CALM
def test_structs_and_models_judge_spoilt_bytes_alike(event: Pairs, spoil: bytes, at: int, cut: bool) -> None:
    """Any bytes put into an event, or an event cut short anywhere, are judged alike."""
    value = written(event)
    at %= len(value)
    spoilt_value = value[:at] if cut else value[:at] + spoil + value[at:]
    assert agree(spoilt_value, twice=True)


@given(events)
@CALM
def test_what_is_encoded_is_decoded(event: Pairs) -> None:
    """An accepted event, encoded and decoded again, is the same event."""
    kind, decoded = outcome(hot, written(event))
    if kind == "accepted":
        assert hot(codec.encode(decoded)) == decoded


def in_binary_mode(value: bytes) -> tuple[str, Any]:
    """What is kept of the event when each attribute stands in a header, or why it is parked."""
    record = binary_mode(value, "")
    headers = [(name, content) for name, content in record.headers if name != "content-type"]
    subject = dict(headers)["ce_subject"]
    return outcome(lambda body: stored(codec.decode(subject, body or None, headers)), record.value or b"")


@given(events.filter(lambda event: dict(event.pairs)["type"] not in CONTROL))
@CALM
@pytest.mark.guard("other clients")
def test_both_modes_say_the_same(event: Pairs) -> None:
    """An event in binary mode is kept, or parked, as the same event in structured mode."""
    value = written(event)
    subject = str(dict(event.pairs)["subject"]).encode()
    assert in_binary_mode(value) == outcome(lambda whole: stored(codec.decode(subject, whole)), value)


def loosened() -> Decode:
    """A decoder whose structs lack one bound: that a revision is not negative."""
    body = {"revision": (Annotated[int, Field(le=2**63 - 1)], 0)}
    structs = []
    for event_type, model in MODELS.items():
        loose = create_model("Loose", __base__=model, **body)  # type: ignore[call-overload]  # no fixed fields
        check = "check_rating" if event_type == RATING else "check_complete"
        structs.append(struct_of(loose, tag=("type", event_type), check=check))
    decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(Union[tuple(structs)])  # noqa: UP007  # built from a list

    def decode(value: bytes) -> Any:
        codec._check_bytes(value)
        try:
            return decoder.decode(value)
        except msgspec.MsgspecError as error:
            raise codec._explain(codec._tree(value), error) from None

    return decode


def test_a_bound_left_out_breaks_the_law() -> None:
    """Negative control: structs that lack one bound are caught; the same search finds nothing against the real ones."""
    loose = loosened()
    odd = st.builds(lambda event, value: Pairs([*event.pairs, ("revision", value)]), events, odd_values)
    look = settings(CALM, max_examples=20_000, phases=[Phase.generate])
    found = find(odd, lambda event: not agree(written(event), repeats(event), loose), settings=look)
    assert any(name == "revision" for name, _ in found.pairs)
    with pytest.raises(NoSuchExample):
        find(odd, lambda event: not agree(written(event), repeats(event)), settings=CALM)


@given(events.filter(lambda event: ("type", RATING) in event.pairs))
@settings(CALM, max_examples=60)
def test_a_rating_stands_under_its_pair(event: Pairs) -> None:
    """A rating is taken exactly when its subject is its pair's; both decoders say so."""
    kind, decoded = outcome(hot, written(event))
    assert outcome(codec.validate, written(event))[0] == kind
    if kind == "accepted" and decoded.data is not None:
        assert decoded.subject == pair_subject(decoded.data.supplier, decoded.data.customer)


def test_the_codec_knows_every_type() -> None:
    """Every model has its struct, every struct its model, and each knows its own tag."""
    assert set(MODELS) == set(codec.TYPE_OF.values())
    assert all(struct.__struct_config__.tag == event_type for struct, event_type in codec.TYPE_OF.items())
    assert all(issubclass(model, Envelope) for model in MODELS.values())


def test_a_field_kind_that_structs_do_not_know_is_refused() -> None:
    """A model with a constraint that can't be carried over stops the generator, never differs silently."""

    class Odd(Body):
        """A body with a number of steps."""

        steps: Annotated[int, Field(multiple_of=2)]

    with pytest.raises(TypeError, match=r"teach schemas\.struct_source"):
        struct_of(Odd)
