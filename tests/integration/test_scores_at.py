"""``scores_at`` and what goes with it: any past date has from the facts what a log home's stream had written for it."""

import math
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random
from typing import Any

import pytest

from broker.memory_broker import MemoryBroker
from broker.records import LogRecord
from measures import registry
from measures.sql_words import SQL_WORDS
from measures.windows import WINDOWS
from producers.importers.import_log import import_log
from producers.importers.mapping import load
from producers.importers.sample_log import write_log
from schemas.timestamps import DAY_MS, HOUR_MS
from schemas.topics import CONTROL, DEAD_LETTERS, EVENTS
from sinks.clickhouse import ClickHouse, connect
from sinks.migrate import migrate
from sinks.migration_files import read
from tests.fixtures.both_stages import insert, published
from tests.fixtures.made_world import DAYS, STEP, T0, event, events, live_home, log_home
from tests.fixtures.providers import Stack
from tests.oracles.case_logs import BPIC, UCI, case_log
from tests.oracles.folding import NOW, imported

pytestmark = pytest.mark.stack
Real = Callable[[str], Path]
Rows = dict[tuple[Any, ...], tuple[Any, ...]]
"""(scope, parts, refresh, measure, part) → value, n, k, low, high, reason."""
CELLS = "scope, parts, refresh, measure, part, value, n, k, low, high, reason"
SAME = {
    "pair_months": "SELECT * FROM pair_months ORDER BY ALL",
    "pair_totals": "SELECT * FROM pair_totals ORDER BY ALL",
    "team_hours": "SELECT * FROM team_hours ORDER BY ALL",
}


@pytest.fixture(scope="module")
def database(stack: Stack) -> Iterator[Callable[[str], ClickHouse]]:
    """Makes databases of this module with all tables and views; they are dropped at its end."""
    made: list[ClickHouse] = []

    def make(name: str) -> ClickHouse:
        found = connect(stack.clickhouse, stack.user, stack.password, f"scoresat{name}")
        migrate(found, read(), lambda _: None)
        made.append(found)
        return found

    yield make
    for one in made:
        one.execute(f"DROP DATABASE {one.database} SYNC")
        one.close()


@pytest.fixture(scope="module")
def world(database: Callable[[str], ClickHouse]) -> ClickHouse:
    """The made-up world in a log home."""
    found = database("world")
    insert(found, published(log_home(events(Random(5), 260))))
    return found


def told(rows: list[tuple[Any, ...]]) -> Rows:
    """The results of each scope that anything is counted in."""
    scopes = {(scope, tuple(parts), refresh) for scope, parts, refresh, *_, n, _, _, _, _ in rows if n}
    return {
        (scope, tuple(parts), refresh, *named): tuple(cells)
        for scope, parts, refresh, *rest in rows
        if (scope, tuple(parts), refresh) in scopes
        for named, cells in [(rest[:2], rest[2:])]
    }


def at_date(warehouse: ClickHouse, w: int, window: str) -> Rows:
    """What the view says of a date."""
    called = f"scores_at(as_of = fromUnixTimestamp64Milli({w}), window = '{window}')"
    return told(warehouse.rows(f"SELECT {CELLS} FROM {called}"))


def streamed(warehouse: ClickHouse, w: int, window: str) -> Rows:
    """What the stream wrote: of each scope the live row that holds at that end, and the daily one of it."""
    asked = {"w": w, "window": window}
    return told(
        warehouse.rows(
            f"SELECT {CELLS} FROM scores WHERE (scope, parts, window, refresh, window_end) IN ("
            "SELECT scope, parts, window, refresh, max(window_end) FROM score_rows WHERE window = {window:String} "
            "AND toUnixTimestamp64Milli(window_end) <= {w:Int64} AND (refresh = 'live' OR "
            "toUnixTimestamp64Milli(window_end) = {w:Int64}) GROUP BY scope, parts, window, refresh)",
            asked,
        )
    )


def alike(one: tuple[Any, ...] | None, other: tuple[Any, ...] | None) -> bool:
    """Floats to 1e-9, everything else exactly."""
    if one is None or other is None:
        return False
    return all(
        math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-9) if isinstance(a, float) and isinstance(b, float) else a == b
        for a, b in zip(one, other, strict=True)
    )


def differing(view: Rows, stream: Rows) -> list[Any]:
    """Results that are others, or that only one side has."""
    return [
        (key, view.get(key), stream.get(key))
        for key in sorted(view.keys() | stream.keys())
        if not alike(view.get(key), stream.get(key))
    ]


def all_dates(count: int = 6) -> list[tuple[str, int]]:
    """For each window some of its ends within the made-up world; of those of an hour the ends that have ticks."""
    rng = Random(7)
    grids = {window.name: max(window.grid.ms, STEP) for window in WINDOWS}
    return [
        (str(name), T0 + rng.randrange(DAY_MS, DAYS * DAY_MS) // ms * ms) for name, ms in grids.items() for _ in range(count)
    ]


def test_any_date_has_what_the_stream_wrote(world: ClickHouse) -> None:
    """Of every scope, window and measure, value, n, k, interval and reason are those of the row at that date."""
    measures: set[str] = set()
    scopes: set[str] = set()
    for window, w in all_dates():
        view, stream = at_date(world, w, window), streamed(world, w, window)
        assert differing(view, stream) == [], (window, w)
        measures |= {key[3] for key, cells in view.items() if cells[1]}
        scopes |= {key[0] for key in view}
    assert scopes == {"pair", "both", "route", "source"}
    # What a home without late, wrong or agreed events never counts.
    rare = {"corrected", "retracted", "stale", "too_late", "beyond_cap", "self_rating", "released", "duplicate", "late"}
    assert {m.name for m in registry.MEASURES} - measures <= rare | {"future"} | {
        m.name for m in registry.MEASURES if m.name.startswith("team_")
    }


CHANGED = {
    "a return takes its first pass away from the beginning": (
        "if(ifNull(returned < then, 0), returned, NULL),\n                    if(ifNull(passed",
        "returned,\n                    if(ifNull(passed",
    ),
    "work that came later tells of passing on": (
        "ifNull(passed < then AND until >= then, 0), passed, NULL)",
        "0, passed, NULL)",
    ),
    "what work after the end told is known at once": ("offer.1 < then AND ifNull(told_at < then, 1)", "offer.1 < then"),
    "the path goes on after the date": ("arrayCount(at -> at < then, path_at) + 1", "length(path_at) + 1"),
}


@pytest.mark.parametrize("change", CHANGED)
def test_another_reading_of_a_date_shows(world: ClickHouse, change: str) -> None:
    """Negative control: a view that uses what happened later gives other results at some date."""
    *_, view = [s for m in read() for s in m.statements if s.startswith("CREATE OR REPLACE VIEW scores_at\n")]
    right, wrong = CHANGED[change]
    assert view.count(right) == 1
    world.execute(view.replace(right, wrong))
    try:
        shows = any(differing(at_date(world, w, window), streamed(world, w, window)) for window, w in reversed(all_dates()))
    finally:
        world.execute(view)
    assert shows


def test_the_views_hold_the_registrys_text() -> None:
    """Whoever changes a measure must make the views anew: the newest ones hold its words."""
    newest = {s.split("\n", 1)[0].rpartition(" ")[2]: s for m in read() for s in m.statements if s.startswith("CREATE OR R")}
    kinds = [("pair", "live"), ("pair", "daily"), ("both", "live"), ("source", "live")]
    held = {"scores_at": kinds, "pair_months": kinds[:2], "pair_totals": kinds[:1]}
    for view, wanted in held.items():
        text = " ".join(newest[view].split())
        assert all(" ".join(registry.sql(*kind).split()) in text for kind in wanted), view
        assert " ".join(SQL_WORDS.split()) in text


def test_handoffs_as_they_stood(world: ClickHouse) -> None:
    """Long after everything ``handoffs_at`` says of each handoff what its fact says."""
    columns = "item, handoff, supplier, customer, state, offers, loops, first_pass, complete_accurate, due_changes, "
    columns += "rework_minutes, void, acceptance_at, first_decision_at, offered_at, accepted_at, returned_at, passed_on_at"
    called = "handoffs_at(as_of = '2100-01-01', since = '2000-01-01', until = '2100-01-01')"
    then = world.rows(f"SELECT {columns} FROM {called} ORDER BY item, handoff")
    assert then == world.rows(f"SELECT {columns} FROM handoffs ORDER BY item, handoff")
    assert len(then) > 300


def test_months_are_the_sums_of_entries(world: ClickHouse) -> None:
    """``pair_months`` counts in each month what ``handoff_entries`` gives it, and in all of them ``pair_totals``."""
    entries = world.rows(
        "SELECT supplier, customer, toStartOfMonth(at) AS month, sumIf(amount, field = 'dec'), sumIf(amount, field = 'pass') "
        "FROM handoff_entries GROUP BY ALL HAVING sumIf(amount, field = 'dec') > 0 ORDER BY ALL"
    )
    months = world.rows("SELECT supplier, customer, month, n, k FROM pair_months WHERE measure = 'fpy' AND n > 0 ORDER BY ALL")
    assert months == entries
    totals = world.rows(
        "SELECT sum(decided), sum(first_passes), sum(handoffs), sum(returns), sum(redeliveries) FROM pair_totals"
    )
    assert totals == world.rows(
        "SELECT countIf(first_decision_at IS NOT NULL), countIf(ifNull(first_pass, 0)), countIf(offers > 0), sum(loops), "
        "sum(greatest(offers, 1) - 1) FROM handoffs WHERE NOT void"
    )
    assert world.rows("SELECT count() > 3 FROM pair_months WHERE measure = 'rating' AND part = ''") == [(1,)]


def test_months_are_those_of_the_homes_time_zone(world: ClickHouse) -> None:
    """What happens in the last hours of a UTC month is in the next one where clocks are ahead, once the home has told its
    time zone; without that months are those of UTC."""
    query = "SELECT month, sum(sums['offers']) FROM pair_sums GROUP BY month ORDER BY month"
    utc = world.rows(query)
    world.execute("INSERT INTO generation_zones (generation, time_zone) VALUES (1, 'Pacific/Auckland')")
    try:
        there = world.rows(query)
    finally:
        world.execute("TRUNCATE TABLE generation_zones")
    assert there != utc and sum(n for _, n in there) == sum(n for _, n in utc)
    assert there == world.rows(
        "SELECT toStartOfMonth(at, 'Pacific/Auckland') AS month, sum(amount) FROM handoff_entries WHERE field = 'offers' "
        "GROUP BY month ORDER BY month"
    )


def test_hours_of_teams(world: ClickHouse) -> None:
    """``team_hours`` adds up the items' milliseconds."""
    hours = world.rows("SELECT sum(touch_hours), sum(queue_hours) FROM team_hours")[0]
    ms = world.rows("SELECT sum(arraySum(mapValues(touch_ms))), sum(arraySum(mapValues(queue_ms))) FROM items")[0]
    assert hours == pytest.approx([one / HOUR_MS for one in ms]) and min(ms) > 0


def test_what_a_past_date_knows_too_early(database: Callable[[str], ClickHouse]) -> None:
    """Two exceptions of metrics 1.8: one handoff event takes away what moves had implied before it, and a rejection that names
    its own team the offer of the move before; at a date between the stream had them, and nothing else differs."""
    home = database("hindsight")
    first, later, date = T0 + HOUR_MS, T0 + 3 * DAY_MS, T0 + 2 * DAY_MS
    offer = {"handoff": "h", "supplier": "Ops", "customer": "Net", "deliverable": "fix"}
    made = [
        event("item.moved", first, "mixed", 1, {"to": "Ops"}),
        event("item.moved", first, "way-back", 1, {"to": "Dev"}),
        event("item.moved", first, "plain", 1, {"to": "Net"}),
        event("item.moved", first + 1, "mixed", 2, {"to": "Net"}),
        event("item.moved", first + 1, "way-back", 2, {"to": "Ops"}),
        event("item.moved", first + 1, "plain", 2, {"to": "Dev"}),
        event("item.status", first + 2, "way-back", 3, {"status": "working"}),
        event("item.moved", first + 3, "way-back", 4, {"to": "Dev"}),
        event("handoff.offered", later, "mixed", 3, offer),
        event("item.status", later, "way-back", 5, {"status": "returned", "to": "Dev"}),
    ]
    insert(home, published(log_home(made)))
    found = differing(at_date(home, date, "7d"), streamed(home, date, "7d"))
    assert {(key[0], key[1]) for key, _, _ in found} == {("pair", ("Ops", "Net")), ("pair", ("Ops", "Dev"))}
    assert {view for _, view, _ in found} == {None}
    assert ("pair", ("Net", "Dev"), "live", "unknown_due", "") in at_date(home, date, "7d")


def same_in_both(log: ClickHouse, live: ClickHouse, ends: list[tuple[str, int]]) -> None:
    """The two homes say the same; of arrivals each its own."""
    compared = 0
    for window, w in ends:
        one, other = ({k: v for k, v in at_date(home, w, window).items() if k[0] != "source"} for home in (log, live))
        assert differing(one, other) == [], (window, w)
        compared += len(one)
    assert compared > 100
    for query in SAME.values():
        assert (found := log.rows(query)) and found == live.rows(query)


def without_ratings(made: list[Any]) -> list[Any]:
    """Ratings left out: they are released when they arrive."""
    return [one for one in made if " > " not in one[1]]


def test_a_log_home_and_a_live_home_say_the_same(database: Callable[[str], ClickHouse]) -> None:
    """The same history in its own time, and as a backfill in any order years later: the same scores at any date, months,
    totals and hours."""
    made = without_ratings(events(Random(8), 160))
    log, live = database("log"), database("live")
    insert(log, published(log_home(made), scores=False))
    insert(live, published(live_home(made, Random(1), NOW), scores=False))
    same_in_both(log, live, all_dates(2))
    *_, view = [s for m in read() for s in m.statements if s.startswith("CREATE OR REPLACE VIEW pair_sums\n")]
    # Negative control: what was due after the log's end is missed in the live home alone.
    for home in (log, live):
        home.execute(view.replace("if(ifNull(due_at > newest, 0), 'future', sla)", "sla"))
    assert log.rows(SAME["pair_months"]) != live.rows(SAME["pair_months"])


def replayed(files: list[tuple[Path, str]]) -> list[LogRecord]:
    """Logs imported into a log home one after the other, as its only events partition has them."""
    log = MemoryBroker({EVENTS: 1, DEAD_LETTERS: 1, CONTROL: 1}, lambda: NOW)
    for path, mapping in files:
        import_log(path, load(mapping), log, replay=True, now=lambda: NOW)
    return [LogRecord(r.offset, r.timestamp, r.key or b"", r.value or b"") for r in log.topics[EVENTS][0]]


def backfilled(path: Path, mapping: str) -> list[LogRecord]:
    """A log imported into a live home."""
    log = imported([path], load(mapping))
    ordered = [r for part in log.topics[EVENTS] for r in part]
    events_, (tick, *_) = [r for r in ordered if r.key != b"clock"], [r for r in ordered if r.key == b"clock"]
    return [LogRecord(n, r.timestamp, r.key or b"", r.value or b"") for n, r in enumerate([*events_, tick])]


def test_an_imported_log_says_the_same_in_both(database: Callable[[str], ClickHouse], tmp_path: Path) -> None:
    """A CSV log replayed and backfilled: the same scores at its own dates, months, totals and hours."""
    path = tmp_path / "sample.csv"
    write_log(path, 500, seed=3)
    log, live = database("samplelog"), database("samplelive")
    insert(log, published(replayed([(path, "sample")]), scores=False))
    insert(live, published(backfilled(path, "sample"), scores=False))
    ((middle, last),) = log.rows(
        "SELECT toUnixTimestamp64Milli(median(opened_at)), toUnixTimestamp64Milli(max(last_event_at)) FROM items"
    )
    same_in_both(log, live, [("30d", last // DAY_MS * DAY_MS), ("7d", middle), ("24h", middle + DAY_MS)])


@pytest.mark.real
def test_real_logs_have_at_any_date_what_the_stream_wrote(
    database: Callable[[str], ClickHouse], real_logs: Real, tmp_path: Path
) -> None:
    """Two real logs in a log home, BPIC 2013 and a tenth of UCI 498: no result differs at dates of its ticks."""
    home = database("real")
    uci = case_log(real_logs(UCI))
    part = uci.write(tmp_path / "uci", uci.cases[: len(uci.cases) // 10])
    insert(home, published(replayed([(real_logs(BPIC), "bpic-2013"), (part, "uci-498")])))
    rng, compared = Random(2), 0
    for window in WINDOWS:
        ends = [
            w
            for (w,) in home.rows(
                "SELECT DISTINCT toUnixTimestamp64Milli(window_end) AS end FROM score_rows WHERE window = {window:String} "
                "AND refresh = 'live' AND scope != 'source' AND w = window_end ORDER BY end",
                {"window": window.name},
            )
        ]
        for w in rng.sample(ends, 4):
            view = at_date(home, w, window.name)
            assert differing(view, streamed(home, w, window.name)) == [], (window.name, w)
            compared += len(view)
    assert compared > 10_000
