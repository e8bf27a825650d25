"""Random JSON texts of events, written from the models' own fields, and ways to spoil them.

A tree is JSON with two liberties: an object is a list of pairs (``Pairs``), so a name can stand in it twice, and ``Token``
holds a literal as it is to be written, so that numbers no Python value has can be written too.
"""

import json
import types
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le, MaxLen, MinLen
from hypothesis import strategies as st
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas.events import MODELS, RATING, pair_subject


@dataclass(frozen=True)
class Token:
    """A literal, written as it is."""

    text: str


@dataclass
class Pairs:
    """An object; names may repeat."""

    pairs: list[tuple[str, Any]]


def written(tree: Any) -> bytes:
    """The tree as JSON in UTF-8."""
    return _text(tree).encode()


def _text(tree: Any) -> str:
    if isinstance(tree, Token):
        return tree.text
    if isinstance(tree, Pairs):
        return "{" + ",".join(json.dumps(name, ensure_ascii=False) + ":" + _text(value) for name, value in tree.pairs) + "}"
    if isinstance(tree, list):
        return "[" + ",".join(map(_text, tree)) + "]"
    return json.dumps(tree, ensure_ascii=False)


TIMES = (
    *("2026-03-02T09:00:00Z", "1970-01-01T00:00:00Z", "2026-03-02T09:00:00.123456789+05:30", "2026-12-31T23:59:59.999-12:00"),
    *("2026-11-30T23:59:59.9999999Z", "2016-12-31T23:59:60.999999999Z", "2026-03-02T09:00:00.1239995Z"),
    *("2026-03-02t09:00:00z", "2026-03-02 09:00:00Z", "9999-12-31T23:59:59-14:00", "2024-02-29T00:00:00-00:00"),
)
ODD_TIMES = (
    *("2026-03-02T09:00:00", "2026-02-30T09:00:00Z", "2026-03-02", "yesterday", "", "1772442000", "2026-03-02T24:00:00Z"),
    *("1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00+00:01", "0001-01-01T00:00:00+14:00", "0000-01-01T00:00:00Z"),
    *("2026-03-02T23:59:60Z", "2026-03-02T09:00:00+24:00", "10000-01-01T00:00:00Z", "2026-03-02T09:00:00 Z"),
)
NUMBERS = (
    *("1.0", "1e2", "1E400", "-1e400", "1e-400", "-0", "-0.0", "0.5", "9223372036854775807", "9223372036854775808"),
    *("-9223372036854775808", "-9223372036854775809", "18446744073709551616", "1" + "0" * 400, "1" + "0" * 5000),
)
BROKEN = (
    "NaN",
    "Infinity",
    "-Infinity",
    "nul",
    "01",
    "1.",
    "+1",
    ".5",
    "'x'",
    '"\\ud800"',
    '"\\q"',
    '"\x01"',
    '"\n"',
    "",
    "[1,]",
)
_texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
_bounds = st.sampled_from([0, 1, 199, 200, 201, 399, 400, 401, 4000, 4001]).flatmap(
    lambda n: st.sampled_from(["x" * n, "é" * n, "😀" * n])
)
odd_values: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 2),
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    _texts,
    _bounds,
    st.sampled_from(NUMBERS).map(Token),
    st.sampled_from(BROKEN).map(Token),
    st.sampled_from(ODD_TIMES + TIMES),
    st.sampled_from(
        ["queued", "Queued", "team", "1.0", "1.1", "2026-12", "2026-13", "2026-12\n", *MODELS, "baton.item.moved.v2", "other"]
    ),
    st.builds(list),
    st.builds(lambda: Pairs([])),
    st.lists(_texts, max_size=3),
    st.builds(lambda n: Token("[" * n + "]" * n), st.sampled_from([5, 150, 199, 200, 201, 3000])),
)


def tree_of(model: type[BaseModel]) -> st.SearchStrategy[Pairs]:
    """Valid objects of a model: required fields, some of the optional ones, in any order, sometimes an unknown one."""
    fields = []
    for name, field in model.model_fields.items():
        pair = st.tuples(st.just(field.alias or name), _values(field.annotation, field.metadata))
        fields.append(pair.map(lambda p: [p]) if field.is_required() else st.one_of(st.just([]), pair.map(lambda p: [p])))
    unknown = st.lists(st.tuples(_texts.map(lambda t: "x" + t), st.integers() | _texts), max_size=1)
    together = st.tuples(*fields, unknown).map(lambda parts: [p for part in parts for p in part])
    return together.flatmap(st.permutations).map(lambda pairs: Pairs(list(pairs)))


def _values(kind: Any, metadata: list[Any]) -> st.SearchStrategy[Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        base, *inner = get_args(kind)
        flat = [m for entry in inner for m in (entry.metadata if isinstance(entry, FieldInfo) else [entry])]
        return _values(base, flat + metadata)
    if origin in (types.UnionType, Union):
        return st.one_of(*(_values(k, metadata) for k in get_args(kind)))
    low = {type(m): m for m in metadata}
    if origin is Literal:
        return st.sampled_from(get_args(kind))
    if origin is list:
        least, most = low.get(MinLen, MinLen(0)).min_length, low.get(MaxLen, MaxLen(4)).max_length
        return st.lists(_values(get_args(kind)[0], []), min_size=least, max_size=most)
    if origin is dict:
        return st.dictionaries(_texts, _values(get_args(kind)[1], []), max_size=3).map(lambda d: Pairs(list(d.items())))
    if kind is type(None):
        return st.none()
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return tree_of(kind)
    pattern = next((m.pattern for m in metadata if getattr(m, "pattern", None)), None)
    if pattern is not None:
        return st.from_regex(pattern, fullmatch=True, alphabet=st.characters(max_codepoint=127))
    plain: dict[Any, st.SearchStrategy[Any]] = {
        datetime: st.sampled_from(TIMES),
        bool: st.booleans(),
        float: st.floats(allow_nan=False, allow_infinity=False) | st.integers(-9, 9),
        int: st.integers(low.get(Ge, Ge(-9)).ge, low.get(Le, Le(9)).le),
        str: st.text(
            st.characters(exclude_categories=["Cs"]),
            min_size=low.get(MinLen, MinLen(0)).min_length,
            max_size=min(low.get(MaxLen, MaxLen(9)).max_length, 9),
        ),
    }
    return plain[kind]


def _of_its_pair(event: Pairs) -> Pairs:
    """A rating under its pair's subject."""
    body = dict(event.pairs).get("data")
    if isinstance(body, Pairs):
        parties = dict(body.pairs)
        subject = pair_subject(parties["supplier"], parties["customer"])
        event.pairs = [(name, subject if name == "subject" else value) for name, value in event.pairs]
    return event


_TREES = {t: tree_of(model) for t, model in MODELS.items()}
_TREES[RATING] = st.one_of(_TREES[RATING], _TREES[RATING].map(_of_its_pair), _TREES[RATING].map(_of_its_pair))
events: st.SearchStrategy[Pairs] = st.sampled_from(sorted(MODELS)).flatmap(_TREES.__getitem__)
"""Valid events of every type, whole but for the rules between fields."""


@st.composite
def spoilt(draw: st.DrawFn) -> Pairs:
    """An event with one to three things wrong with it, or at least odd."""
    event = draw(events)
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.sampled_from(_objects(event)))
        pairs = place.pairs
        what = draw(st.sampled_from(("drop", "replace", "replace", "replace", "add", "known", "twice")))
        at = draw(st.integers(0, max(len(pairs) - 1, 0)))
        if what == "add":
            pairs.insert(at, (draw(_texts), draw(odd_values)))
        elif what == "known":
            pairs.insert(at, (draw(st.sampled_from(("deleted", "revision", "from", "due", "recordedat"))), draw(odd_values)))
        elif not pairs:
            continue
        elif what == "drop":
            pairs.pop(at)
        elif what == "replace":
            pairs[at] = (pairs[at][0], draw(odd_values))
        else:
            pairs.insert(draw(st.integers(0, len(pairs))), (pairs[at][0], draw(odd_values)))
    return event


def _objects(tree: Any) -> list[Pairs]:
    inner = tree if isinstance(tree, list) else [value for _, value in tree.pairs] if isinstance(tree, Pairs) else []
    return ([tree] if isinstance(tree, Pairs) else []) + [found for value in inner for found in _objects(value)]


def repeats(tree: Any) -> bool:
    """Whether a name stands twice in one object."""
    return any(len({name for name, _ in o.pairs}) < len(o.pairs) for o in _objects(tree))
