"""Whether a record of the events may stand where it does: an item's in its partition, the clock's anywhere."""

from dataclasses import dataclass

from broker.partitioner import misplaced
from broker.records import Record
from schemas import ticks
from schemas.errors import Park
from schemas.event_codec import CONTROL_STRUCTS
from schemas.structs.events import AnyEvent, ClockTickedEvent


@dataclass(frozen=True)
class Placement:
    """The place of one partition's reader. ``unmarked_before``: as in ``Installation``."""

    partition: int
    partitions: int
    unmarked_before: float = 0

    def check(self, record: Record, event: AnyEvent) -> None:
        """Raises ``Park`` for an event in another partition than its key's, and for a control record not of the clock."""
        key = record.key or b""
        if type(event) in CONTROL_STRUCTS:
            # Control records are of somebody: one about the clock itself was made to look like a broadcast.
            forged = event.subject == ticks.SUBJECT and type(event) is not ClockTickedEvent
            if (forged or key != ticks.KEY) and record.offset >= self.unmarked_before:
                raise Park(
                    "not_broadcast",
                    "a control record that the clock did not broadcast: it would count in one partition alone. Mend: request "
                    "it (`baton agreements apply`, `baton teams apply`, or a record on baton.control.v1), and the clock "
                    "brings it everywhere",
                )
        elif wrong := misplaced(key, self.partition, self.partitions):
            raise wrong
