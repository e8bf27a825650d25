"""What applying or retracting agreements changes, and the requests on the control topic that do it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from broker.records import ProducerRecord
from producers.agreements.stored_agreements import TYPE, Stored, in_force
from producers.control_records import FURTHEST_MS, StoredRecord, first_day, request_for, subject_from
from schemas.errors import Stop
from schemas.event_bodies import AgreementSet
from schemas.fields import from_ms, to_ms
from schemas.topics import CONTROL

SOURCE = "baton/agreements"


@dataclass(frozen=True)
class AgreementChange:
    """What applying or retracting one agreement does to what is stored; ``request`` is None when that is the ``same``."""

    kind: Literal["new", "changed", "same", "retracted"]
    agreement: AgreementSet
    request: ProducerRecord | None

    @property
    def subject(self) -> str:
        """The subject under which it is stored."""
        return subject_of(self.agreement.supplier, self.agreement.customer, to_ms(self.agreement.valid_from))


def subject_of(supplier: str, customer: str, valid_from_ms: int) -> str:
    """Subject and request key of an agreement: pair and first moment."""
    return subject_from("agreement", f"{supplier} > {customer}", valid_from_ms)


def changes_to(
    wanted: Iterable[AgreementSet],
    before: Stored,
    now_ms: int,
    past_votes: bool = False,
    source: str = SOURCE,
) -> list[AgreementChange]:
    """What applying ``wanted`` does to those stored ``before``; new ones get ``source``.

    Raises ``Stop`` for one that begins more than a year ahead of ``now_ms``, and unless ``past_votes`` for one that would make
    team votes of what single persons have given: the last vote of each month would be shown, and so what that person said.
    """
    return [_change(agreement, before, now_ms, past_votes, source) for agreement in wanted]


def retraction(
    supplier: str, customer: str, valid_from_ms: int, before: Stored, now_ms: int, past_votes: bool = False
) -> AgreementChange:
    """The request that takes an agreement back as if it had never been made.

    Raises ``Stop`` when there is none, and as ``changes_to`` for team votes: those of an older agreement would hold again.
    """
    stored = before.get(subject_of(supplier, customer, valid_from_ms))
    if stored is None or stored.body is None:
        raise Stop(
            f"{CONTROL} has no agreement {supplier} > {customer} from {from_ms(valid_from_ms):%Y-%m-%d %H:%M:%S} UTC on",
            "take pair and day from `baton agreements list`",
        )
    gone = stored.body
    pair = (gone.supplier, gone.customer)
    older = [a for a, _ in in_force(before) if (a.supplier, a.customer) == pair and a.valid_from < gone.valid_from]
    if older and gone.rating_mode != "team" and not past_votes:
        _refuse_past_votes(older[-1], valid_from_ms, now_ms)
    return AgreementChange("retracted", gone, _request(gone, stored, now_ms, stored.source, deleted=True))


def describe(agreement: AgreementSet, zone: str = "UTC") -> str:
    """One agreement on one line; its first moment as ``retract`` takes it, in ``zone``."""
    parts = ", ".join(
        d.deliverable + (f" within {d.sla_hours} h" if d.sla_hours else "") + (f" (weight {d.weight})" if d.weight > 1 else "")
        for d in agreement.deliverables
    )
    mode = ", rated as a team" if agreement.rating_mode == "team" else ""
    since = first_day(to_ms(agreement.valid_from), zone)
    return f"{agreement.supplier} > {agreement.customer} from {since}: {parts}{mode}"


def _refuse_past_votes(agreement: AgreementSet, since_ms: int, now_ms: int) -> None:
    if agreement.rating_mode == "team" and since_ms < now_ms:
        raise Stop(
            f"{describe(agreement)}: it would hold for votes given since {from_ms(since_ms):%Y-%m-%d}, and each month's last "
            "vote of a single person would be shown as the team's rating",
            "let rating_mode team begin in the future, or pass --past-votes when the votes since then were the team's",
        )


def _change(agreement: AgreementSet, before: Stored, now_ms: int, past_votes: bool, source: str) -> AgreementChange:
    begins = to_ms(agreement.valid_from)
    if begins > now_ms + FURTHEST_MS:
        raise Stop(
            f"{describe(agreement)}: it begins more than a year ahead", "apply it later; agreements may begin within a year"
        )
    stored = before.get(subject_of(agreement.supplier, agreement.customer, begins))
    now_stored = stored.body if stored else None
    if now_stored == agreement:
        return AgreementChange("same", agreement, None)
    was_team = now_stored is not None and now_stored.rating_mode == "team"
    if not (was_team or past_votes):
        _refuse_past_votes(agreement, begins, now_ms)
    return AgreementChange("changed" if stored else "new", agreement, _request(agreement, stored, now_ms, source))


def _request(
    agreement: AgreementSet, stored: StoredRecord[AgreementSet] | None, now_ms: int, source: str, deleted: bool = False
) -> ProducerRecord:
    begins = to_ms(agreement.valid_from)
    subject = subject_of(agreement.supplier, agreement.customer, begins)
    return request_for(TYPE, subject, begins, None if deleted else agreement, stored, now_ms, source)
