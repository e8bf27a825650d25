"""Control records as the control topic holds them, and requests for others: the same for agreements and names of teams.

The clock broadcasts the newest revision of each. A record has the moment from which it holds as its event's time: before that
it can't matter to anything, so every fold that needs it has it, whenever it was applied.
"""

from dataclasses import dataclass
from datetime import time
from hashlib import blake2b
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

import msgspec
from pydantic import BaseModel

from broker.records import ProducerRecord
from producers.publisher.ports import Log
from schemas.errors import Park
from schemas.event_codec import TYPE_OF, decode, make
from schemas.fields import MOST_SUBJECT_CHARS, from_ms, to_ms
from schemas.timestamps import DAY_MS
from schemas.topics import CONTROL

FURTHEST_MS = 366 * DAY_MS
"""How far ahead a record may begin: the folds refuse what is more than 400 days ahead."""
BodyT = TypeVar("BodyT", bound=BaseModel)


@dataclass(frozen=True)
class StoredRecord(Generic[BodyT]):
    """A record's newest revision; ``body`` is None after a retraction. ``valid_from_ms``: from when it holds."""

    subject: str
    source: str
    id: str
    revision: int
    valid_from_ms: int
    body: BodyT | None


def stored_records(log: Log, event_type: str, model: type[BodyT]) -> dict[str, StoredRecord[BodyT]]:
    """Every record of a type ever requested, by subject. Raises ``Retry`` while the broker is away."""
    (start,), (end,) = log.starts(CONTROL), log.ends(CONTROL)
    found: dict[str, StoredRecord[BodyT]] = {}
    for record in log.read(CONTROL, 0, start, end):
        try:
            event = decode(record.key, record.value, record.headers)
        except Park:  # also the installation's own record; the clock parks what is broken
            continue
        if TYPE_OF[type(event)] != event_type:
            continue
        before = found.get(event.subject)
        if before is None or event.revision >= before.revision:
            gone = event.deleted or event.data is None
            body = None if gone else model.model_validate(msgspec.to_builtins(event.data), strict=False)
            moment = to_ms(event.time)
            found[event.subject] = StoredRecord(event.subject, event.source, event.id, event.revision, moment, body)
    return found


def request_for(
    event_type: str,
    subject: str,
    valid_from_ms: int,
    body: BaseModel | None,
    before: StoredRecord[BodyT] | None,
    now_ms: int,
    source: str,
) -> ProducerRecord:
    """The request that makes ``body`` the record's newest revision; None takes it back as if it had never been."""
    # Any: mypy holds what ``**`` brings against every parameter of ``make``
    extensions: dict[str, Any] = {"recordedat": from_ms(now_ms)}
    if before is not None:
        extensions["revision"] = before.revision + 1
    if body is None:
        extensions["deleted"] = True
    content = None if body is None else body.model_dump(exclude_defaults=True)
    identity, source = (before.id, before.source) if before is not None else (_digest(subject), source)
    value = make(event_type, id=identity, source=source, subject=subject, time_ms=valid_from_ms, body=content, **extensions)
    return ProducerRecord(CONTROL, subject.encode(), value)


def subject_from(kind: str, about: str, valid_from_ms: int) -> str:
    """Subject and request key of a record: what it is about, and its first moment."""
    text = f"{kind} {about} from {from_ms(valid_from_ms):%Y-%m-%dT%H:%M:%S.%fZ}"
    return text if len(text) <= MOST_SUBJECT_CHARS else f"{kind} {_digest(text)}"


def first_day(valid_from_ms: int, zone: str) -> str:
    """A first moment as the commands take it: a day where it begins one in ``zone``."""
    begins = from_ms(valid_from_ms).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return f"{begins:%Y-%m-%d}" if begins.time() == time() else begins.isoformat()


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=16).hexdigest()
