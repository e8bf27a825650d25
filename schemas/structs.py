"""msgspec structs derived from the pydantic models: the same shapes, decoded several times faster."""

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec
from annotated_types import Ge, Le, MaxLen, MinLen
from pydantic import BaseModel
from pydantic.fields import FieldInfo

_STRUCTS: dict[type[BaseModel], type[msgspec.Struct]] = {}


def struct_of(model: type[BaseModel], **options: Any) -> type[msgspec.Struct]:
    """The struct with the fields, bounds, names on the wire and defaults of ``model``.

    ``options`` go to ``msgspec.defstruct`` (tag, namespace …). A field of a kind not known here is a ``TypeError``
    at import, never a silent difference.
    """
    if not options and model in _STRUCTS:
        return _STRUCTS[model]
    skipped = {options["tag_field"]} if "tag_field" in options else set()
    required: list[Any] = []
    optional: list[Any] = []
    for name, field in model.model_fields.items():
        if name in skipped:
            continue
        kind = _annotated(field)
        if field.is_required():
            required.append((name, kind))
        else:
            optional.append((name, kind, field.default))
    rename = {name: f.alias for name, f in model.model_fields.items() if f.alias}
    struct = msgspec.defstruct(
        model.__name__,
        required + optional,
        kw_only=True,
        gc=False,
        frozen=True,
        omit_defaults=True,
        rename=rename,
        module=__name__,
        **options,
    )
    if not options:
        _STRUCTS[model] = struct
    return struct


def _annotated(field: FieldInfo) -> Any:
    return _with_bounds(_convert(field.annotation), field.metadata)


def _convert(kind: Any) -> Any:
    origin = get_origin(kind)
    if origin is Annotated:
        base, *metadata = get_args(kind)
        flat = [m for entry in metadata for m in (entry.metadata if isinstance(entry, FieldInfo) else [entry])]
        return _with_bounds(_convert(base), flat)
    if origin in (types.UnionType, Union):
        return Union[tuple(_convert(k) for k in get_args(kind))]  # noqa: UP007  # built from a tuple
    if origin is Literal:
        return kind
    if origin in (list, dict):
        return origin[tuple(_convert(k) for k in get_args(kind))]
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        return struct_of(kind)
    if kind.__name__ == "datetime":
        return Annotated[kind, msgspec.Meta(tz=True)]
    if kind in (str, int, float, bool, type(None)):
        return kind
    raise TypeError(f"no struct field for {kind!r}: teach schemas.structs about it")


def _with_bounds(kind: Any, metadata: list[Any]) -> Any:
    bounds: dict[str, Any] = {}
    for entry in metadata:
        match entry:
            case MinLen(n):
                bounds["min_length"] = n
            case MaxLen(n):
                bounds["max_length"] = n
            case Ge(n):
                bounds["ge"] = n
            case Le(n):
                bounds["le"] = n
            case _ if type(entry).__name__ in {"BeforeValidator", "WithJsonSchema"} and "datetime" in str(kind):
                pass  # Time: one parser for both, see fields.parse_time
            case _:
                raise TypeError(f"no struct constraint for {entry!r}: teach schemas.structs about it")
    if not bounds:
        return kind
    if get_origin(kind) in (types.UnionType, Union):  # bounds written on an optional field belong to its value
        inner = tuple(k if k is type(None) else Annotated[k, msgspec.Meta(**bounds)] for k in get_args(kind))
        return Union[inner]  # noqa: UP007  # built from a tuple
    return Annotated[kind, msgspec.Meta(**bounds)]
