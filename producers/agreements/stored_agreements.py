"""Agreements as the control topic holds them.

An agreement is identified by pair and first day; the clock broadcasts the newest revision of each.
"""

from dataclasses import dataclass

from producers.control_records import stored_records
from producers.publisher.ports import Log
from schemas.event_bodies import AgreementSet

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
    return {
        subject: StoredAgreement(subject, record.source, record.id, record.revision, record.body)
        for subject, record in stored_records(log, TYPE, AgreementSet).items()
    }


def in_force(stored: dict[str, StoredAgreement]) -> list[tuple[AgreementSet, int]]:
    """Agreements that are not retracted and their revisions, by pair and first day."""
    listed = [(entry.agreement, entry.revision) for entry in stored.values() if entry.agreement is not None]
    return sorted(listed, key=lambda found: (found[0].supplier, found[0].customer, found[0].valid_from))
