"""JSON Schemas of everything on the topics, made from the pydantic models: one whole record a schema."""

from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

from schemas.contributions import Contribution
from schemas.events import MODELS, schema_uri
from schemas.facts import FACT_MODELS
from schemas.installation import Installation
from schemas.scores import Score
from schemas.topics import CONTRIBUTIONS, FACTS, SCORES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
Schema = dict[str, Any]

_UNLESS_RETRACTED: Schema = {
    "if": {"properties": {"deleted": {"const": True}}, "required": ["deleted"]},
    "else": {"properties": {"data": {"type": "object"}}, "required": ["data"]},
}
"""The rule between fields that ``check_complete`` holds: ``data`` may be missing in a retraction only."""


class _Untitled(GenerateJsonSchema):
    """Without a title for each field, which would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schemas() -> dict[str, Schema]:
    """Every schema by the name of its file in ``schemas/json``, without ``.json``."""
    events = {event_type: event_schema(event_type) for event_type in MODELS}
    facts = {f"{FACTS}.{kind}": fact_schema(kind) for kind in FACT_MODELS}
    others: dict[str, type[BaseModel]] = {f"{CONTRIBUTIONS}.contribution": Contribution, f"{SCORES}.score": Score}
    told = {name: _of_kind(model, name, name.rpartition(".")[2]) for name, model in others.items()}
    return events | facts | told | {"baton.installation.v1": _whole(Installation, "baton.installation.v1")}


def event_schema(event_type: str) -> Schema:
    """The whole event: CloudEvents attributes, Baton's extensions and ``data``. Its ``$id`` is the event's ``dataschema``."""
    return _whole(MODELS[event_type], event_type) | _UNLESS_RETRACTED


def fact_schema(kind: str) -> Schema:
    """The record of one kind on the facts topic; ``kind`` tells the kinds apart."""
    return _of_kind(FACT_MODELS[kind], f"{FACTS}.{kind}", kind)


def _of_kind(model: type[BaseModel], name: str, kind: str) -> Schema:
    schema = _whole(model, name)
    schema["properties"] = {"kind": {"const": kind, "type": "string"}, **schema["properties"]}
    schema["required"] = ["kind", *schema["required"]]
    return schema


def _whole(model: type[BaseModel], name: str) -> Schema:
    return {"$schema": DIALECT, "$id": schema_uri(name), **model.model_json_schema(schema_generator=_Untitled)}
