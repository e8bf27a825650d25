"""The AsyncAPI 3 document: channels are the topics of the registry, messages the schemas beside it."""

from typing import Any

from schemas.dead_letters import parked
from schemas.errors import PARK_REASONS, Park
from schemas.events import CONTROL as CONTROL_TYPES
from schemas.events import MODELS, TICK
from schemas.facts import FACT_MODELS
from schemas.topics import CONTRIBUTIONS, CONTROL, DEAD_LETTERS, EVENTS, FACTS, SCORES, Topic

VERSION = "1"
_FORMAT = "application/schema+json;version=draft-2020-12"
_LETTER = "dead-letter"
_INSTALLATION = "baton.installation.v1"
_WATERMARK = f"{FACTS}.watermark"
Tree = dict[str, Any]


def messages_of(topic: str) -> list[str]:
    """Names of the messages on a topic: schema files, or the dead letter, which is any bytes with headers."""
    return {
        EVENTS: sorted(MODELS),
        CONTROL: [*sorted(CONTROL_TYPES - {TICK}), _INSTALLATION],
        FACTS: [f"{FACTS}.{kind}" for kind in FACT_MODELS],
        CONTRIBUTIONS: [f"{CONTRIBUTIONS}.contribution", _WATERMARK],
        SCORES: [f"{SCORES}.score", _WATERMARK],
        DEAD_LETTERS: [_LETTER],
    }[topic]


def document(topics: tuple[Topic, ...]) -> Tree:
    """The whole document for these topics. ``KeyError`` for a topic whose messages nobody has named."""
    names = sorted({name for topic in topics for name in messages_of(topic.name)})
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Baton",
            "version": VERSION,
            "description": "Measures how well work is handed from team to team. No topic is compacted, no record is deleted "
            "by a null.",
        },
        "defaultContentType": "application/json",
        "channels": {topic.name: _channel(topic) for topic in topics},
        "operations": dict(_operation(topic, role) for topic in topics for role in ("send", "receive")),
        "components": {"messages": {name: _message(name) for name in names}},
    }


def _channel(topic: Topic) -> Tree:
    return {
        "address": topic.name,
        "description": f"{topic.about} Key: {topic.key}.",
        "messages": {name: {"$ref": f"#/components/messages/{name}"} for name in messages_of(topic.name)},
        "bindings": {
            "kafka": {
                "topic": topic.name,
                "partitions": topic.partitions,
                "replicas": topic.replication,
                "topicConfiguration": {
                    "cleanup.policy": [topic.config["cleanup.policy"]],
                    "retention.ms": int(topic.config["retention.ms"]),
                    "max.message.bytes": int(topic.config["max.message.bytes"]),
                },
            }
        },
    }


def _operation(topic: Topic, action: str) -> tuple[str, Tree]:
    who = topic.producers if action == "send" else topic.consumers
    return f"{action}-{topic.name}", {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": f"{'Written' if action == 'send' else 'Read'} by {', '.join(who)}.",
    }


def _message(name: str) -> Tree:
    if name == _LETTER:
        return {
            "summary": "The original key and value as they were; where from and why stand in the headers.",
            "contentType": "application/octet-stream",
            "headers": _letter_headers(),
        }
    event = name in MODELS
    return {
        "summary": str(MODELS[name].__doc__) if event else name,
        "contentType": "application/cloudevents+json" if event else "application/json",
        "payload": {"schemaFormat": _FORMAT, "schema": {"$ref": f"json/{name}.json"}},
    }


def _letter_headers() -> Tree:
    names = [name for name, _ in parked(Park("rejected", ""), None, None, "", 0, 0, "").headers()]
    reason = {"type": "string", "enum": list(PARK_REASONS)}
    return {
        "type": "object",
        "properties": {n: reason if n == "reason" else {"type": "string"} for n in names},
        "required": names,
    }
