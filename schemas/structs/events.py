"""Whole events, one struct a type.

Made by `python -m schemas.generate` from the models in schemas/events.py; don't edit it by hand.
"""

from typing import Literal

from msgspec import Struct

from schemas.events import check_complete, check_rating
from schemas.structs.event_bodies import (
    AgreementSet,
    ClockTicked,
    HandoffAccepted,
    HandoffCancelled,
    HandoffCompleted,
    HandoffOffered,
    HandoffRequested,
    HandoffReturned,
    HolidaysSet,
    ItemMoved,
    ItemStatus,
    OutcomeComplained,
    OutcomeDelivered,
    OutcomeEscaped,
    OutcomeSurveyed,
    PriorsSet,
    RatingGiven,
    TeamsSet,
)
from schemas.structs.fields import Count, EventId, Nanos, Sequence, Subject, Text, Time


class Event(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """CloudEvents attributes every event has. ``data`` may be missing in a retraction only."""

    specversion: Literal["1.0"]
    id: EventId
    source: EventId
    time: Time
    subject: Subject
    dataschema: Text | None = None
    datacontenttype: Text | None = None
    sequence: Sequence = 0
    timenanos: Nanos = 0
    revision: Count = 0
    recordedat: Time | None = None
    deleted: bool = False

    def __post_init__(self) -> None:
        check_complete(self)


class ItemMovedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.item.moved.v1"
):
    """The item went to a team. ``to`` is binding (null: the unassigned queue); ``from`` counts only as first place."""

    data: ItemMoved | None = None


class ItemStatusEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.item.status.v1"
):
    """The item's status, in one of six words; ``word`` is the source's own."""

    data: ItemStatus | None = None


class HandoffRequestedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.handoff.requested.v1"
):
    """The customer asked for the deliverable; carries the due time of what may never be delivered."""

    data: HandoffRequested | None = None


class HandoffOfferedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.handoff.offered.v1"
):
    """The supplier hands the deliverable over. A redelivery is another offer of the same handoff."""

    data: HandoffOffered | None = None


class HandoffAcceptedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.handoff.accepted.v1"
):
    """The customer took the delivery, and says what checking or repairing it cost."""

    data: HandoffAccepted | None = None


class HandoffReturnedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.handoff.returned.v1"
):
    """The customer sent the delivery back."""

    data: HandoffReturned | None = None


class HandoffCompletedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.handoff.completed.v1"
):
    """The customer has finished what the delivery was for."""

    data: HandoffCompleted | None = None


class HandoffCancelledEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.handoff.cancelled.v1"
):
    """The handoff is called off."""

    data: HandoffCancelled | None = None


class RatingGivenEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.rating.given.v1"
):
    """A person of the customer team rates a deliverable; ``kind`` self: of the supplier itself. Its subject is the pair's."""

    data: RatingGiven | None = None

    def __post_init__(self) -> None:
        check_rating(self)


class OutcomeDeliveredEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.outcome.delivered.v1"
):
    """The external customer got what the work item was for."""

    data: OutcomeDelivered | None = None


class OutcomeComplainedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.outcome.complained.v1"
):
    """The external customer complained."""

    data: OutcomeComplained | None = None


class OutcomeSurveyedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.outcome.surveyed.v1"
):
    """The external customer answered: satisfaction 1-5."""

    data: OutcomeSurveyed | None = None


class OutcomeEscapedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.outcome.escaped.v1"
):
    """A defect reached the external customer."""

    data: OutcomeEscaped | None = None


class ClockTickedEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.clock.ticked.v1"
):
    """All partitions have time W (the event's ``time``). ``control`` = requests broadcast before it, by offset."""

    data: ClockTicked | None = None


class AgreementSetEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.agreement.set.v1"
):
    """What a supplier owes a customer, from ``valid_from`` on. At most six deliverables."""

    data: AgreementSet | None = None


class TeamsSetEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.teams.set.v1"
):
    """Names of groups in the tools → the organisation's teams, from the event's ``time`` on; before, each is its own team."""

    data: TeamsSet | None = None


class HolidaysSetEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.holidays.set.v1"
):
    """Days off (ISO dates) of the organisation's calendar."""

    data: HolidaysSet | None = None


class PriorsSetEvent(
    Event, frozen=True, kw_only=True, gc=False, omit_defaults=True, tag_field="type", tag="baton.priors.set.v1"
):
    """Organisation-wide rates of the last closed quarter, frozen for the period."""

    data: PriorsSet | None = None


AnyEvent = (
    ItemMovedEvent
    | ItemStatusEvent
    | HandoffRequestedEvent
    | HandoffOfferedEvent
    | HandoffAcceptedEvent
    | HandoffReturnedEvent
    | HandoffCompletedEvent
    | HandoffCancelledEvent
    | RatingGivenEvent
    | OutcomeDeliveredEvent
    | OutcomeComplainedEvent
    | OutcomeSurveyedEvent
    | OutcomeEscapedEvent
    | ClockTickedEvent
    | AgreementSetEvent
    | TeamsSetEvent
    | HolidaysSetEvent
    | PriorsSetEvent
)
