"""Agreements as the control topic holds them.

An agreement is identified by pair and first day; the clock broadcasts the newest revision of each.
"""

from producers.control_records import StoredRecord, stored_records
from producers.publisher.ports import Log
from schemas.event_bodies import AgreementSet

TYPE = "baton.agreement.set.v1"
Stored = dict[str, StoredRecord[AgreementSet]]


def stored_agreements(log: Log) -> Stored:
    """Every agreement ever requested, by subject. Raises ``Retry`` while the broker is away."""
    return stored_records(log, TYPE, AgreementSet)


def in_force(stored: Stored) -> list[tuple[AgreementSet, int]]:
    """Agreements that are not retracted and their revisions, by pair and first day."""
    listed = [(entry.body, entry.revision) for entry in stored.values() if entry.body is not None]
    return sorted(listed, key=lambda found: (found[0].supplier, found[0].customer, found[0].valid_from))
