"""A home whose time is history's own: a log replayed with its ticks, twice, and the refusals that keep the two times apart."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TypeAlias

import pytest
from kafka import KafkaProducer

from producers.importers.sample_log import write_log
from schemas.event_codec import make
from schemas.topics import EVENTS
from tests.fixtures.home import Home, home_at
from tests.stories.asking import said

pytestmark = pytest.mark.stack
TICKETS = 400
MOVED, EPOCH_MS = "baton.item.moved.v1", 1_600_000_000_000
FACTS = "SELECT item, path, reassignments, reopens, status, opened_at, closed_at, events FROM items ORDER BY item"


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample log."""
    path = tmp_path_factory.mktemp("log") / "sample.csv"
    write_log(path, TICKETS, seed=5)
    return path


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A log home for this module."""
    with home_at(tmp_path_factory.mktemp("history") / "home", BATON_TIME="log") as found:
        found.up()
        yield found


def test_history_is_replayed_in_its_own_time(home: Home, log: Path) -> None:
    """After the import every ticket is there as of its log's end, W stands where history ends and no clock runs; imported
    again, nothing has changed; and `baton verify` agrees."""
    assert "clock" not in home.processes()
    told = home.baton("import", str(log), "--mapping", "sample", "--replay")
    assert "acknowledged by the broker" in told
    home.wait()
    items = home.rows(FACTS)
    assert len(items) == TICKETS
    assert home.rows("SELECT count() FROM items WHERE status = 'closed' AND length(path) > 0") == [[TICKETS]]
    behind, ends = home.rows(
        "SELECT (SELECT max(last_event_at) FROM items) < w, (SELECT max(last_event_at) FROM items) + INTERVAL 5 MINUTE >= w "
        "FROM as_of"
    )[0]
    assert behind and ends
    home.baton("import", str(log), "--mapping", "sample")
    home.wait()
    assert home.rows(FACTS) == items
    assert f"{TICKETS} work items from 2026-01-05" in home.baton("report")
    assert home.rows("SELECT generation, time_zone FROM generation_zones") == [[1, "UTC"]]
    home.verify()


def test_what_another_program_writes_waits_for_an_imports_tick(home: Home, log: Path, tmp_path: Path) -> None:
    """No clock runs: its event, and names of teams, count from the next import on, and that is said wherever one waits."""
    key = b"FOREIGN-1"
    event = make(MOVED, id="1", source="other", subject=key.decode(), time_ms=EPOCH_MS, body={"to": "Desk"})
    with closing(KafkaProducer(bootstrap_servers=home.address("broker"), acks="all")) as producer:
        producer.send(EVENTS, key=key, value=event).get(60)
    names = tmp_path / "teams.yaml"
    names.write_text("teams:\n  - team: Desk\n    aliases: [Front Desk]\n")
    assert "holds from the next `baton import` on" in home.baton("teams", "apply", str(names))
    told = said(home, "wait", code=1)
    assert "no tick stands behind its last 1 records yet" in told and "the next `baton import` brings the tick" in told
    assert "worker" not in told
    assert "WAITS 1 records count nowhere yet" in home.baton("status")
    assert "the next `baton import` brings the tick" in home.verify(fine=(3,))
    told = said(home, "down", code=0)
    assert "the next `baton import` brings the tick" in told and "`baton up` reads it" not in told
    home.up()
    home.baton("import", str(log), "--mapping", "sample")
    home.wait()
    assert home.rows("SELECT path FROM items WHERE item = 'FOREIGN-1'") == [[["Desk"]]]
    home.verify()


def test_the_two_times_are_kept_apart(home: Home) -> None:
    """A clock in a log home is refused, and a log home has none to start."""
    assert "`baton import` brings the ticks" in said(home, "run", "clock")
    assert "there is no process 'clock' in this home" in said(
        home, "up", "--only", "clock", env={"BATON_HOME": str(home.place.parent / "another")}
    )


Words: TypeAlias = tuple[tuple[str, ...], ...]
CONTRADICTED: Words = (
    *(("status",), ("wait",), ("verify",), ("doctor",), ("prepare",), ("rebuild",), ("simulate",), ("topics", "apply")),
    *(("run", "clock"), ("run", "worker"), ("run", "scores"), ("run", "sink"), ("agreements", "list"), ("teams", "list")),
)
"""Commands that ask the broker."""
NO_TICKS = ", 0 ticks"
REFUSED = "time: BATON_TIME in the environment says 'live', the installation's record 'log'"


def without_the_variable(home: Home, **env: str) -> Home:
    """The same home, as it is met in a shell where BATON_TIME was not set."""
    found = Home(home.place, **env)
    found.env.pop("BATON_TIME", None)
    return found


@pytest.mark.guard("recorded settings")
def test_a_variable_that_is_forgotten_changes_nothing(tmp_path: Path, log: Path) -> None:
    """Once a home is made with BATON_TIME=log, everything without the variable goes by its record: the import replays with
    ticks, the wait for it returns, every ticket is there, and the next start has no clock either."""
    with home_at(tmp_path / "home", BATON_TIME="log") as made:
        made.up()
        home = without_the_variable(made)
        assert NO_TICKS not in home.baton("import", str(log), "--mapping", "sample")
        home.wait()
        assert home.rows("SELECT count() FROM items WHERE status = 'closed'") == [[TICKETS]]
        home.verify()
        home.baton("down")
        home.up()
        assert "clock" not in home.processes()
        assert ["BATON_TIME", "log"] in [line.split()[:2] for line in home.baton("doctor").splitlines()]


@pytest.mark.guard("recorded settings")
def test_a_setting_that_contradicts_the_record_is_refused_by_every_command(home: Home, log: Path) -> None:
    """In the home and from outside, where the record on the broker is all there is, each command says the same and does
    nothing; what needs no broker refuses in the home, also when it is stopped; and the end of it is never refused."""
    live = {"BATON_TIME": "live"}
    servers = {"BATON_KAFKA": home.address("broker"), "BATON_CLICKHOUSE": home.address("warehouse")}
    outside = without_the_variable(Home(home.place.parent / "outside"), **servers)
    importing = ("import", str(log), "--mapping", "sample")
    for words in (*CONTRADICTED, importing, ("up", "--detach")):
        for where in (home, outside):
            assert REFUSED in said(where, *words, env=live), words
    without_broker: Words = (("sql", "SELECT 1"), ("migrate",), ("topics", "list"), ("teams", "check", str(log)))
    for words in without_broker:
        assert REFUSED in said(home, *words, env=live), words
    home.baton("down")
    for name in ("up", "status", "doctor"):
        assert REFUSED in said(home, name, env=live)
    assert "needs time = live" in said(home, "demo", "--home", str(home.place))
    said(home, "down", code=0, env=live)
    home.up()


@pytest.mark.guard("recorded settings")
def test_from_outside_the_record_decides(home: Home, log: Path) -> None:
    """Another home on the same servers, without a file of its own and without the variable, imports with ticks."""
    servers = {"BATON_KAFKA": home.address("broker"), "BATON_CLICKHOUSE": home.address("warehouse")}
    outside = without_the_variable(Home(home.place.parent / "guest"), **servers)
    assert NO_TICKS not in outside.baton("import", str(log), "--mapping", "sample")
    outside.wait()
    assert outside.rows("SELECT count() FROM items WHERE item NOT LIKE 'FOREIGN%'") == [[TICKETS]]


@pytest.mark.control("recorded settings")
def test_without_a_record_the_variable_decides(tmp_path: Path, log: Path) -> None:
    """Negative control: on a broker that holds no record nobody knows, and a forgotten variable is asked for; said, it is
    what is done: live brings no tick, so the test above can tell."""
    with home_at(tmp_path / "servers") as servers:
        servers.up("broker")
        kafka = {"BATON_KAFKA": servers.address("broker")}
        guest = without_the_variable(Home(tmp_path / "guest"), **kafka)
        guest.baton("topics", "apply")
        importing = ("import", str(log), "--mapping", "sample")
        assert "say it with BATON_TIME" in said(guest, *importing)
        assert NO_TICKS in said(guest, *importing, code=0, env={"BATON_TIME": "live"})
