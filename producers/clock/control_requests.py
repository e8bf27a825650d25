"""Requests for control records (agreements, team map, holidays, priors): the newest revision of each goes everywhere."""

from broker.records import LogRecord, ProducerRecord
from producers.clock.broadcast import Broadcast
from producers.publisher.ports import Log
from schemas.dead_letters import parked
from schemas.errors import Park
from schemas.event_codec import TYPE_OF, decode
from schemas.events import CONTROL as CONTROL_TYPES
from schemas.events import TICK
from schemas.installation import KEY as INSTALLATION
from schemas.names import one_form
from schemas.structs.event_bodies import AgreementSet, TeamsSet
from schemas.structs.events import AnyEvent, Event
from schemas.ticks import SUBJECT
from schemas.topics import CONTROL, DEAD_LETTERS

_BLOCK = 500
"""Requests read at once; only the newest revision of each block is broadcast."""


class ControlRequests:
    """Reads the control topic. ``done``: every request below this offset has been broadcast."""

    def __init__(self, log: Log) -> None:
        self._log = log
        self.done = 0

    def begin(self, done: int) -> None:
        """Go on from offset ``done``, which the newest tick holds."""
        self.done = done

    def broadcast(self, broadcast: Broadcast) -> int:
        """Send what was requested since; how many records. ``done`` moves on when every partition has acknowledged them all.

        A request that can't be used goes to the dead letters.
        """
        # The end is asked for once: what is requested meanwhile is for the next step.
        (end,) = self._log.ends(CONTROL)
        (start,) = self._log.starts(CONTROL)
        sent = 0
        # The topic is kept for ever; where it was cut all the same, what is left of it counts.
        begin = max(self.done, start)
        while begin < end:
            stop = min(begin + _BLOCK, end)
            newest, refused = newest_revisions(self._log.read(CONTROL, 0, begin, stop))
            # 1 letters, 2 control records, 3 ``done``. A crash in between sends both again, to the same effect.
            self._log.publish(refused)
            for value in newest:
                # One after the other, each acknowledged everywhere: all partitions have them in one order.
                broadcast.control_record(value)
                sent += 1
            begin = self.done = stop
        return sent


def newest_revisions(requests: list[LogRecord]) -> tuple[list[bytes], list[ProducerRecord]]:
    """Of each key's requests the newest revision's value, in the order of the log, and dead letters."""
    newest: dict[bytes, tuple[int, bytes]] = {}
    refused: list[ProducerRecord] = []
    for request in requests:
        # It shares the topic and is no event.
        if request.key == INSTALLATION:
            continue
        try:
            event = _requested(request)
        except Park as park:
            letter = parked(park, request.key, request.value, CONTROL, 0, request.offset, "clock", request.headers)
            refused.append(ProducerRecord(DEAD_LETTERS, request.key, request.value, letter.headers()))
            continue
        key, value = request.key or b"", request.value or b""
        # At equal revision the later one; it also moves to the end, where the log has it.
        if key not in newest or event.revision >= newest[key][0]:
            newest.pop(key, None)
            newest[key] = (event.revision, value)
    return [value for _, value in newest.values()], refused


def _requested(request: LogRecord) -> Event:
    event = decode(request.key, request.value, request.headers)
    kind = TYPE_OF.get(type(event), "")
    if kind not in CONTROL_TYPES or kind == TICK:
        raise Park("rejected", f"{kind} is no control record that can be requested")
    if event.subject == SUBJECT:
        # Broadcast it would be taken for nobody's: of this subject are the clock's own ticks alone.
        raise Park("rejected", f"subject: {SUBJECT} is the clock's own; name what the record is about, such as the pair")
    if not all(map(one_form, _names(event))):
        raise Park("rejected", "data: a name of blanks alone is no name; write the team's or the deliverable's")
    return event


def _names(event: AnyEvent) -> list[str]:
    """The teams and deliverables in a control record."""
    body = event.data
    if isinstance(body, AgreementSet):
        return [body.supplier, body.customer, *(line.deliverable for line in body.deliverables)]
    return [*body.teams, *body.teams.values()] if isinstance(body, TeamsSet) else []
