"""Bodies of facts.

Made by `python -m schemas.generate` from the models in schemas/facts.py; don't edit it by hand.
"""

from typing import Literal

from msgspec import Struct

from schemas.structs.fields import Count, Grade, Minutes, Ms, Name, Period, Status, VoteMode


class ItemFact(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The custody path of a work item and what follows from it (metrics 1.7). Times in ms UTC, durations in ms."""

    path: list[Name]
    reassignments: Count
    bounces: Count
    revisits: Count
    assignment_changes: Count
    reopens: Count
    reopened_teams: list[Name]
    moves: Count
    events: Count
    holder: Name | None
    status: Status | None
    deliverable: Name | None
    due_at: Ms | None
    opened_at: Ms
    last_event_at: Ms
    resolved_at: Ms | None
    closed_at: Ms | None
    touch_ms: dict[str, int]
    queue_ms: dict[str, int]
    path_at: list[Ms] = []


class OfferLine(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One delivery of a handoff, and what became of it. Times in ms UTC; minutes as the customer reported them."""

    offered_at: Ms
    accepted_at: Ms | None = None
    returned_at: Ms | None = None
    reason: Name | None = None
    rework_minutes: Minutes | None = None
    repair_minutes: Minutes | None = None
    recheck_minutes: Minutes | None = None
    passed_on_at: Ms | None = None
    told_at: Ms | None = None
    accepted_until: Ms | None = None
    due_changed: bool = False


class HandoffFact(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One handoff of a work item: its deliveries, and what the measures take from it (metrics 1.1, 1.2)."""

    handoff: Name
    supplier: Name
    customer: Name
    deliverable: Name
    implicit: bool
    state: Literal["requested", "offered", "accepted", "passed_on", "returned", "completed", "cancelled"]
    requested_at: Ms | None
    offers: list[OfferLine]
    completed_at: Ms | None
    cancelled_at: Ms | None
    due_at: Ms | None
    due_from: Literal["event", "agreement"] | None
    due_changes: Count
    sla: Literal["hit", "miss", "pending", "future", "void", "unknown"]
    void: bool
    first_pass: bool | None
    complete_accurate: bool | None
    rework_minutes: Count | None


class VoteFact(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The vote that counts of one rater on one deliverable about one month (metrics R1). Never for readers."""

    rater: Name
    team: Name
    supplier: Name
    customer: Name
    deliverable: Name
    month: Period
    at: Ms
    effectiveness: Grade
    consistency: Grade
    mode: VoteMode
    handoff: Name | None
    rating_group: Count | None = None


class RatingGroupFact(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Votes that were released together, for ever (metrics 1.5): of at least five raters, or one agreed vote of a team."""

    mode: VoteMode
    supplier: Name
    customer: Name
    deliverable: Name | None
    period: Period
    at: Ms
    cells: dict[str, Count]
    raters: Count
    earlier: Count


class OutcomeFact(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What the external customer got and said of one work item (metrics X1)."""

    delivered_at: Ms | None
    on_time: bool | None
    complaints: Count
    defects: Count
    csat: Grade | None


class IntakeFact(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What arrived from one source in one five-minute pane of append time, in one partition (metrics D1)."""

    pane: Ms
    counts: dict[str, int]


class Verdict(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A judgement on one event that every calculation reads: why it is not used."""

    verdict: Literal["too_late", "anomaly", "self_rating", "beyond_cap", "released"]
    reason: Name
    forgotten_tick: Count | None = None
