"""Pages of the documentation that are made from the registry and the table of settings."""

from collections.abc import Iterable
from typing import Any

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from schemas.counters import COUNTED
from schemas.placing import CLIENTS, VECTORS
from schemas.settings import TOML_NAME, Settings
from schemas.ticks import KEY, SUBJECT
from schemas.timestamps import DAY_MS
from schemas.topics import CONTROL, EVENTS, Topic

_MADE = "<!-- Made by `python -m schemas.generate`; change {source} instead. -->\n"


def topics_page(topics: tuple[Topic, ...]) -> str:
    """``docs/topics.md``: the registry with the partition counts and retention it was asked with."""
    rows = [
        (f"`{t.name}`", t.key, t.partitions, _kept(t), "; ".join(t.producers), "; ".join(t.consumers), t.about) for t in topics
    ]
    return "\n".join(
        [
            _MADE.format(source="schemas/topics.py"),
            "# Topics\n",
            "Partition counts and retention are the defaults; `docs/settings.md` names the settings behind them. No topic is",
            "compacted, none is cut by size, all have append time as timestamp. `baton topics apply` creates what is missing",
            "and says what differs. Shapes of the records: `schemas/json`, and `schemas/asyncapi.json` for tools.\n",
            *_table(("topic", "record key", "partitions", "kept", "written by", "read by", "what"), rows),
            *_placing(),
            *_counting(),
        ]
    )


def _placing() -> list[str]:
    return [
        f"## How another client places events on `{EVENTS}`\n",
        "The record key is the event's subject, in UTF-8. Its partition is `(murmur2(key) & 0x7fffffff) % partitions`, with",
        "the murmur2 of Kafka's Java client. An event in any other partition would not meet its item's history: it is parked",
        "for the reason `wrong_partition`, and counts in no number. Clients differ in what they do where nothing is set:\n",
        *_table(("client", "partitioner where none is set", "line of configuration"), CLIENTS),
        "Whether a client does it right can be tried with these keys:\n",
        *_table(("key", "partition of 3", "partition of 12"), [(f"`{v.key}`", v.of_3, v.of_12) for v in VECTORS]),
        "The number of partitions of a topic never changes: a key's partition would be another one, away from its history.",
        "Processes that see it change, or see that the topic was deleted and made again, stop.\n",
        f"Control records (ticks, agreements and the like) come from the clock alone, with the key `{KEY.decode()}`, to every",
        f"partition. One with another key, or with `{SUBJECT}` for its subject, is parked for the reason `not_broadcast`;",
        f"request it on `{CONTROL}` instead.",
        "Kafka asks nobody who they are unless it is told to: where strangers can write, give the right to write to few.\n",
    ]


def _counting() -> list[str]:
    return [
        "## When they count\n",
        "An event counts from the first tick behind it on. In a live home the clock sends that within a second. In a log",
        "home (`BATON_TIME=log`) no clock runs: what another program writes there, and every agreement or name of a team,",
        "waits for the ticks that the next `baton import` brings. `wait`, `status`, `down` and `verify` say so meanwhile.\n",
    ]


def settings_page() -> str:
    """``docs/settings.md``: every setting with its environment variable, default and help."""
    rows = [
        (f"`{name}`", f"`BATON_{name.upper()}`", _default(field), f"{field.description}{_bounds(field)}")
        for name, field in Settings.model_fields.items()
    ]
    return "\n".join(
        [
            _MADE.format(source="schemas/settings.py"),
            "# Settings\n",
            f"A flag of the command line wins over the environment, that over `{TOML_NAME}` in the working directory (one",
            "`name = value` a line), that over the default. `baton doctor` prints the values in effect. A wrong one stops the",
            "command and is named.\n",
            *_table(("setting", "environment variable", "default", "what"), rows),
        ]
    )


def counters_page() -> str:
    """docs/counters.md: what the stages count."""
    rows = [(f"`{name}`", meaning) for name, meaning in sorted(COUNTED.items())]
    return "\n".join(
        [
            _MADE.format(source="schemas/counters.py"),
            "# Counters\n",
            "What a worker counts of its partitions since it opened them. It logs them once a minute and when it stops.",
            "Counts of events by source are facts, too (`intake`), whatever was restarted: D1 in `docs/metrics.md`.\n",
            *_table(("counter", "counts"), rows),
        ]
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[Any, ...]]) -> list[str]:
    lines = [head, tuple("---" for _ in head), *rows]
    return ["| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines] + [""]


def _kept(topic: Topic) -> str:
    ms = int(topic.config["retention.ms"])
    return "for ever" if ms < 0 else f"{ms // DAY_MS} d"


def _default(field: FieldInfo) -> str:
    value = field.get_default()
    if value is None:
        return "unset"
    return f"`{value.get_secret_value() if isinstance(value, SecretStr) else value}`".replace("``", "empty")


def _bounds(field: FieldInfo) -> str:
    signs = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
    said = [f"{word} {getattr(m, sign)}" for m in field.metadata for sign, word in signs.items() if hasattr(m, sign)]
    return f" ({', '.join(said)})" if said else ""
