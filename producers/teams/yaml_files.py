"""Teams and the names they have, or had, as YAML. A mistake is named with its line and what is allowed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from producers.parsing.time_formats import time_parser
from producers.parsing.yaml_with_lines import YamlText, explain
from producers.teams.team_names import ALWAYS_MS, Alias, refuse_circles
from schemas.errors import Stop
from schemas.fields import Name
from schemas.names import one_form

_MEND = "correct that line; `baton teams apply --help` has a file to start from"


class _Alias(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: Name
    valid_from: str | None = None


def _named(value: object) -> object:
    return {"name": value} if isinstance(value, str) else value


class _Team(BaseModel):
    model_config = ConfigDict(extra="forbid")

    team: Name
    aliases: Annotated[list[Annotated[_Alias, BeforeValidator(_named)]], Field(min_length=1)]


class _TeamsFile(BaseModel):
    model_config = ConfigDict(extra="forbid")

    teams: list[_Team]


def load_aliases(paths: Sequence[Path], zone: str) -> list[Alias]:
    """The aliases of all files, and of all YAML files in folders. ``zone``: where a ``valid_from`` without zone begins.

    Raises ``Stop`` naming file, line and what is allowed, for a name that is two teams from one day on, and for a circle.
    """
    found: dict[tuple[str, int], tuple[Alias, str]] = {}
    for path in _files(paths):
        try:
            text = path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise Stop(f"the teams {path} can't be read: {error}", "name YAML files") from error
        for alias, line in parse_aliases(text, str(path), zone):
            where = f"{path}, line {line}"
            before, other = found.setdefault((alias.name, alias.valid_from_ms), (alias, where))
            if other != where or before.team != alias.team:
                raise Stop(f"{where}: {alias.name} from that day stands twice (also {other}: {before.team})", _MEND)
    aliases = [alias for alias, _ in found.values()]
    refuse_circles(aliases)
    return aliases


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.iterdir() if file.suffix in {".yaml", ".yml"})
            if not inside:
                raise Stop(f"the folder {path} holds no file that ends in .yaml", "name YAML files, or a folder of them")
            yield from inside
        else:
            yield path


def parse_aliases(text: str, origin: str, zone: str) -> Iterator[tuple[Alias, int]]:
    """The aliases of a text and their lines. Raises ``Stop``."""
    yaml = YamlText(text, origin, _MEND)
    try:
        teams = _TeamsFile.model_validate(yaml.tree).teams
    except ValidationError as error:
        lines = "\n    ".join(explain(yaml, _TeamsFile, entry) for entry in error.errors(include_url=False))
        raise Stop(f"mistakes in the teams {origin}:\n    {lines}", _MEND) from None
    parse = time_parser(("iso",), zone)
    for number, team in enumerate(teams):
        for place, alias in enumerate(team.aliases):
            line = yaml.line(("teams", number, "aliases", place))
            try:
                begins = ALWAYS_MS if alias.valid_from is None else parse(alias.valid_from).ms
            except ValueError as error:
                raise Stop(f"{origin}, line {line}: valid_from: {error}", _MEND) from None
            name, of = one_form(alias.name), one_form(team.team)
            if not (name and of):
                raise Stop(f"{origin}, line {line}: a team has a name; one of blanks alone is none", _MEND)
            if name == of:
                raise Stop(f"{origin}, line {line}: {name} is that team's own name", _MEND)
            yield Alias(name, of, begins), line
