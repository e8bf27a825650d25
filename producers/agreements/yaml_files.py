"""Agreements as YAML: one or many in a file. A mistake is named with its line and what is allowed."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from producers.parsing.time_formats import TimeParser, time_parser
from producers.parsing.yaml_with_lines import YamlText, YamlTree, explain
from schemas.errors import Stop
from schemas.event_bodies import AgreementSet
from schemas.fields import from_ms
from schemas.names import one_form

_MEND = "correct that line; `baton agreements apply --help` has an agreement to start from"


class _AgreementsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    agreements: list[AgreementSet]


def load_agreements(paths: Sequence[Path], zone: str) -> list[AgreementSet]:
    """The agreements of all files, in their order. ``zone``: where a ``valid_from`` without zone begins.

    Raises ``Stop`` naming file, line and what is allowed; an agreement that stands twice is a mistake, too.
    """
    found: list[AgreementSet] = []
    seen: dict[tuple[str, str, datetime], str] = {}
    for path in paths:
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Stop(f"the agreements {path} can't be read: {error}", "name YAML files") from error
        for agreement, line in parse_agreements(text, str(path), zone):
            where = f"{path}, line {line}"
            key = (agreement.supplier, agreement.customer, agreement.valid_from)
            if key in seen:
                pair = f"{agreement.supplier} > {agreement.customer}"
                raise Stop(f"{where}: {pair} from that day stands twice (also {seen[key]})", _MEND)
            seen[key] = where
            found.append(agreement)
    return found


def parse_agreements(text: str, origin: str, zone: str) -> list[tuple[AgreementSet, int]]:
    """The agreements of a text and their lines: a list below ``agreements``, or a single one. Raises ``Stop``."""
    yaml = YamlText(text, origin, _MEND)
    single = "agreements" not in yaml.tree
    tree: dict[str, YamlTree] = {"agreements": [yaml.tree]} if single else yaml.tree
    model: type[BaseModel] = AgreementSet if single else _AgreementsFile
    try:
        listed = _AgreementsFile.model_validate(_with_times(tree, zone), strict=False, extra="forbid").agreements
        listed = [_in_one_form(agreement) for agreement in listed]
    except ValidationError as error:
        outer = len(("agreements", 0)) if single else 0
        lines = "\n    ".join(explain(yaml, model, entry, outer) for entry in error.errors(include_url=False))
        raise Stop(f"mistakes in the agreements {origin}:\n    {lines}", _MEND) from None
    agreements = [(agreement, yaml.line(() if single else ("agreements", i))) for i, agreement in enumerate(listed)]
    for agreement, line in agreements:
        if (wrong := _contradiction(agreement)) is not None:
            raise Stop(f"{origin}, line {line}: {wrong}", _MEND)
    return agreements


def _with_times(tree: dict[str, YamlTree], zone: str) -> dict[str, object]:
    """``valid_from`` as a time: a date is its first moment in the zone. What can't be read is left for the model to refuse."""
    listed = tree["agreements"]
    if not isinstance(listed, list):
        return {**tree}
    parse = time_parser(("iso",), zone)
    return {**tree, "agreements": [_with_time(entry, parse) for entry in listed]}


def _with_time(entry: YamlTree, parse: TimeParser) -> object:
    if not (isinstance(entry, dict) and isinstance(text := entry.get("valid_from"), str)):
        return entry
    try:
        return {**entry, "valid_from": from_ms(parse(text).ms)}
    except ValueError:
        return entry


def _in_one_form(agreement: AgreementSet) -> AgreementSet:
    """Its names as the folds compare them, so that two spellings are one pair and one deliverable."""
    lines = [line.model_copy(update={"deliverable": one_form(line.deliverable)}) for line in agreement.deliverables]
    names = {"supplier": one_form(agreement.supplier), "customer": one_form(agreement.customer)}
    return agreement.model_copy(update={**names, "deliverables": lines})


def _contradiction(agreement: AgreementSet) -> str | None:
    names = [line.deliverable for line in agreement.deliverables]
    if not all((agreement.supplier, agreement.customer, *names)):
        return "supplier, customer and deliverables have names; one of blanks alone is none"
    if agreement.supplier == agreement.customer:
        return f"{agreement.supplier} serves itself; supplier and customer are two teams"
    if twice := sorted({name for name in names if names.count(name) > 1}):
        return f"deliverable {twice[0]} stands twice"
    return None
