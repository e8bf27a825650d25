"""The generated files: complete, true to the models, and never silently out of date."""

import json
import re
from pathlib import Path
from typing import Any, get_args

import pytest

from schemas.asyncapi import document
from schemas.counters import COUNTED, PARKED, ArrivalWord, OtherCounter, TickReason
from schemas.errors import PARK_REASONS
from schemas.events import MODELS, schema_uri
from schemas.facts import FACT_MODELS
from schemas.generate import MEND, ROOT, documents, main, out_of_date
from schemas.json_schema import schemas
from schemas.settings import Settings
from schemas.topics import Topic, registry

CLOSED = {*get_args(TickReason), *get_args(ArrivalWord), *PARKED.values(), *get_args(OtherCounter)}
EXAMPLES = ROOT / "schemas" / "examples"
TOPICS = registry(Settings.model_construct())


def fits(value: Any, schema: dict[str, Any], root: dict[str, Any]) -> bool:
    """Whether JSON fits a schema; knows the keywords our schemas use, and refuses others."""
    unknown = schema.keys() - KEYWORDS
    assert not unknown, f"teach this test about {unknown}"
    if "$ref" in schema:
        schema = root["$defs"][schema["$ref"].rsplit("/", 1)[1]]
    checks = [
        "anyOf" not in schema or any(fits(value, s, root) for s in schema["anyOf"]),
        "const" not in schema or value == schema["const"],
        "enum" not in schema or value in schema["enum"],
        "type" not in schema or TYPES[schema["type"]](value),
        "else" not in schema or fits(value, schema["if"], root) or fits(value, schema["else"], root),
    ]
    if isinstance(value, str):
        checks.append(schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**9))
        checks.append(re.search(schema.get("pattern", ""), value) is not None)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        checks.append(schema.get("minimum", -(2**64)) <= value <= schema.get("maximum", 2**64))
        checks.append(value < schema.get("exclusiveMaximum", 2**64))
    elif isinstance(value, list):
        checks.append(schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", 10**9))
        checks += [fits(v, schema.get("items", {}), root) for v in value]
    elif isinstance(value, dict):
        rest = schema.get("additionalProperties", {})
        checks += [name in value for name in schema.get("required", [])]
        checks += [fits(v, schema.get("properties", {}).get(name, rest), root) for name, v in value.items()]
    return all(checks)


TYPES = {
    "string": lambda v: isinstance(v, str),
    "integer": lambda v: isinstance(v, int) and not isinstance(v, bool),
    "number": lambda v: isinstance(v, int | float) and not isinstance(v, bool),
    "boolean": lambda v: isinstance(v, bool),
    "object": lambda v: isinstance(v, dict),
    "array": lambda v: isinstance(v, list),
    "null": lambda v: v is None,
}
KEYWORDS = {
    *(
        "$schema",
        "$id",
        "$defs",
        "$ref",
        "title",
        "description",
        "default",
        "format",
        "type",
        "properties",
        "required",
        "anyOf",
    ),
    *(
        "const",
        "enum",
        "minLength",
        "maxLength",
        "pattern",
        "minimum",
        "maximum",
        "exclusiveMaximum",
        "minItems",
        "maxItems",
        "items",
    ),
    *("additionalProperties", "propertyNames", "if", "else"),
}


@pytest.mark.parametrize("name", schemas())
def test_examples_fit_their_json_schema(name: str) -> None:
    """Every golden example fits the JSON Schema of its type, so a client that trusts the schema can write it."""
    schema = schemas()[name]
    paths = [p for p in (EXAMPLES / name).glob("*.json") if not p.name.endswith(".expected.json")]
    assert paths
    for path in paths:
        assert fits(json.loads(path.read_bytes()), schema, schema), path


WRONG: list[dict[str, Any]] = [
    {"data": None},
    {"subject": ""},
    {"revision": -1},
    {"type": "baton.item.status.v1"},
    {"deleted": "true"},
    {"data": {"to": "x" * 201}},
    {"data": {"to": 5}},
    {"data": {}},
]


@pytest.mark.parametrize("change", WRONG)
def test_what_the_codec_parks_fits_no_json_schema(change: dict[str, Any]) -> None:
    """Negative control: the schema, too, refuses what is wrong; data may be missing in a retraction only."""
    name = "baton.item.moved.v1"
    good = json.loads((EXAMPLES / name / "minimal.json").read_bytes())
    schema = schemas()[name]
    assert fits(good, schema, schema)
    assert not fits(good | change, schema, schema)


def test_a_schema_carries_the_dataschema_of_its_events() -> None:
    """The ``$id`` of a type's schema is what its events carry as ``dataschema``; every fact kind has a schema."""
    found = schemas()
    assert all(found[t]["$id"] == schema_uri(t) for t in MODELS)
    assert {f"baton.facts.v1.{kind}" for kind in FACT_MODELS} <= found.keys()


def test_asyncapi_names_every_topic_and_every_schema() -> None:
    """The document has a channel for each topic, and each reference in it leads somewhere."""
    tree = document(TOPICS)
    assert tree["channels"].keys() == {t.name for t in TOPICS}
    messages = tree["components"]["messages"]
    for channel in tree["channels"].values():
        assert all(
            m["$ref"] == f"#/components/messages/{name}" and name in messages for name, m in channel["messages"].items()
        )
    for operation in tree["operations"].values():
        assert operation["channel"]["$ref"].removeprefix("#/channels/") in tree["channels"]
    files = {m["payload"]["schema"]["$ref"] for m in messages.values() if "payload" in m}
    assert files == {f"json/{name}.json" for name in schemas()}


def test_a_topic_without_named_messages_is_refused() -> None:
    """A topic that is added to the registry must say what is on it."""
    new = Topic("baton.rumours.v1", "none", "", (), (), 1, 1, TOPICS[0].config)
    with pytest.raises(KeyError, match=r"baton\.rumours\.v1"):
        document((*TOPICS, new))


def test_pages_hold_every_topic_and_setting() -> None:
    """The generated pages name every topic, every setting and its variable."""
    made = {path.name: text for path, text in documents().items()}
    assert all(f"`{topic.name}`" in made["topics.md"] for topic in TOPICS)
    assert all(f"| `{name}` | `BATON_{name.upper()}` |" in made["settings.md"] for name in Settings.model_fields)


def test_generated_files_are_up_to_date() -> None:
    """What is in the tree is what the models, the registry and the settings say now."""
    assert out_of_date(ROOT) == [], f"run `{MEND}`"


def test_check_names_what_is_out_of_date(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """--check writes nothing, names each file that is missing, changed or left over, says how to mend it, and exits 1."""
    assert main(["--check"], tmp_path) == 1
    assert not list(tmp_path.iterdir())
    assert "docs/topics.md: missing" in capsys.readouterr().err
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0
    (tmp_path / "docs" / "settings.md").write_text("old", encoding="utf-8")
    (tmp_path / "schemas" / "json" / "baton.gone.v1.json").write_text("{}", encoding="utf-8")
    capsys.readouterr()
    assert main(["--check"], tmp_path) == 1
    said = capsys.readouterr().err
    assert "docs/settings.md: out of date" in said
    assert "schemas/json/baton.gone.v1.json: belongs to no type" in said
    assert MEND in said
    assert main([], tmp_path) == 0
    assert main(["--check"], tmp_path) == 0


def test_other_words_are_refused(tmp_path: Path) -> None:
    """A misspelt flag writes nothing."""
    assert main(["--chek"], tmp_path) == 2
    assert not list(tmp_path.iterdir())


def test_the_machine_does_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pages are made from the defaults, whatever is set on the machine that makes them."""
    before = documents()
    monkeypatch.setenv("BATON_EVENTS_PARTITIONS", "64")
    monkeypatch.setenv("BATON_HOME", "/somewhere")
    assert documents() == before


def test_every_counter_says_what_it_counts() -> None:
    """The table of counters has a line for each name that may be counted, each reason to park among them, and for no other."""
    assert set(COUNTED) == CLOSED
    assert set(PARKED) == set(PARK_REASONS)
    assert all(len(meaning) > 20 for meaning in COUNTED.values())
