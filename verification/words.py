"""Facts and scores as a message names them: what, of whom, when; of a vote never whose or how it was cast."""

import msgspec

from schemas.fields import from_ms
from schemas.keys import SEPARATOR
from schemas.scores import Label
from schemas.structs.scores import Result

_VOTE = "vote"
_BETWEEN = {"pair": " > ", "both": " and ", "route": " > ", "source": ""}


class ScoreContent(msgspec.Struct, omit_defaults=True):
    """What of a score is compared: the rest is its key and version."""

    label: Label
    results: list[Result]


_content = msgspec.json.Decoder(ScoreContent)


def named(key: bytes) -> str:
    """A key as a message names it; of a vote without the rater, who must not be shown."""
    kind, subject, *rest = key.decode().split(SEPARATOR)
    if kind in _BETWEEN:
        *names, _, window, end, refresh = (subject, *rest)
        daily = " (refreshed daily)" if refresh == "daily" else ""
        return f"{kind} {_BETWEEN[kind].join(names)}, {window} until {_moment(end)}{daily}"
    if kind == "intake":
        partition, pane = rest
        return f"intake of {subject}, partition {partition}, pane of {_moment(pane)}"
    if kind == _VOTE:
        _rater, *rest = rest
    if kind == "handoff" and len(rest) == 2:
        source, id = rest
        return f"handoff {id} of {subject}" + (f", {source}" if source else "")
    return " ".join(part for part in (kind, subject, *rest) if part)


def told(key: bytes, content: bytes) -> str:
    """A content as a message shows it; of a vote only that it is one, because single votes are confidential."""
    kind = key.decode().split(SEPARATOR)[0]
    if kind == _VOTE:
        return "a vote"
    if kind not in _BETWEEN:
        return content.decode()
    score = _content.decode(content)
    return f"{score.label}: " + (", ".join(map(_result, score.results)) or "no results")


def _result(result: Result) -> str:
    measure = f"{result.measure} of {result.part}" if result.part else result.measure
    value = result.reason if result.value is None else f"{result.value:g}"
    counted = f"{result.k} of {result.n}" if result.k is not None else f"n {result.n}"
    return f"{measure} {value} ({counted})" if result.n or result.k is not None else f"{measure} {value}"


def _moment(ms: str) -> str:
    return f"{from_ms(int(ms)):%Y-%m-%d %H:%M}"
