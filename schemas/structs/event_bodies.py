"""What happened: the `data` of each type of event.

Made by `python -m schemas.generate` from the models in schemas/event_bodies.py; don't edit it by hand.
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from schemas.structs.fields import Count, Grade, Minutes, Name, Period, Status, Text, Time


class AgreedDeliverable(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """One line of an agreement."""

    deliverable: Name
    sla_hours: Annotated[int, Meta(ge=1, le=100000)] | None = None
    weight: Annotated[int, Meta(ge=1, le=1000)] = 1


class ItemMoved(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True, rename={"from_": "from"}):
    """The item went to a team. ``to`` is binding (null: the unassigned queue); ``from`` counts only as first place."""

    to: Name | None
    from_: Name | None = None
    deliverable: Name | None = None
    reason: Name | None = None
    due: Time | None = None


class ItemStatus(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The item's status, in one of six words; ``word`` is the source's own."""

    status: Status
    word: Name | None = None
    to: Name | None = None
    reason: Name | None = None
    since: Time | None = None


class HandoffRequested(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The customer asked for the deliverable; carries the due time of what may never be delivered."""

    handoff: Name
    supplier: Name
    customer: Name
    deliverable: Name
    due: Time | None = None


class HandoffOffered(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The supplier hands the deliverable over. A redelivery is another offer of the same handoff."""

    handoff: Name
    supplier: Name
    customer: Name
    deliverable: Name
    due: Time | None = None


class HandoffAccepted(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The customer took the delivery, and says what checking or repairing it cost."""

    handoff: Name
    rework_minutes: Minutes | None = None
    recheck_minutes: Minutes | None = None


class HandoffReturned(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The customer sent the delivery back."""

    handoff: Name
    reason: Name | None = None
    rework_minutes: Minutes | None = None


class HandoffCompleted(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The customer has finished what the delivery was for."""

    handoff: Name


class HandoffCancelled(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The handoff is called off."""

    handoff: Name
    reason: Name | None = None


class RatingGiven(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A person of the customer team rates a deliverable; ``kind`` self: of the supplier itself. Its subject is the pair's."""

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


class OutcomeDelivered(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The external customer got what the work item was for."""

    on_time: bool | None = None


class OutcomeComplained(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The external customer complained."""

    reason: Name | None = None


class OutcomeSurveyed(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """The external customer answered: satisfaction 1-5."""

    csat: Grade


class OutcomeEscaped(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """A defect reached the external customer."""

    reason: Name | None = None


class ClockTicked(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """All partitions have time W (the event's ``time``). ``control`` = requests broadcast before it, by offset."""

    control: Count = 0


class AgreementSet(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """What a supplier owes a customer, from ``valid_from`` on. At most six deliverables."""

    supplier: Name
    customer: Name
    deliverables: Annotated[list[AgreedDeliverable], Meta(min_length=1, max_length=6)]
    valid_from: Time
    rating_mode: Literal["individual", "team"] = "individual"


class TeamsSet(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Names of groups in the tools → the organisation's teams, from the event's ``time`` on; before, each is its own team."""

    teams: dict[str, str]


class HolidaysSet(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Days off (ISO dates) of the organisation's calendar."""

    days: list[Text]


class PriorsSet(Struct, frozen=True, kw_only=True, gc=False, omit_defaults=True):
    """Organisation-wide rates of the last closed quarter, frozen for the period."""

    rates: dict[str, float]
