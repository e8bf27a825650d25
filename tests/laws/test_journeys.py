"""Laws of the journeys fold: arrival order, duplicates, partitions, retractions and the horizon."""

import asyncio
import json
from hashlib import blake2b
from random import Random
from typing import Any
from zlib import crc32

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import event_codec as codec
from schemas.keys import SEPARATOR
from schemas.record_codec import decode_contribution, decode_fact
from schemas.timestamps import DAY_MS
from tests.laws.histories import AGREEMENTS, STEP, T0, Rec, agreement, event, history, key_of, log_of, rating, tick
from tests.laws.machine import Machine, as_of, final
from tests.laws.scratch import Published, expected

END = ("clock", tick(T0 + 100 * STEP))


def retraction(subject: str, id_: str) -> bytes:
    """The word that event ``id_`` of ``subject`` never happened."""
    source, kind = "desk", "baton.item.moved.v1"
    return codec.make(kind, id=id_, source=source, subject=subject, time_ms=T0, body=None, deleted=True, revision=3)


def at_end(records: list[tuple[str, bytes]]) -> Published:
    """What holds after the last tick, but for the counts of arrivals."""
    log = log_of(records)
    return without_arrivals(as_of(Machine(log, Random(0), 0).drive().outbox.log, len(log)))


def without_arrivals(published: Published) -> Published:
    """All but the counts of arrivals, which are of the log itself: a duplicate shows there and nowhere else."""
    return {key: value for key, value in published.items() if key[0] != "intake" and key[1] != "source"}


def without_groups(published: Published) -> Published:
    """All but votes and their groups: which votes share a group depends on which were there when it was released."""
    rated = {"vote", "rating_group", "released"}
    of_groups = {"votes", "self_votes", "team_votes"}
    return {
        key: said
        for key, said in published.items()
        if key[0] not in rated and not (key[0] == "contribution" and any(field in of_groups for _, field, *_ in said))
    }


@given(st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_no_arrival_order_and_no_duplicate_shows(rng: Random) -> None:
    """Any permutation of the same events, any of them again, gives the same facts at the end, but for rating groups."""
    records = [r for r in history(rng) if r[0] != "clock"]
    shuffled = records + rng.choices(records, k=3) if records else []
    rng.shuffle(shuffled)
    middle = rng.randrange(len(shuffled) + 1)
    ticked = [*shuffled[:middle], ("clock", tick(T0 + 5 * STEP)), *shuffled[middle:], END]
    assert without_groups(at_end([*records, END])) == without_groups(at_end(ticked))


@given(st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_no_arrival_order_within_a_cut_shows(rng: Random) -> None:
    """Permuted and doubled within one cut, the same events give the same facts, rating groups included: they tell no order."""
    records = [r for r in history(rng) if r[0] != "clock"]
    shuffled = records + rng.choices(records, k=3) if records else []
    rng.shuffle(shuffled)
    assert at_end([*records, END]) == at_end([*shuffled, END])


@given(st.randoms(use_true_random=False), st.sampled_from([2, 3, 6]))
@settings(max_examples=100, deadline=None)
def test_partitions_do_not_show(rng: Random, partitions: int) -> None:
    """Any number of partitions gives the same facts at every W with the same cut."""
    records = history(rng)
    together: dict[int, Published] = {}
    for partition in range(partitions):
        mine = [r for r in records if r[0] in {"clock", AGREEMENTS} or crc32(r[0].encode()) % partitions == partition]
        for w, holds in final(Machine(log_of(mine), rng, 2).drive()).items():
            together.setdefault(w, {}).update(without_arrivals(holds))
    assert together == {w: without_arrivals(holds) for w, holds in expected(log_of(records)).items()}


@given(st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_adding_then_retracting_is_never_having_added(rng: Random) -> None:
    """An event and its retraction, in any place and either order, leave the facts as without them."""
    records = [r for r in history(rng) if r[0] != "clock"]
    kind = rng.choice(("event", "vote", "agreement"))
    if kind == "event":
        subject, add = event(rng, 2, 1, 10, id="extra", source="desk", revision=0)
    else:
        subject, add = rating(rng, 10) if kind == "vote" else agreement(rng, 10)
    said = json.loads(add) | {"id": "extra", "source": "desk", "revision": 0}
    taken_back = {k: v for k, v in said.items() if k != "data"} | {"revision": 3, "deleted": True}
    more = list(records)
    for one in (said, taken_back):
        more.insert(rng.randrange(len(more) + 1), (subject, json.dumps(one).encode()))
    assert at_end([*more, END]) == at_end([*records, END])


def aged(records: list[tuple[str, bytes]], rng: Random) -> list[Rec]:
    """The log with months passing between some of the arrivals."""
    now = T0 + 50 * DAY_MS
    log = []
    for offset, (key, value) in enumerate(records):
        now += rng.choice((1, 1, 1000, DAY_MS, 200 * DAY_MS, 500 * DAY_MS))
        log.append(Rec(offset, now, key_of(key), value))
    return log


@given(st.randoms(use_true_random=False))
@settings(max_examples=300, deadline=None)
def test_the_value_at_a_version_is_always_the_same(rng: Random) -> None:
    """Whatever batches and crashes, over years of append time, a fact's value at a version is one and the same."""
    log = aged(history(rng), rng)
    calm = Machine(log, Random(0), 0).drive()
    stormy = Machine(log, rng, 8).drive()
    assert writes(stormy) == writes(calm)
    assert stormy.store.pairs == calm.store.pairs


def writes(machine: Machine) -> dict[tuple[bytes, int], bytes]:
    """Every write: (fact key, version) → value; a key and version written with two values fails here."""
    found: dict[tuple[bytes, int], bytes] = {}
    for what, key, value in machine.outbox.log:
        if what in {"fact", "contribution"}:
            assert isinstance(key, bytes)
            assert isinstance(value, bytes)
            version = (decode_fact if what == "fact" else decode_contribution)(value).version
            assert found.setdefault((key, version), value) == value
    return found


def moved(subject: str, id_: str, to: str, **more: Any) -> tuple[str, bytes]:
    """A move of ``subject``."""
    parts: dict[str, Any] = {"id": id_, "source": "desk", "subject": subject, "time_ms": T0, "body": {"to": to}} | more
    return subject, codec.make("baton.item.moved.v1", **parts)


def closed(subject: str) -> tuple[str, bytes]:
    """The end of ``subject``."""
    body = {"status": "closed"}
    return subject, codec.make("baton.item.status.v1", id="c", source="desk", subject=subject, time_ms=T0 + 1, body=body)


def after_years(days: int, *late: tuple[str, bytes]) -> Machine:
    """A closed and an open item, ``days`` of append time, a tick, then the late events and another tick."""
    early = [moved("shut", "a", "Ops"), closed("shut"), moved("open", "a", "Ops")]
    records = [*early, ("clock", tick(T0 + 2000)), ("clock", tick(T0 + 3000)), *late, ("clock", tick(T0 + 4000))]
    log = [Rec(n, T0 + (days * DAY_MS if n > 3 else 0) + n, key.encode(), value) for n, (key, value) in enumerate(records)]
    return Machine(log, Random(0), 0).drive()


def test_a_forgotten_item_answers_too_late() -> None:
    """A closed item is forgotten 400 days of append time after its last event; an event for it is judged, not folded."""
    machine = after_years(402, moved("shut", "b", "Net"), moved("open", "b", "Net"))
    facts = as_of(machine.outbox.log, 10**6)
    assert facts["too_late", "shut", "desk", "b"] == "item_forgotten"
    assert facts["item", "shut", "", ""].path == ["Ops"]
    assert facts["item", "open", "", ""].path == ["Ops", "Net"]
    assert b"g" + blake2b(b"shut", digest_size=16).digest() in machine.store.pairs
    assert b"ishut" not in machine.store.pairs


def test_a_closed_item_is_revived_within_the_horizon() -> None:
    """Before the horizon a closed item takes a new event as if it had never been closed."""
    machine = after_years(399, moved("shut", "b", "Net"))
    assert as_of(machine.outbox.log, 10**6)["item", "shut", "", ""].path == ["Ops", "Net"]


def test_a_retraction_before_its_event_opens_nothing() -> None:
    """A retraction that comes first is kept: no fact, the event that follows with a lower revision stays away."""
    assert at_end([("x", retraction("x", "a")), END]) == {}
    assert at_end([("x", retraction("x", "a")), ("clock", tick(T0 + 2000)), moved("x", "a", "Ops"), END]) == {}


def test_facts_of_all_retracted_events_are_deleted() -> None:
    """When the last event of an item goes, its fact is withdrawn, and the store keeps only the retraction."""
    log = log_of([moved("x", "a", "Ops"), ("clock", tick(T0 + 2000)), ("x", retraction("x", "a")), END])
    machine = Machine(log, Random(0), 0)
    asyncio.run(machine._once())
    assert set(without_arrivals(as_of(machine.outbox.log, 1))) == {("item", "x", "", "")}
    assert without_arrivals(as_of(machine.outbox.log, 10)) == {}
    assert SEPARATOR == "\x1f"
