"""Who is in trouble and who is not, when it is everybody, and that names made up without end take no memory."""

from random import Random

import pytest

from schemas.errors import Park, Stop
from streams.engine.dead_letter_limit import RECOVERED, WINDOW, DeadLetterLimit
from streams.engine.parked_sources import (
    MOST_IN_TROUBLE,
    MOST_SOURCES,
    QUIET_MS,
    Bucket,
    ParkedSources,
    Trouble,
    report,
)

RUN = 500
LIMIT = DeadLetterLimit(0.5, RUN)
AHEAD = Park("too_far_ahead", "time: more than 400 days after the record arrived")


def opened(witnesses: int = 2) -> ParkedSources:
    """A partition's count that has seen nothing."""
    return ParkedSources(LIMIT, "baton.events.v1", 3, witnesses)


def park(sources: ParkedSources, source: str, records: int, at_ms: int = 0) -> None:
    """So many parked records of a source in a row."""
    for _ in range(records):
        sources.park(source, AHEAD, at_ms)


def senders(sources: ParkedSources) -> set[object]:
    """Who is in trouble."""
    return {trouble.sender for trouble in sources.troubles}


@pytest.mark.guard("one source")
def test_one_source_alone_stops_nobody() -> None:
    """However much of one source is parked, also where nobody else ever sends: it is named at its limit, counted, no more."""
    sources = opened()
    park(sources, "import/2150", RUN - 1)
    assert sources.troubles == []
    park(sources, "import/2150", 1)
    assert sources.troubles == [Trouble("import/2150", RUN, AHEAD.reason, AHEAD.detail)]
    park(sources, "import/2150", 3000)
    assert (senders(sources), sources.counters["source_in_trouble"]) == ({"import/2150"}, 1)


@pytest.mark.guard("one source")
def test_what_others_send_does_not_hide_it() -> None:
    """Mixed with usable records of another source, one that is parked is in trouble at its own limit, and the other is not."""
    sources = opened()
    for _ in range(RUN):
        sources.use({"desk": 3})
        sources.park("import/2150", AHEAD, 0)
    assert senders(sources) == {"import/2150"}


def test_a_source_that_is_mostly_parked_is_in_trouble_too() -> None:
    """By the share of its own block, where usable ones stand between; at the share itself it is not."""
    above, at = opened(), opened()
    for _ in range(WINDOW // 20):
        for sources, bad in ((above, 11), (at, 10)):
            sources.use({"s": 20 - bad})
            park(sources, "s", bad)
    assert (senders(above), senders(at)) == ({"s"}, set())


@pytest.mark.guard("one source")
def test_everybody_refused_stops() -> None:
    """Where two sources send and both are refused from the start it stops, and names both, the last reason and the way on."""
    sources = opened()
    for _ in range(RUN - 1):
        park(sources, "a", 1)
        park(sources, "b", 1)
    park(sources, "a", 1)
    with pytest.raises(Stop) as stop:
        sources.park("b", Park("unknown_version", "type: version v2"), 0)
    assert "dead-letter limit reached in baton.events.v1 partition 3: whoever writes there is refused" in stop.value.problem
    assert "source 'a': 500 records" in stop.value.problem and "source 'b': 500 records" in stop.value.problem
    assert "the last for unknown_version: type: version v2" in stop.value.problem
    assert "BATON_DEAD_LETTER_RUN" in stop.value.mend and "baton rebuild" in stop.value.mend


@pytest.mark.control("one source")
def test_one_who_is_used_keeps_it_going_until_refused_as_well() -> None:
    """Negative control: with a third source, of which one record was used, the same stops nothing; when that one is refused
    as well, it does."""
    sources = opened()
    sources.use({"desk": 1})
    for _ in range(10 * RUN):
        park(sources, "a", 1)
        park(sources, "b", 1)
    assert senders(sources) == {"a", "b"}
    for _ in range(RUN - 1):
        park(sources, "a", 1)
        park(sources, "desk", 1)
    with pytest.raises(Stop):
        sources.park("desk", AHEAD, 0)


@pytest.mark.guard("one source")
def test_imports_that_follow_each_other_are_not_everybody() -> None:
    """Ten sources in a row, each refused whole, where nothing else was ever sent: all are named and nothing stops."""
    sources = opened()
    for n in range(10):
        park(sources, f"import/{n}", RUN)
    assert senders(sources) == {f"import/{n}" for n in range(10)}


def test_where_only_baton_writes_one_is_everybody() -> None:
    """Of contributions a single writer is known: mostly parked, they stop the worker."""
    sources = opened(witnesses=1)
    sources.use({"baton.events.v1": 10_000})
    park(sources, "baton.events.v1", RUN - 1)
    with pytest.raises(Stop):
        sources.park("baton.events.v1", AHEAD, 0)


def test_what_has_no_readable_source_is_one_bucket() -> None:
    """Garbage in a row is named and stops nothing, also beside a refused source; some of it among what others send is no
    trouble."""
    sources = opened()
    park(sources, "", RUN)
    park(sources, "a", RUN)
    assert senders(sources) == {Bucket.UNREADABLE, "a"}
    busy = opened()
    for _ in range(2 * RUN):
        park(busy, "", 1)
        busy.use({"desk": 2})
    assert senders(busy) == set()


def test_a_source_recovers() -> None:
    """So many usable records in a row, or an hour without a parked one, are the end of it; one less, or a minute, is not."""
    sources = opened()
    sources.use({"desk": 1})
    park(sources, "a", RUN, at_ms=1_000)
    sources.use({"a": RECOVERED - 1})
    sources.pass_time(1_000 + QUIET_MS)
    assert senders(sources) == {"a"}
    sources.use({"a": 1})
    assert senders(sources) == set()
    park(sources, "a", RUN, at_ms=2_000)
    park(sources, "", RUN, at_ms=2_000)
    assert senders(sources) == {"a", Bucket.UNREADABLE}
    sources.pass_time(2_001 + QUIET_MS)
    assert senders(sources) == set()


def size(sources: ParkedSources) -> int:
    """How many names are kept."""
    return len(sources._parked) + len(sources._in_trouble) + len(sources._used)


@pytest.mark.guard("one source")
def test_names_made_up_without_end_take_no_memory_and_are_named() -> None:
    """A hundred thousand sources of one parked record each, and as many that are used, each with a name as long as may be: so
    many are kept as are told apart, the flood is in trouble as one, and nothing stops."""
    sources = opened()
    for n in range(100_000):
        sources.park(f"{n}-" + "x" * 1_000_000, AHEAD, 0) if n % 1000 == 0 else sources.park(f"{n}", AHEAD, 0)
    assert senders(sources) == {Bucket.OTHERS}
    assert all(len(name) <= 200 for name in sources._parked)
    for n in range(100_000):
        sources.use({f"used {n}": 1})
    assert size(sources) == 2 * MOST_SOURCES


def test_sources_in_trouble_without_end_take_no_memory() -> None:
    """Beyond what is told apart the one that was silent for longest is counted among the others."""
    sources = opened()
    sources.use({"desk": 1})
    for n in range(MOST_IN_TROUBLE + 50):
        park(sources, f"s{n}", RUN)
    assert senders(sources) == {f"s{n}" for n in range(50, MOST_IN_TROUBLE + 50)} | {Bucket.OTHERS}


def test_a_real_source_is_seen_within_a_flood_of_names() -> None:
    """It keeps its own count as long as it is among those that were parked last."""
    sources, rng = opened(), Random(1)
    for n in range(RUN):
        park(sources, "import/2150", 1)
        for _ in range(rng.randrange(5)):
            park(sources, f"{n} {rng.random()}", 1)
    assert "import/2150" in senders(sources)


def test_the_report_puts_partitions_together() -> None:
    """A line a sender, the most parked first, with the last reason, quoted name and what to do; never more than some lines."""
    one, other = Trouble("a\n\x1b[1m", 500, "too_far_ahead", "time: x"), Trouble(Bucket.UNREADABLE, 700, "invalid_json", "y")
    lines = report({0: [one], 1: [one, other], 2: []}).splitlines()
    assert lines[0] == "source 'a\\n\\x1b[1m': 1,000 records parked, the last for too_far_ahead: time: x"
    assert lines[1] == "records whose source can't be read: 700 records parked, the last for invalid_json: y"
    assert "`baton status` prints the query" in lines[2] and "mend" in lines[2] and len(lines) == 3
    many = report({0: [Trouble(f"s{n}", n, "bad_row", "") for n in range(9)]}).splitlines()
    assert (len(many), many[5]) == (7, "and 4 more")
    assert report({0: [], 1: []}) == ""
