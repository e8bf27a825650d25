"""YAML with line numbers, so that a mistake is named with its line. Every scalar stays a text, also `no` and `-100`."""

import difflib
import types
from collections.abc import Sequence
from typing import TypeAlias, Union, get_args, get_origin

import yaml
from pydantic import BaseModel
from pydantic_core import ErrorDetails

from schemas.errors import Stop

YamlTree: TypeAlias = "str | list[YamlTree] | dict[str, YamlTree]"
Location = tuple[str | int, ...]
"""Keys and list indexes that lead to a node of the tree, as in pydantic's errors."""
_MEND = "correct that line; docs/mappings.md has a mapping to start from"


class YamlText:
    """A YAML text as ``tree``, and the line of every node in it.

    Raises ``Stop`` when it is not YAML, not a mapping, or a key stands twice.
    """

    def __init__(self, text: str, origin: str, mend: str = _MEND) -> None:
        self.origin = origin
        self._mend = mend
        self._lines: dict[Location, int] = {}
        try:
            node = yaml.compose(text, Loader=yaml.BaseLoader)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            where = f", line {mark.line + 1}" if mark else ""
            raise Stop(f"{origin}{where}: not YAML ({getattr(error, 'problem', error)})", mend) from None
        if not isinstance(node, yaml.MappingNode):
            raise Stop(f"{origin}: expected `key: value` lines, found something else", mend)
        self.tree = self._mapping(node, ())

    def line(self, location: Location) -> int:
        """The line of the node at ``location``, or of the nearest one around it."""
        for length in range(len(location), -1, -1):
            if (found := self._lines.get(location[:length])) is not None:
                return found
        return 1

    def _tree(self, node: yaml.Node, location: Location) -> YamlTree:
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, location)
        self._lines.setdefault(location, node.start_mark.line + 1)
        if isinstance(node, yaml.SequenceNode):
            return [self._tree(entry, (*location, i)) for i, entry in enumerate(node.value)]
        return str(node.value)

    def _mapping(self, node: yaml.MappingNode, location: Location) -> dict[str, YamlTree]:
        self._lines.setdefault(location, node.start_mark.line + 1)
        tree: dict[str, YamlTree] = {}
        for key, value in node.value:
            name, line = str(key.value), key.start_mark.line + 1
            if name in tree:
                first = self._lines[*location, name]
                raise Stop(f"{self.origin}, line {line}: `{name}` stands twice (also in line {first})", self._mend)
            self._lines[*location, name] = line
            tree[name] = self._tree(value, (*location, name))
        return tree


def explain(text: YamlText, model: type[BaseModel], error: ErrorDetails, outer: int = 0) -> str:
    """One of pydantic's errors as `line N: key: what is wrong, what is allowed`.

    ``outer``: how many steps of the error's location lie outside of ``text``, whose tree ``model`` describes.
    """
    location: Location = tuple(step for step in error["loc"][outer:] if step != "[key]")
    name = ".".join(map(str, location))
    kind, found = error["type"], error["input"]
    if kind == "extra_forbidden":
        allowed = _keys(model, location[:-1])
        near = difflib.get_close_matches(str(location[-1]), allowed, 1)
        hint = f"did you mean `{near[0]}`? " if near else ""
        problem = f"no such key; {hint}allowed: {', '.join(allowed)}"
    elif kind == "missing":
        problem = "is missing"
    elif kind in {"model_type", "model_attributes_type", "dict_type"}:
        problem = f"needs keys below it ({', '.join(_keys(model, location)) or 'word: meaning'}), found {found!r}"
    else:
        problem = f"{error['msg'].removeprefix('Value error, ')}" + ("" if isinstance(found, dict) else f"; found {found!r}")
    return f"line {text.line(location)}: {name}: {problem}"


def _keys(model: type[BaseModel], location: Sequence[str | int]) -> list[str]:
    """The keys allowed at ``location`` of a tree described by ``model``."""
    for step in location:
        if isinstance(step, int):  # an entry of a list: its keys are those of the list's model
            continue
        inner = {f.alias or name: f.annotation for name, f in model.model_fields.items()}.get(str(step))
        options = get_args(inner) if get_origin(inner) in (types.UnionType, Union, list) else (inner,)
        models = [o for o in options if isinstance(o, type) and issubclass(o, BaseModel)]
        if not models:
            return []
        model = models[0]
    return [f.alias or name for name, f in model.model_fields.items()]
