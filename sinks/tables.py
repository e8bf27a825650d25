"""The tables the sink writes, as rows.py fills them: columns, key, version. Migrations create them; a contract compares."""

from typing import NamedTuple

from sinks.ports import Block


class Table(NamedTuple):
    """One table. Of the rows with one ``key`` the highest ``version`` holds; ``deleted`` = 1 takes the row away."""

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    version: str | None = None
    deleted: str | None = None

    def empty(self) -> Block:
        """A block without rows."""
        return Block(self.name, self.columns, [[] for _ in self.columns])


ENVELOPE_COLUMNS = (
    *("partition", "offset", "append_time", "key", "type", "source", "id", "subject", "time", "sequence", "revision"),
    *("recorded_at", "deleted", "value"),
)
BODY_COLUMNS = {
    **{"to_team": "to", "from_team": "from_", "status": "status", "word": "word", "handoff": "handoff"},
    **{"supplier": "supplier", "customer": "customer", "deliverable": "deliverable", "reason": "reason"},
    **{"due_at": "due", "rework_minutes": "rework_minutes", "recheck_minutes": "recheck_minutes", "rater": "rater"},
    **{"team": "team", "effectiveness": "effectiveness", "consistency": "consistency", "kind": "kind", "on_time": "on_time"},
    **{"csat": "csat"},
}
"""Column of raw_events → field of the event's body it is taken from."""

ITEM_BODY_COLUMNS = (
    *(
        "path",
        "path_at",
        "reassignments",
        "bounces",
        "revisits",
        "assignment_changes",
        "reopens",
        "reopened_teams",
        "moves",
        "events",
    ),
    *("holder", "status", "deliverable", "due_at", "opened_at", "last_event_at", "resolved_at", "closed_at"),
    *("touch_ms", "queue_ms"),
)

RAW_EVENTS = Table("raw_events", (*ENVELOPE_COLUMNS, *BODY_COLUMNS), ("partition", "offset"))
ITEM_FACTS = Table(
    "item_facts",
    ("generation", "item", "version", "is_deleted", "partition", "w", *ITEM_BODY_COLUMNS),
    ("generation", "item"),
    "version",
    "is_deleted",
)
VERDICT_FACTS = Table(
    "verdict_facts",
    ("generation", "subject", "source", "id", "version", "is_deleted", "partition", "w", "verdict", "reason"),
    ("generation", "subject", "source", "id", "verdict"),
    "version",
    "is_deleted",
)
DEAD_LETTER_LOG = Table(
    "dead_letter_log",
    ("origin", "partition", "position", "reason", "detail", "by", "append_time", "key", "value"),
    ("origin", "partition", "position"),
    "append_time",
)
WATERMARKS = Table(
    "watermarks",
    ("generation", "partition", "target", "partitions", "targets", "w", "offset", "version"),
    ("generation", "partition", "target"),
    "version",
)
WATERMARK_HISTORY = Table(
    "watermark_history", ("generation", "partition", "offset", "w"), ("generation", "partition", "offset")
)
SINK_POSITIONS = Table("sink_positions", ("topic", "partition", "position"), ("topic", "partition"), "position")

TABLES = {
    table.name: table
    for table in (RAW_EVENTS, ITEM_FACTS, VERDICT_FACTS, DEAD_LETTER_LOG, WATERMARKS, WATERMARK_HISTORY, SINK_POSITIONS)
}
