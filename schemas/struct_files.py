"""Which structs stand in which file of ``schemas/structs``."""

import re
from collections.abc import Mapping

from pydantic import BaseModel

from schemas.contributions import Contribution, Entry
from schemas.event_bodies import BODIES, AgreedDeliverable
from schemas.events import MODELS, RATING, Envelope
from schemas.facts import BODY_MODELS, FACT_MODELS, FactHead
from schemas.scores import Result, Score
from schemas.struct_source import ALIASES, WIDTH, StructOf, alias_source
from schemas.watermarks import Watermark

_HEAD = '''"""{about}

Made by `python -m schemas.generate` from the models in {models}; don't edit it by hand.
"""
'''
_TYPING = ("Annotated", "Literal")
_EVENT = StructOf("Event", Envelope, check="check_complete")
_FACT = StructOf("FactHead", FactHead)


def _event(event_type: str) -> StructOf:
    check = "check_rating" if event_type == RATING else ""
    return StructOf(MODELS[event_type].__name__, MODELS[event_type], _EVENT, ("type", event_type), check)


def _bodies(*models: type[BaseModel]) -> tuple[StructOf, ...]:
    return tuple(StructOf(model.__name__, model) for model in models)


_FACT_RECORDS = tuple(
    StructOf(model.__name__, model, None if kind == "verdict" else _FACT, ("kind", kind))
    for kind, model in FACT_MODELS.items()
    if model is not Watermark
)
FILES: Mapping[str, tuple[str, str, tuple[StructOf, ...]]] = {
    "event_bodies": (
        "What happened: the `data` of each type of event.",
        "schemas/event_bodies.py",
        _bodies(AgreedDeliverable, *BODIES.values()),
    ),
    "events": ("Whole events, one struct a type.", "schemas/events.py", (_EVENT, *map(_event, MODELS))),
    "facts": ("Bodies of facts.", "schemas/facts.py", _bodies(*BODY_MODELS)),
    "fact_records": ("Records of the facts topic.", "schemas/facts.py", (_FACT, *_FACT_RECORDS)),
    "contributions": (
        "Records of the contributions topic.",
        "schemas/contributions.py",
        (*_bodies(Entry), StructOf("Contribution", Contribution, tag=("kind", "contribution"))),
    ),
    "scores": (
        "Records of the scores topic.",
        "schemas/scores.py",
        (*_bodies(Result), StructOf("Score", Score, tag=("kind", "score"))),
    ),
    "watermarks": (
        "Watermarks, on all topics of the stages.",
        "schemas/watermarks.py",
        (StructOf("Watermark", Watermark, tag=("kind", "watermark")),),
    ),
}
UNIONS = {
    "events": ("AnyEvent", tuple(MODELS.values())),
    "fact_records": ("AnyFactRecord", tuple(m for m in FACT_MODELS.values() if m is not Watermark)),
}
"""File → name and members of a type for any of its structs."""


def struct_sources() -> dict[str, str]:
    """Text of each file by its path in ``schemas/structs``."""
    where = {struct.name: name for name, (_, _, structs) in FILES.items() for struct in structs}
    found = {"fields.py": _fields()}
    for name, (about, models, structs) in FILES.items():
        classes = "\n\n\n".join(struct.source() for struct in structs)
        found[f"{name}.py"] = _file(name, about, models, classes + _union(name), where)
    return found


def _fields() -> str:
    aliases = "\n".join(map(alias_source, ALIASES))
    head = _HEAD.format(about="Field types that the structs share.", models="schemas/fields.py")
    imports = "from datetime import datetime\nfrom typing import Annotated, Literal\n\nfrom msgspec import Meta"
    return f"{head}\n{imports}\n\n{aliases}\n"


def _union(name: str) -> str:
    if name not in UNIONS:
        return ""
    alias, models = UNIONS[name]
    names = [model.__name__ for model in models]
    line = f"{alias} = {' | '.join(names)}"
    wrapped = f"{alias} = (\n    " + "\n    | ".join(names) + "\n)"
    return f"\n\n\n{line if len(line) <= WIDTH else wrapped}"


def _file(name: str, about: str, models: str, classes: str, where: Mapping[str, str]) -> str:
    words = set(re.findall(r"\w+", re.sub(r'""".*?"""|"[^"]*"', "", classes)))
    typing = [word for word in _TYPING if word in words]
    own = {struct.name for struct in FILES[name][2]}
    local: dict[str, list[str]] = {}
    for word in sorted(words):
        if word in ALIASES:
            local.setdefault("schemas.structs.fields", []).append(word)
        elif word in where and word not in own:
            local.setdefault(f"schemas.structs.{where[word]}", []).append(word)
        elif word in {"check_complete", "check_rating"}:
            local.setdefault("schemas.events", []).append(word)
    imports = [f"from typing import {', '.join(typing)}\n"] if typing else []
    imports.append(f"from msgspec import {'Meta, Struct' if 'Meta' in words else 'Struct'}\n")
    if local:
        imports.append("\n".join(_import(module, names) for module, names in sorted(local.items())) + "\n")
    return _HEAD.format(about=about, models=models) + "\n" + "\n".join(imports) + f"\n\n{classes}\n"


def _import(module: str, names: list[str]) -> str:
    line = f"from {module} import {', '.join(names)}"
    return line if len(line) <= WIDTH else f"from {module} import (\n    " + ",\n    ".join(names) + ",\n)"
