"""Facts: what the journeys stage says about work items, handoffs, votes and outcomes.

A fact is an upsert: its id is (kind, subject, source, id), its version ``generation << 48 | tick offset``. Only the
subject's partition writes it, so the versions of one fact are comparable; written twice it changes nothing.
"""

from typing import Annotated, Literal

from pydantic import Field

from schemas.fields import Body, Count, Grade, Minutes, Ms, Name, Period, Status, Subject, VoteMode
from schemas.watermarks import Watermark

VerdictWord = Literal["too_late", "anomaly", "self_rating", "beyond_cap", "released"]
"""Why an event is not used: its item was forgotten, it makes no sense, a supplier rated itself without saying so, its item
has as many as are kept of one, or what it would change stands in a rating group that has been released."""


class ItemFact(Body):
    """The custody path of a work item and what follows from it (metrics 1.7). Times in ms UTC, durations in ms.

    ``path_at``: when each place of the path was reached; empty in records from before it was told.
    """

    path: list[Name]
    path_at: list[Ms] = []  # noqa: RUF012  # pydantic copies it
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


class OfferLine(Body):
    """One delivery of a handoff, and what became of it. Times in ms UTC; minutes as the customer reported them.

    It was decided at ``accepted_at``, or where that is missing at ``returned_at``; a return after an acceptance is a defect
    found later. ``passed_on_at``: when the customer handed it on to a third team without any work. ``repair_minutes``: spent
    by the customer on work it accepted.

    What a later event said of it: ``told_at``, when work followed a move that had come after the item's end, so that it was
    an offer after all; ``accepted_until``, when the item's first work told that what handing on had accepted was passed on.
    ``due_changed``: it carried another due time than the handoff's.
    """

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


class HandoffFact(Body):
    """One handoff of a work item: its deliveries, and what the measures take from it (metrics 1.1, 1.2).

    ``implicit``: inferred from moves. ``due_from``: event or agreement. ``sla``: as of W. ``void``: cancelled before any
    decision, so it counts nowhere but in custody, and in SLA when that was after due. ``rework_minutes``: as counted in
    lost time, capped; null when none were reported.
    """

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


class VoteFact(Body):
    """The vote that counts of one rater on one deliverable about one month (metrics R1). Never for readers.

    Until its release a later one replaces it. ``rating_group``: number of the one that holds it; null while it waits.
    """

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


class RatingGroupFact(Body):
    """Votes that were released together, for ever (metrics 1.5): of at least five raters, or one agreed vote of a team.

    ``deliverable``: null where votes on several were put together at the period's close. ``at``: W of its release, ms UTC.
    ``cells``: votes by their two grades, "43" for effectiveness 4 and consistency 3. ``raters``: how many different ones.
    ``earlier``: votes about a period before this one. It names nobody and tells no order.
    """

    mode: VoteMode
    supplier: Name
    customer: Name
    deliverable: Name | None
    period: Period
    at: Ms
    cells: dict[str, Count]
    raters: Count
    earlier: Count


class OutcomeFact(Body):
    """What the external customer got and said of one work item (metrics X1)."""

    delivered_at: Ms | None
    on_time: bool | None
    complaints: Count
    defects: Count
    csat: Grade | None


class IntakeFact(Body):
    """What arrived from one source in one five-minute pane of append time, in one partition (metrics D1)."""

    pane: Ms
    counts: dict[str, int]


class Verdict(Body):
    """A judgement on one event that every calculation reads: why it is not used.

    ``forgotten_tick``: of ``too_late`` the offset of the tick at which the item was forgotten; an earlier record of the event
    was in time.
    """

    verdict: VerdictWord
    reason: Name
    forgotten_tick: Count | None = None


class FactHead(Body):
    """Who wrote which fact, and at which tick. ``deleted``: the fact no longer holds; its body is empty."""

    subject: Subject
    source: Annotated[str, Field(max_length=200)] = ""
    id: Annotated[str, Field(max_length=220)] = ""
    version: Count
    partition: Count
    w: Ms
    deleted: bool = False


class ItemRecord(FactHead):
    """Record of an item fact on ``baton.facts.v1``."""

    body: ItemFact | None = None


class HandoffRecord(FactHead):
    """Record of a handoff fact; ``source`` and ``id`` are the move's where it is implicit, else empty and the handoff's id."""

    body: HandoffFact | None = None


class VoteRecord(FactHead):
    """Record of a vote fact; ``source`` is the rater, ``id`` deliverable and month, and a mode that is not individual."""

    body: VoteFact | None = None


class RatingGroupRecord(FactHead):
    """Record of a rating group's fact; ``id`` is its number within the pair."""

    body: RatingGroupFact | None = None


class OutcomeRecord(FactHead):
    """Record of an outcome fact."""

    body: OutcomeFact | None = None


class IntakeRecord(FactHead):
    """Record of an intake fact: ``subject`` is the source, ``source`` the partition's number, ``id`` the pane."""

    body: IntakeFact | None = None


class VerdictRecord(FactHead):
    """Record of a verdict on ``baton.facts.v1``; ``source`` and ``id`` are the judged event's.

    The kind in its fact id is the verdict's word, so that two verdicts on one event stand side by side; its body says which,
    also when it is taken away.
    """

    body: Verdict


FACT_MODELS: dict[str, type[Body]] = {
    "item": ItemRecord,
    "handoff": HandoffRecord,
    "vote": VoteRecord,
    "rating_group": RatingGroupRecord,
    "outcome": OutcomeRecord,
    "intake": IntakeRecord,
    "verdict": VerdictRecord,
    "watermark": Watermark,
}
"""Value of ``kind`` → the record's shape."""
BODY_MODELS: tuple[type[Body], ...] = (
    ItemFact,
    OfferLine,
    HandoffFact,
    VoteFact,
    RatingGroupFact,
    OutcomeFact,
    IntakeFact,
    Verdict,
)
