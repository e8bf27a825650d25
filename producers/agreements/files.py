"""Agreements as YAML: one or many in a file. A mistake is named with its line and what is allowed."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from producers.parsing.time_formats import reader_of
from producers.parsing.yaml_with_lines import Source, explain
from schemas.errors import Stop
from schemas.events import AgreementSet
from schemas.fields import from_ms

_MEND = "correct that line; `baton agreements apply --help` has an agreement to start from"


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agreements: list[AgreementSet]


def load(paths: Sequence[Path], zone: str) -> list[AgreementSet]:
    """The agreements of all files, in their order. ``zone``: where a ``valid_from`` without zone begins.

    Raises ``Stop`` naming file, line and what is allowed; an agreement that stands twice is a mistake, too.
    """
    found: list[AgreementSet] = []
    seen: dict[tuple[str, str, Any], str] = {}
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Stop(f"the agreements {path} can't be read: {error}", "name YAML files") from error
        for agreement, line in parse(text, str(path), zone):
            here = f"{path}, line {line}"
            key = (agreement.supplier, agreement.customer, agreement.valid_from)
            if key in seen:
                pair = f"{agreement.supplier} > {agreement.customer}"
                raise Stop(f"{here}: {pair} from that day stands twice (also {seen[key]})", _MEND)
            seen[key] = here
            found.append(agreement)
    return found


def parse(text: str, origin: str, zone: str) -> list[tuple[AgreementSet, int]]:
    """The agreements of a text and their lines: a list below ``agreements``, or a single one. Raises ``Stop``."""
    source = Source(text, origin, _MEND)
    single = "agreements" not in source.tree
    tree = {"agreements": [source.tree]} if single else source.tree
    model: type[BaseModel] = AgreementSet if single else _File
    try:
        listed = _File.model_validate(_zoned(tree, zone), strict=False, extra="forbid").agreements
    except ValidationError as error:
        outer = 2 if single else 0
        entries = [{**entry, "loc": entry["loc"][outer:]} for entry in error.errors(include_url=False)]
        lines = "\n    ".join(explain(source, model, entry) for entry in entries)
        raise Stop(f"mistakes in the agreements {origin}:\n    {lines}", _MEND) from None
    placed = [(agreement, source.line(() if single else ("agreements", i))) for i, agreement in enumerate(listed)]
    for agreement, line in placed:
        if (wrong := _contradiction(agreement)) is not None:
            raise Stop(f"{origin}, line {line}: {wrong}", _MEND)
    return placed


def _zoned(tree: dict[str, Any], zone: str) -> dict[str, Any]:
    """``valid_from`` as a time: a date is its first moment in the zone. What can't be read is left for the model to refuse."""
    read = reader_of(("iso",), zone)
    listed = tree["agreements"]
    for entry in listed if isinstance(listed, list) else ():
        if isinstance(entry, dict) and isinstance(entry.get("valid_from"), str):
            try:
                entry["valid_from"] = from_ms(read(entry["valid_from"]))
            except ValueError:
                continue
    return tree


def _contradiction(agreement: AgreementSet) -> str | None:
    names = [line.deliverable for line in agreement.deliverables]
    if agreement.supplier == agreement.customer:
        return f"{agreement.supplier} serves itself; supplier and customer are two teams"
    if twice := sorted({name for name in names if names.count(name) > 1}):
        return f"deliverable {twice[0]} stands twice"
    return None
