"""A made-up desk's history: items that go from team to team, interleaved as on a live topic. Pure; randomness is passed in.

Each item has 6 to 12 events: it is opened, moves, is worked on, sometimes sent back, resolved and closed. ``open_items`` of
them are under way at a time and take turns at random, so that in the second between two ticks most touched items have one
event: the dear case for a fold that publishes each changed fact at each tick.
"""

from collections.abc import Iterator
from random import Random
from typing import NamedTuple

from broker.partitioner import partition_of
from schemas import ticks as clock
from schemas.events import TICK, schema_uri
from schemas.fields import from_ms

T0_MS = 1_700_000_000_000
TEAMS = tuple(f"Team {letter}" for letter in "ABCDEFGHIJKL")
_MOVED, _STATUS = "baton.item.moved.v1", "baton.item.status.v1"
_ENVELOPE = (
    '{"specversion":"1.0","id":"%s","source":"%s","type":"%s","time":"%s","subject":"%s","dataschema":"%s",'
    '"sequence":%d,"data":%s}'
)


class Sent(NamedTuple):
    """One record to write to a partition of the events topic."""

    partition: int
    key: bytes
    value: bytes


class Loaded(NamedTuple):
    """What a preloaded topic holds beside its ticks: work items, events, those of work items, and moves."""

    items: int
    events: int
    of_items: int
    moves: int


class _Open:
    __slots__ = ("at", "partition", "script", "subject")

    def __init__(self, subject: str, partition: int, script: list[tuple[str, str]]) -> None:
        self.subject, self.partition, self.script, self.at = subject, partition, script, 0


class Desk:
    """Makes events one by one.

    ``opened`` items so far, of which ``items`` have events; ``events`` and ``moves`` made; ``owed``: events that the open
    items still have.
    """

    def __init__(self, rng: Random, partitions: int, open_items: int, name: str = "desk", teams: int = 0) -> None:
        self._name = name
        self._teams = tuple(f"Team {number:04d}" for number in range(teams)) or TEAMS
        self._rng = rng
        self._partitions = partitions
        self.opened = self.items = self.events = self.moves = self.owed = 0
        self._open = [self._opened() for _ in range(open_items)]

    @property
    def loaded(self) -> Loaded:
        """What was made so far."""
        return Loaded(self.items, self.events, self.events, self.moves)

    def next(self, time_ms: int, last: bool = False) -> Sent | None:
        """The next event of some open item, at ``time_ms``. ``last``: no item is opened any more; None when all are closed."""
        if not self._open:
            return None
        place = int(self._rng.random() * len(self._open))
        item = self._open[place]
        kind, body = item.script[item.at]
        value = _ENVELOPE % (
            f"{item.subject}-{item.at}",
            self._name,
            kind,
            moment(time_ms),
            item.subject,
            schema_uri(kind),
            item.at,
            body,
        )
        self.items += item.at == 0
        item.at += 1
        self.events += 1
        self.owed -= 1
        self.moves += kind is _MOVED
        if item.at == len(item.script):
            if last:
                self._open[place] = self._open[-1]
                self._open.pop()
            else:
                self._open[place] = self._opened()
        return Sent(item.partition, item.subject.encode(), value.encode())

    def _opened(self) -> _Open:
        self.opened += 1
        subject = f"{self._name}:INC{self.opened:08d}"
        script = _script(self._rng, self._teams)
        self.owed += len(script)
        return _Open(subject, partition_of(subject.encode(), self._partitions), script)


def _script(rng: Random, teams: tuple[str, ...]) -> list[tuple[str, str]]:
    """An item's events as (type, body). 6 to 12: two for each of two to five stops, then resolved and closed."""
    team = rng.choice(teams)
    said = [(_MOVED, f'{{"to":"{team}","deliverable":"incident"}}'), (_STATUS, '{"status":"working","word":"In Progress"}')]
    before = team
    for _ in range(rng.randrange(1, 5)):
        sent_back = rng.random() < 0.2
        before, team = team, before if sent_back else rng.choice(teams)
        said.append((_MOVED, f'{{"to":"{team}"}}'))
        said.append((_STATUS, f'{{"status":"{rng.choice(("queued", "working", "working", "waiting"))}"}}'))
    said += [(_STATUS, '{"status":"resolved"}'), (_STATUS, '{"status":"closed"}')]
    return said


_seconds: dict[int, str] = {}


def moment(time_ms: int) -> str:
    """RFC 3339 of a time in ms UTC."""
    second, ms = divmod(time_ms, 1000)
    text = _seconds.get(second)
    if text is None:
        if len(_seconds) > 1000:
            _seconds.clear()
        text = _seconds[second] = from_ms(second * 1000).strftime("%Y-%m-%dT%H:%M:%S")
    return f"{text}.{ms:03d}Z"


def ticks(w: int, partitions: int) -> list[Sent]:
    """A tick of W (ms) for each partition."""
    told = (f"tick-{w}", clock.SOURCE, TICK, moment(w), clock.SUBJECT, schema_uri(TICK), 0, "{}")
    value = (_ENVELOPE % told).encode()
    return [Sent(partition, clock.KEY, value) for partition in range(partitions)]


def history(desk: Desk, events: int, per_tick: int, partitions: int) -> Iterator[Sent]:
    """About ``events`` events, a tick to every partition after each ``per_tick`` of them, and one after the last.

    W rises by one second a tick: what a live home at ``per_tick`` events a second has. Towards the end no item is opened any
    more, so that at the end every one is closed.
    """
    while True:
        made = desk.next(T0_MS + desk.events * 1000 // per_tick, last=desk.events + desk.owed >= events)
        if made is not None:
            yield made
        if made is None or desk.events % per_tick == 0:
            w = T0_MS + -(-desk.events // per_tick) * 1000 + (1000 if made is None else 0)
            yield from ticks(w, partitions)
        if made is None:
            return
