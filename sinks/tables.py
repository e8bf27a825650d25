"""The tables the sink writes, as the ``*_rows`` modules fill them: columns, key, version. Migrations create them."""

from typing import NamedTuple

from sinks.ports import Block


class Table(NamedTuple):
    """One table. Of the rows with one ``key`` the highest ``version`` holds; ``deleted`` = 1 takes the row away.

    ``computed``: columns that the warehouse makes of the others.
    """

    name: str
    columns: tuple[str, ...]
    key: tuple[str, ...]
    version: str | None = None
    deleted: str | None = None
    computed: tuple[str, ...] = ()

    def empty(self) -> Block:
        """A block without rows."""
        return Block(self.name, self.columns, [[] for _ in self.columns])


ENVELOPE_COLUMNS = (
    *("partition", "offset", "append_time", "key", "type", "source", "id", "subject", "time", "nanos", "sequence"),
    *("revision", "recorded_at", "deleted", "value", "headers"),
)
BODY_COLUMNS = {
    **{"to_team": "to", "from_team": "from_", "status": "status", "word": "word", "handoff": "handoff"},
    **{"supplier": "supplier", "customer": "customer", "deliverable": "deliverable", "reason": "reason"},
    **{"due_at": "due", "rework_minutes": "rework_minutes", "recheck_minutes": "recheck_minutes", "rater": "rater"},
    **{"team": "team", "effectiveness": "effectiveness", "consistency": "consistency", "kind": "kind", "on_time": "on_time"},
    **{"csat": "csat", "since_at": "since", "period": "period"},
}
"""Column of raw_events → field of the event's body it is taken from."""

ITEM_BODY_COLUMNS = (
    *("path", "path_at", "reassignments", "bounces", "revisits", "assignment_changes", "reopens", "reopened_teams", "moves"),
    *("events", "holder", "status", "deliverable", "due_at", "opened_at", "last_event_at", "resolved_at", "closed_at"),
    *("touch_ms", "queue_ms"),
)
HANDOFF_BODY_COLUMNS = (
    *("handoff", "supplier", "customer", "deliverable", "implicit", "state", "requested_at", "completed_at", "cancelled_at"),
    *("due_at", "due_from", "due_changes", "sla", "void", "first_pass", "complete_accurate", "rework_minutes"),
)
OFFER_COLUMNS = {
    **{"offered_at": "offered_at", "accepted_at": "accepted_at", "returned_at": "returned_at", "reasons": "reason"},
    "passed_on_at": "passed_on_at",
    **{"offer_rework_minutes": "rework_minutes", "offer_repair_minutes": "repair_minutes"},
    **{"offer_recheck_minutes": "recheck_minutes", "offer_told_at": "told_at", "accepted_until": "accepted_until"},
    "due_changed": "due_changed",
}
"""Column of handoff_facts, an array over the offers → field of an offer."""
VOTE_BODY_COLUMNS = (
    *(
        "rater",
        "team",
        "supplier",
        "customer",
        "deliverable",
        "month",
        "at",
        "effectiveness",
        "consistency",
        "mode",
        "handoff",
        "rating_group",
    ),
)
GROUP_BODY_COLUMNS = ("mode", "supplier", "customer", "deliverable", "period", "at", "cells", "raters", "earlier")
OUTCOME_BODY_COLUMNS = ("delivered_at", "on_time", "complaints", "defects", "csat")
RESULT_COLUMNS = ("measure", "part", "value", "n", "k", "low", "high", "reason")
"""Columns of score_rows that are arrays over the results."""

_UPSERT = ("version", "is_deleted", "partition", "w")
_ID = ("generation", "item", "source", "id")
RAW_EVENTS = Table("raw_events", (*ENVELOPE_COLUMNS, *BODY_COLUMNS), ("partition", "offset"))
ITEM_FACTS = Table(
    "item_facts", ("generation", "item", *_UPSERT, *ITEM_BODY_COLUMNS), ("generation", "item"), "version", "is_deleted"
)
HANDOFF_FACTS = Table(
    "handoff_facts",
    (*_ID, *_UPSERT, *HANDOFF_BODY_COLUMNS, *OFFER_COLUMNS),
    _ID,
    "version",
    "is_deleted",
    ("first_at", "last_at", "first_offer_at", "first_decision_at"),
)
VOTE_FACTS = Table(
    "vote_facts",
    ("generation", "subject", "source", "id", *_UPSERT, *VOTE_BODY_COLUMNS),
    ("generation", "subject", "source", "id"),
    "version",
    "is_deleted",
)
RATING_GROUP_FACTS = Table(
    "rating_group_facts",
    ("generation", "subject", "id", *_UPSERT, *GROUP_BODY_COLUMNS),
    ("generation", "subject", "id"),
    "version",
    "is_deleted",
)
OUTCOME_FACTS = Table(
    "outcome_facts", ("generation", "item", *_UPSERT, *OUTCOME_BODY_COLUMNS), ("generation", "item"), "version", "is_deleted"
)
INTAKE_FACTS = Table(
    "intake_facts",
    ("generation", "source", "pane", *_UPSERT, "counts"),
    ("generation", "source", "partition", "pane"),
    "version",
    "is_deleted",
)
VERDICT_BODY_COLUMNS = ("verdict", "reason", "forgotten_tick")
VERDICT_FACTS = Table(
    "verdict_facts",
    ("generation", "subject", "source", "id", *_UPSERT, *VERDICT_BODY_COLUMNS),
    ("generation", "subject", "source", "id", "verdict"),
    "version",
    "is_deleted",
)
SCORE_ROWS = Table(
    "score_rows",
    (
        *("generation", "scope", "parts", "window", "window_end", "refresh", "version", "partition", "w", "label"),
        *RESULT_COLUMNS,
    ),
    ("generation", "scope", "parts", "window", "window_end", "refresh"),
    "version",
)
DEAD_LETTER_LOG = Table(
    "dead_letter_log",
    ("origin", "partition", "position", "reason", "detail", "by", "append_time", "key", "value", "headers"),
    ("origin", "partition", "position"),
    "append_time",
)
_MARK = ("generation", "partition", "target", "partitions", "targets", "w", "offset", "version")
_STEP = ("generation", "partition", "offset")
WATERMARKS = Table("watermarks", _MARK, ("generation", "partition", "target"), "version")
WATERMARK_HISTORY = Table("watermark_history", (*_STEP, "w"), _STEP)
SCORE_WATERMARKS = Table("score_watermarks", _MARK, ("generation", "partition", "target"), "version")
SCORE_WATERMARK_HISTORY = Table("score_watermark_history", (*_STEP, "w"), _STEP)
LOG_HOLES = Table("log_holes", _HOLE := ("topic", "partition", "first_offset", "last_offset"), _HOLE)
SINK_POSITIONS = Table("sink_positions", ("topic", "partition", "position"), ("topic", "partition"), "position")

AUDIT = Table("audit", ("who", "query"), ("at",))
GENERATION_ZONES = Table("generation_zones", ("generation", "time_zone"), ("generation",), "set_at", computed=("set_at",))

TABLES = {
    table.name: table
    for table in (
        *(RAW_EVENTS, ITEM_FACTS, HANDOFF_FACTS, VOTE_FACTS, RATING_GROUP_FACTS, OUTCOME_FACTS, INTAKE_FACTS, VERDICT_FACTS),
        *(SCORE_ROWS, DEAD_LETTER_LOG, WATERMARKS, WATERMARK_HISTORY, SCORE_WATERMARKS, SCORE_WATERMARK_HISTORY, LOG_HOLES),
        SINK_POSITIONS,
    )
}
