"""Source text of the msgspec structs in ``schemas/structs``, made from the pydantic models: the same shapes, decoded several
times faster, and static, so that the type checker knows every field (docs/decisions/0012-structs-as-source.md)."""

import types
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

from schemas import fields

_BASE = "Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True"
WIDTH = 127
_PLAIN = {str: "str", int: "int", float: "float", bool: "bool", type(None): "None"}
ALIASES: Mapping[str, Any] = {
    name: getattr(fields, name)
    for name in (
        *("Name", "EventId", "Subject", "Text", "Grade", "Period", "Minutes", "Count", "Ms", "Int64", "Nanos", "Scope"),
        *("Sequence", "Status", "VoteMode", "Time"),
    )
}
"""Field types that have a name in ``schemas.fields`` keep it in the structs."""


@dataclass(frozen=True)
class StructOf:
    """One struct: its ``name``, the ``model`` it is made from, and the struct it inherits its first fields from.

    ``tag``: (field, value) that tells it from others on a topic; the field itself is not in the struct. ``check``: a function
    of ``schemas.events`` called with each new struct.
    """

    name: str
    model: type[BaseModel]
    parent: "StructOf | None" = None
    tag: tuple[str, str] | None = None
    check: str = ""

    def ordered(self) -> list[str]:
        """Its fields in the order they are written in: those without a default first."""
        skipped = {self.tag[0]} if self.tag else set()
        named = [(name, field) for name, field in self.model.model_fields.items() if name not in skipped]
        return [n for n, field in named if field.is_required()] + [n for n, field in named if not field.is_required()]

    def source(self) -> str:
        """The class as Python."""
        inherited = self.parent.ordered() if self.parent else []
        if self.ordered()[: len(inherited)] != inherited:
            raise TypeError(f"{self.name} would write its fields in another order than its model: leave out its parent")
        tag = f', tag_field="{self.tag[0]}", tag="{self.tag[1]}"' if self.tag else ""
        bases = _BASE.replace("Struct", self.parent.name) if self.parent else _BASE
        lines = [_header(self.name, f"{bases}{tag}{self._renamed(inherited)}"), f'    """{_first_line(self.model)}"""']
        lines += [f"    {line}" if line else "" for line in self._body(inherited)]
        return "\n".join(lines)

    def _renamed(self, inherited: Iterable[str]) -> str:
        names = {name: field.alias for name, field in self.model.model_fields.items() if field.alias and name not in inherited}
        return f", rename={_quoted(repr(names))}" if names else ""

    def _body(self, inherited: list[str]) -> list[str]:
        hints = get_type_hints(self.model, include_extras=True)
        own = [name for name in self.ordered() if name not in inherited]
        lines = [""] if own else []
        for name in own:
            field = self.model.model_fields[name]
            default = "" if field.is_required() else f" = {_quoted(repr(field.default))}"
            lines.append(f"{name}: {annotation(hints[name])}{default}")
        if self.check:
            lines += ["", "def __post_init__(self) -> None:", f"    {self.check}(self)"]
        return lines


def annotation(kind: Any) -> str:
    """A field's type as Python. Raises ``TypeError`` for a type or constraint not known here, never a silent difference."""
    if name := next((name for name, alias in ALIASES.items() if kind is alias), None):
        return name
    return _spelled(kind)


def _spelled(kind: Any) -> str:
    origin, args = get_origin(kind), get_args(kind)
    if origin is Annotated:
        base, *metadata = args
        return _bounded(annotation(base), _flat(metadata))
    if origin in (types.UnionType, Union):
        return " | ".join(map(annotation, args))
    if origin is Literal:
        return f"Literal[{', '.join(_quoted(repr(word)) for word in args)}]"
    if origin in (list, dict):
        return f"{origin.__name__}[{', '.join(map(annotation, args))}]"
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return kind.__name__
    if kind in _PLAIN:
        return _PLAIN[kind]
    raise TypeError(f"no struct field for {kind!r}: teach schemas.struct_source about it")


def alias_source(name: str) -> str:
    """The definition of a named field type."""
    kind = ALIASES[name]
    if name == "Time":  # one parser for both, see fields.parse_time
        return "Time = Annotated[datetime, Meta(tz=True)]"
    return f"{name} = {_spelled(kind)}"


def _flat(metadata: Iterable[Any]) -> list[Any]:
    return [m for entry in metadata for m in (entry.metadata if isinstance(entry, FieldInfo) else [entry])]


def _bounded(base: str, metadata: list[Any]) -> str:
    bounds: list[str] = []
    for entry in metadata:
        match entry:
            case MinLen(n):
                bounds.append(f"min_length={n}")
            case MaxLen(n):
                bounds.append(f"max_length={n}")
            case Ge(n):
                bounds.append(f"ge={n}")
            case Le(n):
                bounds.append(f"le={n}")
            case _ if pattern := getattr(entry, "pattern", None):  # pydantic's class for it is private
                bounds.append(f'pattern=r"{pattern}"')
            case _:
                raise TypeError(f"no struct constraint for {entry!r}: teach schemas.struct_source about it")
    return f"Annotated[{base}, Meta({', '.join(bounds)})]" if bounds else base


def _header(name: str, inside: str) -> str:
    line = f"class {name}({inside}):"
    return line if len(line) <= WIDTH else f"class {name}(\n    {inside}\n):"


def _first_line(model: type[BaseModel]) -> str:
    return (model.__doc__ or "").strip().split("\n", 1)[0]


def _quoted(text: str) -> str:
    return text.replace("'", '"')
