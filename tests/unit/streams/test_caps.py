"""What of an item is kept, and what becomes of events beyond it: each way they can come again, and what is not touched."""

from typing import Any

import pytest

from streams.journeys.caps import CAPS, Caps
from tests.unit.streams.journeys import Desk

SMALL = Caps(moves=3, offers=2, events=8)


def judged(desk: Desk) -> dict[str, str]:
    """Of each event beyond a cap the reason."""
    return {key[-1]: fact.reason for key, fact in desk.facts.items() if key[0] == "beyond_cap"}


def path(desk: Desk) -> str:
    """Where the item went."""
    (body,) = desk.of("item")
    return "".join(body.path)


def full(hours: int = 5) -> Desk:
    """An item with three moves, one more to D that is beyond, and statuses between."""
    desk = Desk(caps=SMALL)
    for hour, team in enumerate("ABCD", 1):
        desk.moved("X", hour, team, id=team)
    desk.tick(hours)
    assert (path(desk), judged(desk)) == ("ABC", {"D": "moves"})
    return desk


def test_the_caps_are_those_of_the_catalogue() -> None:
    """Fifty offers of a handoff and 200 moves of an item (metrics D1), and a thousand events."""
    assert Caps(moves=200, offers=50, events=1_000) == CAPS


def test_moves_beyond_the_cap_are_judged_and_counted() -> None:
    """The first 200 count, each further one has its verdict, and arrivals say how many; a status still counts."""
    desk = Desk()
    for n in range(203):
        desk.moved("X", n, "AB"[n % 2], id=str(n))
    desk.event("item.status", "X", 300, {"status": "closed"})
    desk.tick(301)
    (body,) = desk.of("item")
    assert (body.moves, len(body.path), body.status, body.events) == (200, 200, "closed", 201)
    assert judged(desk) == dict.fromkeys(("200", "201", "202"), "moves")
    (intake,) = desk.of("intake")
    assert intake.counts == {"received": 204, "beyond_cap": 3}
    assert desk.fold.counters == {"received": 204, "beyond_cap": 3}


def test_offers_beyond_the_cap_are_judged() -> None:
    """Of one handoff fifty offers count; what the item is told besides moves and offers still does."""
    desk = Desk()
    body = {"handoff": "h", "supplier": "A", "customer": "B", "deliverable": "work"}
    for n in range(52):
        desk.event("handoff.offered", "X", 2 * n, body, id=f"o{n}")
        desk.event("handoff.returned", "X", 2 * n + 1, {"handoff": "h"}, id=f"r{n}")
    desk.event("handoff.cancelled", "X", 200, {"handoff": "h"})
    desk.tick(201)
    (fact,) = desk.of("handoff")
    assert (len(fact.offers), fact.state) == (50, "cancelled")
    assert judged(desk) == {"o50": "offers", "o51": "offers"}
    assert {key[-1] for key in desk.facts if key[0] == "anomaly"} == {"r50", "r51"}


def test_a_handoff_that_moves_imply_has_fifty_offers() -> None:
    """Sent to and fro without work a handoff is offered again and again; after fifty the next delivery is another handoff."""
    desk = Desk()
    for n in range(150):
        desk.moved("X", n, "AB"[n % 2], id=str(n))
    desk.tick(200)
    assert [len(fact.offers) for fact in desk.of("handoff")] == [50, 25]
    assert judged(desk) == {}


def test_another_handoff_has_offers_of_its_own() -> None:
    """Offers are counted by handoff: two of each of four are no fifth one too many."""
    desk = Desk(caps=SMALL)
    for n in range(8):
        body = {"handoff": f"h{n // 2}", "supplier": "A", "customer": "B", "deliverable": "work"}
        desk.event("handoff.offered", "X", n, body, id=str(n))
    desk.tick(9)
    assert judged(desk) == {}


def test_events_beyond_the_cap_are_judged_whatever_they_say() -> None:
    """An item that has its thousand events takes nothing new, but what corrects one that it has."""
    desk = Desk()
    for n in range(1_001):
        desk.event("item.status", "X", n, {"status": "working"}, id=str(n))
    desk.event("outcome.complained", "X", 1_001, {}, id="c")
    desk.event("item.status", "X", 999, {"status": "closed"}, id="999", revision=1)
    desk.tick(1_002)
    (body,) = desk.of("item")
    assert (body.events, body.status, desk.of("outcome")) == (1_000, "closed", [])
    assert judged(desk) == {"1000": "events", "c": "events"}


def test_a_pair_takes_all_its_ratings() -> None:
    """Votes are of many people and months: no cap of an item's events."""
    desk = Desk(caps=SMALL)
    for n in range(20):
        desk.rated(n, f"r{n}")
    desk.tick(30)
    assert (len(desk.of("vote")), judged(desk)) == (20, {})


@pytest.mark.parametrize("subject", ["X", "A > B"])
def test_a_rating_takes_no_cap_off(subject: str) -> None:
    """One retraction of a rating, which any subject may have, and what is no rating is bounded as ever."""
    desk = Desk(caps=SMALL)
    desk.event("rating.given", subject, 0, None, id="r", deleted=True)
    for n in range(20):
        desk.event("item.status", subject, n + 1, {"status": "working"}, id=f"s{n}")
    desk.tick(30)
    assert len(judged(desk)) in {12, 13} and set(judged(desk).values()) == {"events"}


@pytest.mark.parametrize("restart", [False, True])
def test_delivered_again_it_is_judged_again(restart: bool) -> None:
    """Also after a restart, and also when a place would be free: one of the three that count was taken back."""
    desk = full()
    if restart:
        desk.restart()
    desk.event("item.moved", "X", 3, None, id="C", deleted=True, revision=1)
    desk.moved("X", 4, "D", id="D")
    desk.tick(6)
    assert (path(desk), judged(desk)) == ("AB", {"D": "moves"})
    assert list(desk.of("intake"))[-1].counts["beyond_cap"] == 2


def test_a_correction_of_what_is_beyond_is_beyond() -> None:
    """It is new to the item, like the event it corrects."""
    desk = full()
    desk.moved("X", 4, "E", id="D", revision=1)
    desk.tick(6)
    assert (path(desk), judged(desk)) == ("ABC", {"D": "moves"})


def test_a_correction_to_something_else_is_taken() -> None:
    """A refused move that turns out to be a status counts as one; the verdict stays, for it is about the move."""
    desk = full()
    desk.event("item.status", "X", 4, {"status": "working"}, id="D", revision=1)
    desk.moved("X", 4, "E", id="D", revision=2)
    desk.tick(6)
    (body,) = desk.of("item")
    assert (path(desk), body.status, judged(desk)) == ("ABC", "working", {"D": "moves"})


def test_a_retraction_of_what_is_beyond_takes_nothing_away() -> None:
    """It is kept like any that comes before its event; brought back, the event is beyond the cap again."""
    desk = full()
    desk.event("item.moved", "X", 4, None, id="D", deleted=True, revision=1)
    desk.moved("X", 4, "D", id="D", revision=2)
    desk.tick(6)
    assert (path(desk), judged(desk)) == ("ABC", {"D": "moves"})


def test_corrections_and_retractions_of_what_is_kept_are_taken() -> None:
    """Another team, another time, gone and not back: what counts can be mended for ever, but takes no place again."""
    desk = full()
    desk.moved("X", 3, "E", id="C", revision=1)
    desk.tick(6)
    assert path(desk) == "ABE"
    desk.event("item.moved", "X", 3, None, id="C", deleted=True, revision=2)
    desk.tick(7)
    assert path(desk) == "AB"
    desk.moved("X", 3, "F", id="C", revision=3)
    desk.tick(8)
    assert (path(desk), judged(desk)) == ("AB", {"C": "moves", "D": "moves"})


def test_a_late_event_beyond_the_cap_does_not_push_out_a_later_one() -> None:
    """The order of arrival decides, not the order of events: nothing that was published is taken away for it."""
    desk = full()
    desk.moved("X", 0, "Z", id="Z")
    desk.tick(6)
    assert (path(desk), judged(desk)) == ("ABC", {"D": "moves", "Z": "moves"})


def test_only_verdicts_go_out_for_what_is_beyond() -> None:
    """A cut of nothing else publishes neither the item nor anything it gives."""
    desk = full()
    desk.moved("X", 5, "E", id="E")
    desk.moved("X", 6, "F", id="F")
    desk.tick(7)
    kinds: list[Any] = [name.split(b"\x1f")[0] for name in desk.sent]
    assert kinds == [b"beyond_cap", b"beyond_cap", b"intake", b"source"]
