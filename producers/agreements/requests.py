"""Agreements on the control topic: what is held there, what applying some would change, and the requests that do it.

An agreement is identified by pair and first day; the clock broadcasts the newest revision of each. Its event's time is its
``valid_from``: before that it can't matter to anything, so every fold that needs it has it, whenever it was applied.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import time
from hashlib import blake2b
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec

from broker.records import ProducerRecord
from producers.publisher.ports import Log
from schemas.errors import Park, Stop
from schemas.event_codec import TYPE_OF, decode, make
from schemas.events import AgreementSet
from schemas.fields import from_ms, to_ms
from schemas.topics import CONTROL

SOURCE = "baton/agreements"
TYPE = "baton.agreement.set.v1"
FURTHEST_MS = 366 * 86_400_000
"""How far ahead an agreement may begin: the folds refuse what is more than 400 days ahead."""
_LONGEST = 403


@dataclass(frozen=True)
class StoredAgreement:
    """An agreement as the control topic holds it: the ``body`` of its newest revision, None after a retraction."""

    subject: str
    source: str
    id: str
    revision: int
    body: dict[str, Any] | None


@dataclass(frozen=True)
class AgreementChange:
    """One agreement's step from what is held; nothing is to be sent when it is ``same``."""

    kind: Literal["new", "changed", "same", "retracted"]
    agreement: AgreementSet
    request: ProducerRecord | None

    @property
    def subject(self) -> str:
        """Under which it is held."""
        return subject_of(self.agreement.supplier, self.agreement.customer, to_ms(self.agreement.valid_from))


def subject_of(supplier: str, customer: str, valid_from_ms: int) -> str:
    """Subject and request key of an agreement: pair and first moment."""
    text = f"agreement {supplier} > {customer} from {from_ms(valid_from_ms):%Y-%m-%dT%H:%M:%S.%fZ}"
    return text if len(text) <= _LONGEST else f"agreement {_digest(text)}"


def stored_agreements(log: Log) -> dict[str, StoredAgreement]:
    """Every agreement ever requested, by subject. Raises ``Retry`` while the broker is away."""
    (start,), (end,) = log.starts(CONTROL), log.ends(CONTROL)
    found: dict[str, StoredAgreement] = {}
    for record in log.read(CONTROL, 0, start, end):
        try:
            event = decode(record.key, record.value)
        except Park:  # also the installation's own record; the clock parks what is broken
            continue
        if TYPE_OF[type(event)] != TYPE:
            continue
        before = found.get(event.subject)
        if before is None or event.revision >= before.revision:
            body = None if event.deleted or event.data is None else msgspec.to_builtins(event.data)
            found[event.subject] = StoredAgreement(event.subject, event.source, event.id, event.revision, body)
    return found


def changes_to(
    wanted: Iterable[AgreementSet],
    before: dict[str, StoredAgreement],
    now_ms: int,
    past_votes: bool = False,
    source: str = SOURCE,
) -> list[AgreementChange]:
    """What applying ``wanted`` does; ``source`` is told of those that are new.

    Raises ``Stop`` for one that begins more than a year ahead of ``now_ms``, and unless ``past_votes`` for one that would make
    team votes of what persons have given already: the last of them would be shown alone.
    """
    return [_change(agreement, before, now_ms, past_votes, source) for agreement in wanted]


def retraction(
    supplier: str, customer: str, valid_from_ms: int, before: dict[str, StoredAgreement], now_ms: int, past_votes: bool = False
) -> AgreementChange:
    """The request that takes an agreement back as if it had never been made.

    Raises ``Stop`` when there is none, and as ``changes_to`` for team votes: those of an older agreement would hold again.
    """
    there = before.get(subject_of(supplier, customer, valid_from_ms))
    if there is None or there.body is None:
        raise Stop(f"there is no agreement {supplier} > {customer} from that moment", "`baton agreements list` shows them")
    gone = _agreement(there.body)
    pair = (gone.supplier, gone.customer)
    older = [a for a, _ in in_force(before) if (a.supplier, a.customer) == pair and a.valid_from < gone.valid_from]
    if older and gone.rating_mode != "team" and not past_votes:
        _refuse_past_votes(older[-1], valid_from_ms, now_ms)
    return AgreementChange("retracted", gone, _request(gone, there, now_ms, there.source, deleted=True))


def in_force(before: dict[str, StoredAgreement]) -> list[tuple[AgreementSet, int]]:
    """Agreements that are not retracted and their revisions, by pair and first day."""
    listed = [(_agreement(one.body), one.revision) for one in before.values() if one.body is not None]
    return sorted(listed, key=lambda one: (one[0].supplier, one[0].customer, one[0].valid_from))


def describe(agreement: AgreementSet, zone: str = "UTC") -> str:
    """One agreement on one line; its first moment as ``retract`` takes it, in ``zone``."""
    parts = ", ".join(
        d.deliverable + (f" within {d.sla_hours} h" if d.sla_hours else "") + (f" (weight {d.weight})" if d.weight > 1 else "")
        for d in agreement.deliverables
    )
    mode = ", rated as a team" if agreement.rating_mode == "team" else ""
    begins = agreement.valid_from.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    since = f"{begins:%Y-%m-%d}" if begins.time() == time() else begins.isoformat()
    return f"{agreement.supplier} > {agreement.customer} from {since}: {parts}{mode}"


def _refuse_past_votes(agreement: AgreementSet, since_ms: int, now_ms: int) -> None:
    if agreement.rating_mode == "team" and since_ms < now_ms:
        raise Stop(
            f"{describe(agreement)}: it would hold for votes given since {from_ms(since_ms):%Y-%m-%d}, and each month's last "
            "vote of a single person would be shown as the team's rating",
            "let rating_mode team begin in the future, or pass --past-votes when the votes since then were the team's",
        )


def _change(
    agreement: AgreementSet, before: dict[str, StoredAgreement], now_ms: int, past_votes: bool, source: str
) -> AgreementChange:
    begins = to_ms(agreement.valid_from)
    if begins > now_ms + FURTHEST_MS:
        raise Stop(
            f"{describe(agreement)}: it begins more than a year ahead", "apply it later; agreements may begin within a year"
        )
    there = before.get(subject_of(agreement.supplier, agreement.customer, begins))
    if there is not None and there.body is not None and _agreement(there.body) == agreement:
        return AgreementChange("same", agreement, None)
    was_team = there is not None and there.body is not None and _agreement(there.body).rating_mode == "team"
    if not (was_team or past_votes):
        _refuse_past_votes(agreement, begins, now_ms)
    return AgreementChange("changed" if there else "new", agreement, _request(agreement, there, now_ms, source))


def _request(
    agreement: AgreementSet, there: StoredAgreement | None, now_ms: int, source: str, deleted: bool = False
) -> ProducerRecord:
    begins = to_ms(agreement.valid_from)
    subject = subject_of(agreement.supplier, agreement.customer, begins)
    more: dict[str, Any] = {"recordedat": from_ms(now_ms)}
    if there is not None:
        more["revision"] = there.revision + 1
    if deleted:
        more["deleted"] = True
    body = None if deleted else agreement.model_dump(exclude_defaults=True)
    identity, source = (there.id, there.source) if there is not None else (_digest(subject), source)
    value = make(TYPE, id=identity, source=source, subject=subject, time_ms=begins, body=body, **more)
    return ProducerRecord(CONTROL, subject.encode(), value)


def _agreement(body: dict[str, Any]) -> AgreementSet:
    return AgreementSet.model_validate(body, strict=False)


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
