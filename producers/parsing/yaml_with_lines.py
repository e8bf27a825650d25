"""YAML with line numbers, so that a mistake is named with its line. Every scalar is a text: `no` and `-100` stay words."""

import difflib
import types
from collections.abc import Mapping, Sequence
from typing import Any, Union, get_args, get_origin

import yaml
from pydantic import BaseModel

from schemas.errors import Stop

_MEND = "correct that line; docs/mappings.md has a mapping to start from"


class Source:
    """A YAML text: ``tree`` of dicts, lists and texts, and the line of every place in it. Raises ``Stop``."""

    def __init__(self, text: str, origin: str, mend: str = _MEND) -> None:
        self.origin = origin
        self._mend = mend
        self._lines: dict[tuple[str | int, ...], int] = {}
        try:
            node = yaml.compose(text, Loader=yaml.BaseLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f", line {mark.line + 1}" if mark else ""
            raise Stop(f"{origin}{where}: not YAML ({getattr(error, 'problem', error)})", mend) from None
        if not isinstance(node, yaml.MappingNode):
            raise Stop(f"{origin}: it must be a list of `key: value` lines, this is something else", mend)
        self.tree = self._read(node, ())

    def line(self, place: Sequence[str | int]) -> int:
        """The line of ``place``, or of the nearest thing around it."""
        for length in range(len(place), -1, -1):
            if (found := self._lines.get(tuple(place[:length]))) is not None:
                return found
        return 1

    def _read(self, node: yaml.Node, place: tuple[str | int, ...]) -> Any:
        self._lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            tree: dict[str, Any] = {}
            for key, value in node.value:
                name, line = str(key.value), key.start_mark.line + 1
                if name in tree:
                    first = self._lines[*place, name]
                    raise Stop(f"{self.origin}, line {line}: `{name}` stands twice (also in line {first})", self._mend)
                self._lines[*place, name] = line
                tree[name] = self._read(value, (*place, name))
            return tree
        if isinstance(node, yaml.SequenceNode):
            return [self._read(entry, (*place, i)) for i, entry in enumerate(node.value)]
        return str(node.value)


def explain(source: Source, model: type[BaseModel], error: Mapping[str, Any]) -> str:
    """One of pydantic's errors as `FILE, line N: key: what is wrong, what is allowed`."""
    place = tuple(p for p in error["loc"] if p != "[key]")
    name = ".".join(map(str, place))
    kind, found = error["type"], error["input"]
    if kind == "extra_forbidden":
        allowed = _keys(model, place[:-1])
        near = difflib.get_close_matches(str(place[-1]), allowed, 1)
        hint = f"did you mean `{near[0]}`? " if near else ""
        wrong = f"no such key; {hint}allowed: {', '.join(allowed)}"
    elif kind == "missing":
        wrong = "is missing"
    elif kind in {"model_type", "model_attributes_type", "dict_type"}:
        wrong = f"needs keys below it ({', '.join(_keys(model, place)) or 'word: meaning'}), found {found!r}"
    else:
        wrong = f"{error['msg'].removeprefix('Value error, ')}" + ("" if isinstance(found, dict) else f"; found {found!r}")
    return f"line {source.line(place)}: {name}: {wrong}"


def _keys(model: type[BaseModel], place: Sequence[str | int]) -> list[str]:
    """The keys allowed at ``place`` of a tree described by ``model``."""
    for step in place:
        if isinstance(step, int):  # an entry of a list: its keys are those of the list's model
            continue
        inner = {f.alias or name: f.annotation for name, f in model.model_fields.items()}.get(str(step))
        options = get_args(inner) if get_origin(inner) in (types.UnionType, Union, list) else (inner,)
        models = [o for o in options if isinstance(o, type) and issubclass(o, BaseModel)]
        if not models:
            return []
        model = models[0]
    return [f.alias or name for name, f in model.model_fields.items()]
