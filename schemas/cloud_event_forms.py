"""What CloudEvents 1.0 in JSON allows and Baton does not write, as Baton writes it."""

import re
from collections.abc import Mapping
from typing import Any, Final, get_args, get_type_hints

from schemas.event_bodies import BODIES
from schemas.fields import Time
from schemas.rfc3339 import to_microsecond

may_be_rounded: Final = re.compile(rb"\.[0-9]{7}").search
"""Finds what may be a time beyond the microsecond, which the hot path's decoder would round."""
may_hide_a_time: Final = re.compile(rb"\\u00[23]").search
"""Finds escapes of what needs none: dot and digits of such a time may be among them."""
_BODY = "data"
_ENVELOPE_TIMES = ("time", "recordedat")
_BODY_TIMES: Mapping[str, tuple[str, ...]] = {
    event_type: tuple(
        body.model_fields[name].alias or name
        for name, kind in get_type_hints(body, include_extras=True).items()
        if kind is Time or Time in get_args(kind)
    )
    for event_type, body in BODIES.items()
}


def as_written(tree: dict[str, Any]) -> dict[str, Any]:
    """The event with its times to the microsecond, the rest of ``time`` in ``timenanos``, and without unset attributes.

    ``tree`` itself where nothing had to change.
    """
    changed = {name: None for name, value in tree.items() if value is None and name != _BODY}
    times = _cut(tree, _ENVELOPE_TIMES)
    time = tree.get("time")
    if isinstance(time, str) and (nanos := to_microsecond(time).nanos):
        times["timenanos"] = nanos
    body, event_type = tree.get(_BODY), tree.get("type")
    if isinstance(body, dict) and isinstance(event_type, str):
        cut = _cut(body, _BODY_TIMES.get(event_type, ()))
        if cut:
            times[_BODY] = body | cut
    if not changed and not times:
        return tree
    return {name: value for name, value in tree.items() if name not in changed} | times


def _cut(tree: Mapping[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """Those of ``names`` that are other texts when they end at the microsecond."""
    texts = {name: tree[name] for name in names if isinstance(tree.get(name), str)}
    return {name: cut for name, text in texts.items() if (cut := to_microsecond(text).text) != text}
