"""Bodies of events: the ``data`` of each type, written once as pydantic models."""

from typing import Annotated, Literal

from pydantic import Field

from schemas.fields import Body, Count, Grade, Minutes, Name, Period, Status, Text, Time


class ItemMoved(Body):
    """The item went to a team. ``to`` is binding (null: the unassigned queue); ``from`` counts only as first place."""

    to: Name | None
    from_: Name | None = Field(None, alias="from")
    deliverable: Name | None = None
    reason: Name | None = None
    due: Time | None = None


class ItemStatus(Body):
    """The item's status, in one of six words; ``word`` is the source's own.

    Of a rejection (``returned``): ``to`` is the team it goes back to (null: the team before), ``reason`` says why. ``since``:
    from when on its team had been at the work that this status ends, where the source tells what was finished.
    """

    status: Status
    word: Name | None = None
    to: Name | None = None
    reason: Name | None = None
    since: Time | None = None


class HandoffOffered(Body):
    """The supplier hands the deliverable over. A redelivery is another offer of the same handoff."""

    handoff: Name
    supplier: Name
    customer: Name
    deliverable: Name
    due: Time | None = None


class HandoffRequested(HandoffOffered):
    """The customer asked for the deliverable; carries the due time of what may never be delivered."""


class HandoffAccepted(Body):
    """The customer took the delivery, and says what checking or repairing it cost."""

    handoff: Name
    rework_minutes: Minutes | None = None
    recheck_minutes: Minutes | None = None


class HandoffReturned(Body):
    """The customer sent the delivery back."""

    handoff: Name
    reason: Name | None = None
    rework_minutes: Minutes | None = None


class HandoffCompleted(Body):
    """The customer has finished what the delivery was for."""

    handoff: Name


class HandoffCancelled(Body):
    """The handoff is called off."""

    handoff: Name
    reason: Name | None = None


class RatingGiven(Body):
    """A person of the customer team rates a deliverable; ``kind`` self: of the supplier itself. Its subject is the pair's.

    ``rater`` is a pseudonym and ``team`` the rater's. ``handoff``: the one it was given for, if any. ``period``: the month it
    is about, YYYY-MM; without it the month of its time where the installation is.
    """

    rater: Name
    team: Name
    supplier: Name
    customer: Name
    deliverable: Name
    effectiveness: Grade
    consistency: Grade
    kind: Literal["customer", "self"] = "customer"
    handoff: Name | None = None
    period: Period | None = None


class OutcomeDelivered(Body):
    """The external customer got what the work item was for."""

    on_time: bool | None = None


class OutcomeComplained(Body):
    """The external customer complained."""

    reason: Name | None = None


class OutcomeSurveyed(Body):
    """The external customer answered: satisfaction 1-5."""

    csat: Grade


class OutcomeEscaped(Body):
    """A defect reached the external customer."""

    reason: Name | None = None


class ClockTicked(Body):
    """All partitions have time W (the event's ``time``). ``control`` = requests broadcast before it, by offset."""

    control: Count = 0


class AgreedDeliverable(Body):
    """One line of an agreement."""

    deliverable: Name
    sla_hours: Annotated[int, Field(ge=1, le=100_000)] | None = None
    weight: Annotated[int, Field(ge=1, le=1000)] = 1


class AgreementSet(Body):
    """What a supplier owes a customer, from ``valid_from`` on. At most six deliverables."""

    supplier: Name
    customer: Name
    deliverables: Annotated[list[AgreedDeliverable], Field(min_length=1, max_length=6)]
    rating_mode: Literal["individual", "team"] = "individual"
    valid_from: Time


class TeamsSet(Body):
    """Names of groups in the tools → the organisation's teams, from the event's ``time`` on; before, each is its own team."""

    teams: dict[str, str]


class HolidaysSet(Body):
    """Days off (ISO dates) of the organisation's calendar."""

    days: list[Text]


class PriorsSet(Body):
    """Organisation-wide rates of the last closed quarter, frozen for the period."""

    rates: dict[str, float]


BODIES: dict[str, type[Body]] = {
    "baton.item.moved.v1": ItemMoved,
    "baton.item.status.v1": ItemStatus,
    "baton.handoff.requested.v1": HandoffRequested,
    "baton.handoff.offered.v1": HandoffOffered,
    "baton.handoff.accepted.v1": HandoffAccepted,
    "baton.handoff.returned.v1": HandoffReturned,
    "baton.handoff.completed.v1": HandoffCompleted,
    "baton.handoff.cancelled.v1": HandoffCancelled,
    "baton.rating.given.v1": RatingGiven,
    "baton.outcome.delivered.v1": OutcomeDelivered,
    "baton.outcome.complained.v1": OutcomeComplained,
    "baton.outcome.surveyed.v1": OutcomeSurveyed,
    "baton.outcome.escaped.v1": OutcomeEscaped,
    "baton.clock.ticked.v1": ClockTicked,
    "baton.agreement.set.v1": AgreementSet,
    "baton.teams.set.v1": TeamsSet,
    "baton.holidays.set.v1": HolidaysSet,
    "baton.priors.set.v1": PriorsSet,
}
"""Event type → shape of its ``data``."""
