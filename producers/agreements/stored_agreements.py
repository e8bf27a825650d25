"""Agreements as the control topic holds them.

An agreement is identified by pair and first day; the clock broadcasts the newest revision of each.
"""

from dataclasses import dataclass

import msgspec

from producers.publisher.ports import Log
from schemas.errors import Park
from schemas.event_bodies import AgreementSet
from schemas.event_codec import TYPE_OF, decode
from schemas.topics import CONTROL

TYPE = "baton.agreement.set.v1"


@dataclass(frozen=True)
class StoredAgreement:
    """An agreement as the control topic holds it: its newest revision; ``agreement`` is None after a retraction."""

    subject: str
    source: str
    id: str
    revision: int
    agreement: AgreementSet | None


def stored_agreements(log: Log) -> dict[str, StoredAgreement]:
    """Every agreement ever requested, by subject. Raises ``Retry`` while the broker is away."""
    (start,), (end,) = log.starts(CONTROL), log.ends(CONTROL)
    found: dict[str, StoredAgreement] = {}
    for record in log.read(CONTROL, 0, start, end):
        try:
            event = decode(record.key, record.value, record.headers)
        except Park:  # also the installation's own record; the clock parks what is broken
            continue
        if TYPE_OF[type(event)] != TYPE:
            continue
        before = found.get(event.subject)
        if before is None or event.revision >= before.revision:
            gone = event.deleted or event.data is None
            agreement = None if gone else AgreementSet.model_validate(msgspec.to_builtins(event.data), strict=False)
            found[event.subject] = StoredAgreement(event.subject, event.source, event.id, event.revision, agreement)
    return found


def in_force(stored: dict[str, StoredAgreement]) -> list[tuple[AgreementSet, int]]:
    """Agreements that are not retracted and their revisions, by pair and first day."""
    listed = [(entry.agreement, entry.revision) for entry in stored.values() if entry.agreement is not None]
    return sorted(listed, key=lambda found: (found[0].supplier, found[0].customer, found[0].valid_from))
