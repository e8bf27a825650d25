"""Operational counters of the stages: every name, and what it counts since a partition was opened. For people, not for folds.

A name that is not here is a type error where it is counted.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Literal, TypeAlias

from schemas.errors import ParkReason

TickReason = Literal["tick_back", "tick_ahead", "tick_off_grid"]
ArrivalWord = Literal[
    "received",
    "duplicate",
    "stale",
    "corrected",
    "retracted",
    "late",
    "future",
    "too_late",
    "beyond_cap",
    "anomaly",
    "self_rating",
    "released",
    "sequence_ignored",
]
"""What becomes of an event that arrived; intake facts count the same words (metrics D1)."""
_Parked = Literal[
    "parked_null_key",
    "parked_null_value",
    "parked_too_large",
    "parked_invalid_utf8",
    "parked_invalid_json",
    "parked_unsupported_encoding",
    "parked_too_deep",
    "parked_unknown_type",
    "parked_unknown_version",
    "parked_invalid_field",
    "parked_wrong_subject",
    "parked_wrong_partition",
    "parked_not_broadcast",
    "parked_too_far_ahead",
    "parked_bad_row",
    "parked_rejected",
]
OtherCounter = Literal["control", "forgotten", "updates", "other_generation", "duplicate_watermark", "source_in_trouble"]
CounterName: TypeAlias = TickReason | ArrivalWord | _Parked | OtherCounter
Counters: TypeAlias = Counter[CounterName]

PARKED: Mapping[ParkReason, CounterName] = {
    "null_key": "parked_null_key",
    "null_value": "parked_null_value",
    "too_large": "parked_too_large",
    "invalid_utf8": "parked_invalid_utf8",
    "invalid_json": "parked_invalid_json",
    "unsupported_encoding": "parked_unsupported_encoding",
    "too_deep": "parked_too_deep",
    "unknown_type": "parked_unknown_type",
    "unknown_version": "parked_unknown_version",
    "invalid_field": "parked_invalid_field",
    "wrong_subject": "parked_wrong_subject",
    "wrong_partition": "parked_wrong_partition",
    "not_broadcast": "parked_not_broadcast",
    "too_far_ahead": "parked_too_far_ahead",
    "bad_row": "parked_bad_row",
    "rejected": "parked_rejected",
}
_COUNTED: dict[CounterName, str] = {
    "received": "events that stood in a cut; of the scores stage, contributions",
    "duplicate": "events that were there already, equal in every field; of the scores stage, contributions written again",
    "stale": "events of a revision that a later one has replaced before",
    "corrected": "events that replaced a revision of theirs",
    "retracted": "retractions that replaced an event or came first",
    "late": "events whose time W had passed when they arrived",
    "future": "events whose time is more than a day ahead of W",
    "too_late": "events of an item that was forgotten",
    "beyond_cap": "events of an item that has as many as are kept of one",
    "anomaly": "events that make no sense where they stand, at each time they are judged so anew",
    "self_rating": "ratings of a supplier's own work that were not declared as such",
    "released": "ratings that would have changed a rating group which was released before",
    "sequence_ignored": "events whose sequence is a text that is no number, so that it can't order them",
    "control": "control records that journeys have no use for",
    "forgotten": "ended items, or contributions, dropped after their horizon",
    "updates": "contributions that were applied, of each key the newest in its cut",
    "other_generation": "records of another generation, passed over",
    "duplicate_watermark": "watermarks that were not newer, ignored",
    "source_in_trouble": "times a source got into trouble, because most of its records were parked",
    "tick_back": "ticks refused because W did not go forward",
    "tick_ahead": "ticks refused because W was more than a minute past their append time",
    "tick_off_grid": "ticks refused in a rebuild's past because they are not on the five-minute grid",
}
_OF_PARKED: dict[CounterName, str] = {name: f"records parked for the reason {reason}" for reason, name in PARKED.items()}
COUNTED: Mapping[CounterName, str] = _COUNTED | _OF_PARKED
