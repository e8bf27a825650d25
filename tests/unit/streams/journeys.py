"""One partition's fold without a broker: events in, what stands published out."""

from typing import Any

from schemas import event_codec as codec
from schemas.fields import from_ms
from schemas.keys import SEPARATOR
from schemas.record_codec import decode_contribution, decode_fact
from schemas.topics import FACTS
from streams.engine.memory_store import MemoryStore
from streams.engine.ports import Tick
from streams.journeys.caps import CAPS, Caps
from streams.journeys.fold import Journeys

T0 = 1_772_442_000_000
HOUR = 3_600_000


class Desk:
    """Takes events and ticks; ``facts`` and ``contributions`` stand, ``sent`` are the names published at the last tick."""

    def __init__(self, zone: str = "UTC", caps: Caps = CAPS) -> None:
        self.store = MemoryStore()
        self._zone, self._caps = zone, caps
        self.fold = Journeys(self.store, 0, 1, 400, 100, time_zone=zone, caps=caps)
        self._cut: list[Any] = []
        self._offset = 0
        self.append_ms = T0 + 1000 * HOUR
        self.facts: dict[tuple[str, ...], Any] = {}
        self.contributions: dict[tuple[str, ...], list[Any]] = {}
        self.sent: list[bytes] = []

    def event(self, kind: str, subject: str, hour: float, body: dict[str, Any] | None, **more: Any) -> None:
        """One event ``hour`` hours after T0."""
        parts = {"id": f"{kind}@{hour}", "source": "desk"} | more
        self.take(subject, codec.make(f"baton.{kind}.v1", subject=subject, time_ms=T0 + int(hour * HOUR), body=body, **parts))

    def take(self, subject: str, value: bytes) -> None:
        """An event as somebody wrote it."""
        self._offset += 1
        admitted = self.fold.admit(codec.decode(subject.encode(), value), self.append_ms)
        if admitted is not None:
            self._cut.append(admitted)

    def moved(self, subject: str, hour: float, to: str | None, **more: Any) -> None:
        """A move."""
        self.event("item.moved", subject, hour, {"to": to}, **more)

    def agreed(self, hour: float, hours: int | None, valid_from: float = -1000, mode: str = "individual", **more: Any) -> None:
        """An agreement for work from A to B."""
        body = {
            "supplier": "A",
            "customer": "B",
            "deliverables": [{"deliverable": "work", "sla_hours": hours}],
            "rating_mode": mode,
            "valid_from": from_ms(T0 + int(valid_from * HOUR)),
        }
        self.event("agreement.set", "A > B", hour, None if more.get("deleted") else body, **{"id": "agreement", **more})

    def rated(self, hour: float, rater: str, team: str = "B", grade: int = 4, **more: Any) -> None:
        """A vote on A's work for B."""
        names = {"rater": rater, "team": team, "supplier": "A", "customer": "B"}
        names["deliverable"] = more.pop("deliverable", "work")
        body = names | {"effectiveness": grade, "consistency": 3, "kind": more.pop("kind", "customer")}
        if "period" in more:
            body["period"] = more.pop("period")
        self.event("rating.given", "A > B", hour, body, **{"id": f"{rater}@{hour}", **more})

    def tick(self, hour: float) -> None:
        """Close the cut at W."""
        self._offset += 1
        self.sent = []
        for record in self.fold.close(self._cut, Tick(T0 + int(hour * HOUR), self._offset, self.append_ms)):
            if record.topic == FACTS:
                self.sent.append(record.key)
                place = tuple(record.key.decode().split(SEPARATOR))
                fact = decode_fact(record.value)
                self._stand(self.facts, place, None if fact.deleted else fact.body)
            else:
                given = decode_contribution(record.value)
                of = (given.source, given.id, *([str(given.group)] if given.group else []))
                where = (given.scope, *given.parts, SEPARATOR.join((given.subject, *(of if any(of) else ()))))
                # Of a contribution the key is a hash; what it names is in the record.
                self.sent.append(SEPARATOR.join((*where[:-1], "", where[-1])).encode())
                self._stand(self.contributions, where, given.entries if given.live else None)
        self._cut = []

    def _stand(self, stands: dict[tuple[str, ...], Any], key: tuple[str, ...], value: Any | None) -> None:
        if value is None:
            del stands[key]
        else:
            stands[key] = value

    def restart(self) -> None:
        """As after a save and ``kill -9``."""
        self.store.save(self.fold.changes(), b"head")
        self.fold = Journeys(self.store, 0, 1, 400, 100, time_zone=self._zone, caps=self._caps)

    def of(self, kind: str) -> list[Any]:
        """Bodies of one kind of facts."""
        return [body for key, body in self.facts.items() if key[0] == kind]
