"""Agreements: read from YAML with every mistake named, applied once however often, and broadcast before the first tick."""

import json
from pathlib import Path

import pytest

from broker.memory_broker import MemoryBroker
from broker.records import ProducerRecord
from producers.agreements.changes import AgreementChange, changes_to, describe, retraction, subject_of
from producers.agreements.stored_agreements import in_force, stored_agreements
from producers.agreements.yaml_files import load_agreements, parse_agreements
from producers.clock.broadcast import Broadcast
from producers.clock.clock import Clock
from producers.replay.history_replay import ReplayCounts, replay_history
from producers.replay.timed_events import TimedEvents
from schemas.errors import Stop
from schemas.event_bodies import AgreementSet
from schemas.event_codec import decode, make
from schemas.fields import to_ms
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS

NOW = 1_795_377_600_000
GOOD = """\
agreements:
  - supplier: Marketing
    customer: Sales
    valid_from: 2026-01-01
    rating_mode: individual
    deliverables:
      - deliverable: leads
        sla_hours: 24
        weight: 3
      - deliverable: decks
  - supplier: Finance
    customer: Audit
    valid_from: 2026-03-01T06:00:00+01:00
    rating_mode: team
    deliverables:
      - deliverable: ledger extract
"""


def read(text: str = GOOD, zone: str = "UTC") -> list[AgreementSet]:
    return [agreement for agreement, _ in parse_agreements(text, "x.yaml", zone)]


def log() -> MemoryBroker:
    return MemoryBroker({EVENTS: 3, CONTROL: 1, DEAD_LETTERS: 1}, lambda: NOW)


def apply(kept: MemoryBroker, wanted: list[AgreementSet], now: int = NOW, past_votes: bool = True) -> list[AgreementChange]:
    found = changes_to(wanted, stored_agreements(kept), now, past_votes)
    kept.publish(change.request for change in found if change.request is not None)
    return found


def mistake(old: str, new: str) -> str:
    assert old in GOOD
    with pytest.raises(Stop) as caught:
        parse_agreements(GOOD.replace(old, new, 1), "x.yaml", "UTC")
    return str(caught.value)


def test_a_file_of_agreements_is_read() -> None:
    """Numbers are numbers, what is left out has its default, and a date is the day's first moment in the zone asked for."""
    first, second = read()
    assert [(d.deliverable, d.sla_hours, d.weight) for d in first.deliverables] == [("leads", 24, 3), ("decks", None, 1)]
    assert (first.rating_mode, second.rating_mode) == ("individual", "team")
    assert first.valid_from.isoformat() == "2026-01-01T00:00:00+00:00"
    assert second.valid_from.isoformat() == "2026-03-01T05:00:00+00:00"
    assert read(zone="Europe/Berlin")[0].valid_from.isoformat() == "2025-12-31T23:00:00+00:00"


def test_a_file_may_hold_a_single_one() -> None:
    """An agreement that stands alone is read, and its mistakes have their lines."""
    alone = "supplier: A\ncustomer: B\nvalid_from: 2026-01-01\ndeliverables:\n  - deliverable: x\n"
    assert [(a.supplier, a.customer) for a in read(alone)] == [("A", "B")]
    with pytest.raises(Stop, match=r"line 2: custmer: no such key; did you mean `customer`\?"):
        read(alone.replace("customer", "custmer"))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("sla_hours: 24", "sla_hours: soon", "line 8: agreements.0.deliverables.0.sla_hours: Input should be a valid integer"),
        (
            "sla_hours: 24",
            "sla_hours: 0",
            "line 8: agreements.0.deliverables.0.sla_hours: Input should be greater than or equal",
        ),
        ("weight: 3", "wieght: 3", "line 9: agreements.0.deliverables.0.wieght: no such key; did you mean `weight`? allowed"),
        ("rating_mode: team", "rating_mode: tem", "line 14: agreements.1.rating_mode: Input should be 'individual' or 'team'"),
        ("    customer: Sales\n", "", "line 2: agreements.0.customer: is missing"),
        ("2026-01-01", "next year", "line 4: agreements.0.valid_from: not an RFC 3339 time"),
        ("customer: Sales", "customer: Marketing", "line 2: Marketing serves itself"),
        ("customer: Sales", "customer: ' '", "line 2: supplier, customer and deliverables have names; one of blanks alone"),
        ("deliverable: decks", "deliverable: leads", "line 2: deliverable leads stands twice"),
        ("agreements:", "agreement:", "line 1: agreement: no such key"),
        ("weight: 3", "weight: [3", "x.yaml, line"),
    ],
)
def test_a_mistake_is_named_with_its_line(old: str, new: str, expected: str) -> None:
    """Each wrong key, value or contradiction is named with its line and what is allowed."""
    assert expected in mistake(old, new)


def test_one_agreement_in_two_files_is_a_mistake(tmp_path: Path) -> None:
    """The same pair from the same day on in two files is refused, naming file and line of both."""
    one, two = tmp_path / "one.yaml", tmp_path / "two.yaml"
    one.write_text(GOOD)
    two.write_text("# mine\n" + GOOD)
    with pytest.raises(
        Stop, match=r"two\.yaml, line 3: Marketing > Sales from that day stands twice \(also .*one\.yaml, line 2\)"
    ):
        load_agreements([one, two], "UTC")
    with pytest.raises(Stop, match="can't be read"):
        load_agreements([tmp_path / "three.yaml"], "UTC")


def test_applying_twice_changes_nothing() -> None:
    """The second time every agreement is as it was and no request is written."""
    kept = log()
    assert [change.kind for change in apply(kept, read())] == ["new", "new"]
    ends = kept.ends(CONTROL)
    assert [change.kind for change in apply(kept, read(), NOW + 9)] == ["same", "same"]
    assert kept.ends(CONTROL) == ends


def test_a_changed_agreement_gets_the_next_revision() -> None:
    """A change keeps the agreement's id and raises its revision; the others stay as they were."""
    kept = log()
    apply(kept, read())
    first = {one.id for one in stored_agreements(kept).values()}
    assert [c.kind for c in apply(kept, read(GOOD.replace("sla_hours: 24", "sla_hours: 12")))] == ["changed", "same"]
    assert {one.id for one in stored_agreements(kept).values()} == first
    assert [(a.deliverables[0].sla_hours, revision) for a, revision in in_force(stored_agreements(kept))] == [
        (None, 0),
        (12, 1),
    ]


def test_another_first_day_is_another_agreement() -> None:
    """An agreement from a later day stands beside the older one, under a key of its own, so that neither hides the other."""
    kept = log()
    apply(kept, read())
    assert [c.kind for c in apply(kept, read(GOOD.replace("2026-01-01", "2026-06-01")))] == ["new", "same"]
    assert len({record.key for record in kept.read(CONTROL, 0, 0, 3)}) == 3 == len(in_force(stored_agreements(kept)))


def test_a_retracted_agreement_is_gone_and_may_come_back() -> None:
    """A retraction is the next revision; applied again it is one more; what is not there can't be taken back."""
    kept = log()
    (first, _) = read()
    apply(kept, [first])
    change = retraction("Marketing", "Sales", to_ms(first.valid_from), stored_agreements(kept), NOW)
    assert change.request is not None
    kept.publish([change.request])
    assert in_force(stored_agreements(kept)) == []
    with pytest.raises(Stop, match="has no agreement"):
        retraction("Marketing", "Sales", to_ms(first.valid_from), stored_agreements(kept), NOW)
    assert [c.kind for c in apply(kept, [first])] == ["changed"]
    assert [revision for _, revision in in_force(stored_agreements(kept))] == [2]


def test_votes_already_given_dont_become_the_teams_unasked() -> None:
    """Team ratings that begin in the past are refused unless asked for; what is rated so already may change otherwise."""
    kept = log()
    with pytest.raises(
        Stop, match=r"(?s)Finance > Audit .*votes given since 2026-03-01, and each month's last vote .*--past-votes"
    ):
        apply(kept, read(), past_votes=False)
    assert stored_agreements(kept) == {}
    assert len(apply(kept, read(GOOD.replace("2026-03-01T06", "2026-12-01T06")), past_votes=False)) == 2
    apply(kept, read())
    assert len(apply(kept, read(GOOD.replace("ledger extract", "ledger")), past_votes=False)) == 2


def test_a_retraction_does_not_make_votes_the_teams_unasked() -> None:
    """Without a later agreement an older one holds again; when that is rated as a team, taking the later back is refused."""
    kept = log()
    later = GOOD.replace("2026-03-01T06", "2026-05-01T06").replace("rating_mode: team", "rating_mode: individual")
    apply(kept, [*read(), *read(later)[1:]])
    begins = to_ms(read(later)[1].valid_from)
    with pytest.raises(Stop, match=r"(?s)since 2026-05-01.*--past-votes"):
        retraction("Finance", "Audit", begins, stored_agreements(kept), NOW)
    assert retraction("Finance", "Audit", begins, stored_agreements(kept), NOW, past_votes=True).kind == "retracted"
    assert retraction("Marketing", "Sales", to_ms(read()[0].valid_from), stored_agreements(kept), NOW).kind == "retracted"


def test_who_made_an_agreement_stays_said() -> None:
    """A changed or retracted agreement keeps the source it had, so that every fold knows it for the same."""
    kept = log()
    found = changes_to(read(), stored_agreements(kept), NOW, True, "elsewhere")
    kept.publish(change.request for change in found if change.request is not None)
    apply(kept, read(GOOD.replace("sla_hours: 24", "sla_hours: 12")))
    assert {one.source for one in stored_agreements(kept).values()} == {"elsewhere"}


def test_an_agreement_of_the_far_future_is_refused() -> None:
    """What the folds would refuse is refused here, with the reason."""
    with pytest.raises(Stop, match="more than a year ahead"):
        apply(log(), read(GOOD.replace("2026-01-01", "2031-01-01")))


def test_long_names_fit() -> None:
    """Two names of the greatest length make a subject the codec takes."""
    wanted = read()[0].model_copy(update={"supplier": "S" * 200, "customer": "C" * 200})
    kept = log()
    apply(kept, [wanted])
    ((agreement, _),) = in_force(stored_agreements(kept))
    assert agreement == wanted
    assert len(subject_of("S" * 200, "C" * 200, NOW)) <= 403


def test_an_agreement_is_shown_as_it_was_written() -> None:
    """A day is shown as that day of the zone, a time as a time."""
    first, second = read(zone="Europe/Berlin")
    assert describe(first, "Europe/Berlin") == "Marketing > Sales from 2026-01-01: leads within 24 h (weight 3), decks"
    assert describe(second, "Europe/Berlin").startswith("Finance > Audit from 2026-03-01T06:00:00: ledger extract")


def test_the_clock_broadcasts_every_agreement() -> None:
    """Two agreements of one pair, requested between two ticks, both reach every partition before the next tick."""
    kept = log()
    apply(kept, read() + read(GOOD.replace("2026-01-01", "2026-06-01"))[:1])
    clock = Clock(kept, lambda: NOW, 1000)
    clock.recover()
    clock.step()
    for partition in range(3):
        assert len({decode(r.key, r.value).subject for r in kept.topics[EVENTS][partition]} - {"clock"}) == 3
        assert {r.key for r in kept.topics[EVENTS][partition]} == {b"clock"}


def replay(kept: MemoryBroker, *moments: int) -> None:
    made = [
        TimedEvents(
            at, b"i", (make("baton.item.moved.v1", id=str(at), source="s", subject="i", time_ms=at, body={"to": "A"}),)
        )
        for at in moments
    ]
    replay_history(made, kept, lambda: NOW, ReplayCounts())


def kinds(kept: MemoryBroker, partition: int) -> list[str]:
    return [json.loads(record.value or b"")["type"].split(".")[1] for record in kept.topics[EVENTS][partition]]


def test_a_replay_broadcasts_agreements_before_its_first_tick() -> None:
    """In a home without clock what was requested stands before the replay's first event in every partition, and once only:
    a second replay, and one after a later request, send what is new."""
    kept = log()
    apply(kept, read())
    replay(kept, NOW - 900_000)
    assert all(kinds(kept, partition)[:2] == ["agreement"] * 2 for partition in range(3))
    assert [record.value for record in kept.topics[EVENTS][0][:2]] == [r.value for r in kept.read(CONTROL, 0, 0, 2)]
    replay(kept, NOW - 900_000)
    replay(kept, NOW - 900_000)
    assert all(kinds(kept, partition).count("agreement") == 2 for partition in range(3))
    apply(kept, read(GOOD.replace("sla_hours: 24", "sla_hours: 12")))
    replay(kept, NOW - 600_000)
    replay(kept, NOW - 600_000)
    assert all(kinds(kept, partition).count("agreement") == 3 for partition in range(3))


def test_agreements_that_no_tick_followed_are_broadcast_again() -> None:
    """After a crash between broadcast and tick the next replay sends them once more: folds drop the copy by its id."""
    kept = log()
    apply(kept, read())
    broadcast = Broadcast(kept)
    for record in kept.read(CONTROL, 0, 0, 2):
        broadcast.control_record(record.value or b"")
    replay(kept, NOW - 900_000)
    found = [decode(r.key, r.value) for r in kept.topics[EVENTS][0]]
    assert len({(e.subject, e.id, e.revision) for e in found if e.source == "baton/agreements"}) == 2


def test_other_requests_do_not_disturb() -> None:
    """The installation's own record and what can't be read are passed over."""
    kept = log()
    kept.publish([ProducerRecord(CONTROL, b"installation", b"{}"), ProducerRecord(CONTROL, b"x", b"no event")])
    apply(kept, read())
    assert len(stored_agreements(kept)) == 2
