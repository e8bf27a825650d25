"""The mapping of a log: which column says what. Written in YAML by whoever knows the log; no code, no guessing."""

from pathlib import Path
from typing import Annotated, Literal, NamedTuple

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from producers.parsing.time_formats import check_formats
from producers.parsing.yaml_with_lines import YamlText, explain
from schemas.errors import Stop
from schemas.fields import Name
from schemas.names import one_form

PRESETS = Path(__file__).parent / "mappings"
StatusWord = Literal["queued", "working", "waiting", "returned", "resolved", "closed", "ignore"]
"""The six statuses, flat so that a mistake names all that is allowed, and ``ignore``."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _listed(value: object) -> object:
    return [value] if isinstance(value, str) else value


Columns = Annotated[tuple[Annotated[str, Field(min_length=1)], ...], BeforeValidator(_listed), Field(min_length=1)]
"""One column, or several whose cells are joined with ``/``."""


class MappedColumns(NamedTuple):
    """What is read of each row; None: the mapping names no column. ``MappedCells`` has the same fields."""

    case: Columns
    time: Columns
    team: Columns
    status: Columns | None
    deliverable: Columns | None
    reason: Columns | None
    due: Columns | None
    returned_to: Columns | None
    sequence: Columns | None
    identity: Columns | None


class Time(_Part):
    """A column of times. ``zone`` holds where the text itself has none."""

    column: Columns
    formats: Annotated[tuple[str, ...], BeforeValidator(_listed), Field(min_length=1)] = ("iso",)
    zone: str = "UTC"

    @model_validator(mode="after")
    def _usable(self) -> "Time":
        check_formats(self.formats, self.zone)
        return self


def _in_one_form(names: frozenset[str]) -> frozenset[str]:
    return frozenset(map(one_form, names))


class Team(_Part):
    """The column of the team that holds the item. ``unassigned``: cells that mean the unassigned queue.

    ``words``: cells that mean a team of another name; two names of one team become one. All are compared in one form.
    """

    column: Columns
    unassigned: Annotated[frozenset[str], BeforeValidator(_listed), AfterValidator(_in_one_form)] = frozenset()
    words: dict[str, Name] = {}

    @field_validator("words")
    @classmethod
    def _each_once(cls, value: dict[str, str]) -> dict[str, str]:
        words: dict[str, str] = {}
        for word, team in value.items():
            if not (one_form(word) and one_form(team)):
                raise ValueError("a name of blanks alone is no team")
            if words.setdefault(one_form(word), one_form(team)) != one_form(team):
                raise ValueError(f"{word} is two teams")
        return words

    @model_validator(mode="after")
    def _one_meaning(self) -> "Team":
        if both := sorted(self.unassigned & self.words.keys()):
            raise ValueError(f"{both[0]} is in `unassigned` and in `words`")
        return self

    def meant(self, cell: str | None) -> str | None:
        """The team of a cell; None: the unassigned queue, which a cell of blanks alone means, too."""
        if cell is None or not (name := one_form(cell)) or name in self.unassigned:
            return None
        return self.words.get(name, name)


class ReturnedTo(_Part):
    """To which team a rejection goes back: what a column says, else the tool's word; where neither does, the team before."""

    column: Columns | None = None
    words: dict[str, Name] = {}


class Statuses(_Part):
    """The column of the status, and what each of the tool's words means."""

    column: Columns
    words: dict[str, StatusWord] = Field(min_length=1)
    returned_to: ReturnedTo | None = None

    @model_validator(mode="after")
    def _rejections(self) -> "Statuses":
        for word in self.returned_to.words if self.returned_to else ():
            if self.words.get(word) != "returned":
                raise ValueError(f"returned_to names {word!r}, which is no word for `returned`")
        return self


class Deliverable(_Part):
    """What is handed over: always the same (``is``), or a column, its cells translated by ``words`` where they stand there."""

    is_: Name | None = Field(None, alias="is")
    column: Columns | None = None
    words: dict[str, Name] = {}

    @model_validator(mode="after")
    def _one(self) -> "Deliverable":
        if (self.is_ is None) == (self.column is None):
            raise ValueError("give either `is` or `column`")
        return self


class Reason(_Part):
    """The column that says why the item was moved or rejected. ``words``: the tool's words for reasons that count."""

    column: Columns
    words: dict[str, Name] = {}


class Mapping(_Part):
    """One log's mapping. ``name`` is part of every event's id: the same name for every export of the same log.

    ``row``: whether a row says what changed, or which team has just finished something. ``identity``: what tells a row from
    others of its case; None: its time, team, status and sequence. ``encoding`` None: what the file's bytes say.
    """

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9.-]{0,59}$")
    format: Literal["csv", "xes", "xlsx"]
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote: str = Field('"', max_length=1)
    escape: str = Field("", max_length=1)
    skip_rows: int = Field(0, ge=0, le=1000)
    sheet: str | None = None
    encoding: str | None = None
    order: Literal["rows", "time", "newest_first"]
    row: Literal["changed", "finished"] = "changed"
    revision: int = Field(0, ge=0)
    missing: Annotated[frozenset[str], BeforeValidator(_listed)] = frozenset({""})
    case: Columns
    sequence: Columns | None = None
    identity: Columns | None = None
    subject_prefix: str = Field("", max_length=100)
    time: Time
    team: Team
    status: Statuses | None = None
    deliverable: Deliverable | None = None
    reason: Reason | None = None
    due: Time | None = None

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        try:
            "".encode(value or "utf-8")
        except LookupError:
            raise ValueError(f"no encoding is called {value}; common ones: utf-8, latin-1, cp1252, utf-16") from None
        return value

    @model_validator(mode="after")
    def _of_its_format(self) -> "Mapping":
        if self.sheet is not None and self.format != "xlsx":
            raise ValueError("`sheet` is of spreadsheets: `format: xlsx`")
        if self.skip_rows and self.format == "xes":
            raise ValueError("`skip_rows` is of tables; an XES file has no titles")
        if self.delimiter in {"\n", "\r", self.quote} or self.escape in {self.delimiter, "\n", "\r"} - {""}:
            raise ValueError("`delimiter`, `quote` and `escape` are three signs, and none of them ends a line")
        return self

    def columns(self) -> MappedColumns:
        """All columns that are read."""
        return MappedColumns(
            case=self.case,
            time=self.time.column,
            team=self.team.column,
            status=self.status.column if self.status else None,
            deliverable=self.deliverable.column if self.deliverable else None,
            reason=self.reason.column if self.reason else None,
            due=self.due.column if self.due else None,
            returned_to=self.status.returned_to.column if self.status and self.status.returned_to else None,
            sequence=self.sequence,
            identity=self.identity,
        )

    def formats(self, times: Time) -> tuple[str, ...]:
        """Of a column of times; a date in a spreadsheet needs none, so it is its ISO text there."""
        return (*times.formats, "iso") if self.format == "xlsx" and "iso" not in times.formats else times.formats


def load(name: str | Path) -> Mapping:
    """The mapping of a preset's name or a YAML file. Raises ``Stop`` naming line, key and what is allowed."""
    path = Path(name)
    if path.suffix not in {".yaml", ".yml"}:
        path = PRESETS / f"{name}.yaml"
        if not path.is_file():
            known = ", ".join(sorted(p.stem for p in PRESETS.glob("*.yaml")))
            raise Stop(f"no mapping is called {name}", f"take a preset ({known}) or a file that ends in .yaml")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Stop(
            f"the mapping {path} can't be read: {error}", "name a YAML file; docs/mappings.md has one to start from"
        ) from error
    return parse(text, str(path))


def parse(text: str, origin: str) -> Mapping:
    """The mapping in a YAML text; ``origin`` names it in messages. Raises ``Stop`` naming line, key and what is allowed."""
    yaml = YamlText(text, origin)
    try:
        return Mapping.model_validate(yaml.tree)
    except ValidationError as error:
        lines = "\n    ".join(explain(yaml, Mapping, entry) for entry in error.errors(include_url=False))
        raise Stop(
            f"mistakes in the mapping {origin}:\n    {lines}", "correct these lines; docs/mappings.md lists every key"
        ) from None
