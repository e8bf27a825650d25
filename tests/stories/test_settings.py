"""Mistakes people make: every refusal says what is wrong, where, and how to mend it, with an exit code a program can read."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from schemas.errors import RETRY_EXIT, STOP_EXIT
from tests.fixtures.home import Home, home_at
from tests.stories.asking import said

pytestmark = pytest.mark.stack
NOBODY = {"BATON_KAFKA": "127.0.0.1:1", "BATON_CLICKHOUSE": "http://127.0.0.1:2"}


@pytest.fixture
def nowhere(tmp_path: Path) -> Home:
    """A home that nobody ever started."""
    return Home(tmp_path / "home")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home for this module."""
    with home_at(tmp_path_factory.mktemp("settings") / "home") as found:
        found.up()
        yield found


def test_wrong_settings_are_named_all_at_once(nowhere: Home) -> None:
    """Each wrong setting is named with what it holds and what is allowed."""
    told = said(nowhere, "status", env={"BATON_TICK_MS": "100", "BATON_EVENTS_PARTITIONS": "many"})
    assert "tick_ms: Input should be greater than or equal to 250 (got '100')" in told
    assert "events_partitions: Input should be a valid integer" in told and "(got 'many')" in told
    assert "BATON_<NAME>" in told and "`baton doctor` lists every setting" in told


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("horizon = 3", ("horizon: Extra inputs are not permitted (got 3)", "<name> in baton.toml")),
        ("horizon_days 3", ("baton.toml can't be read", "line 1", "one `name = value` a line")),
    ],
)
def test_a_wrong_baton_toml_is_named(nowhere: Home, tmp_path: Path, line: str, words: tuple[str, ...]) -> None:
    """A name that is no setting, and a file that is no TOML, are refused with the place."""
    (tmp_path / "baton.toml").write_text(line)
    told = said(nowhere, "status", folder=tmp_path)
    for word in words:
        assert word in told


@pytest.mark.parametrize(
    "words",
    [("sql", "SELECT 1"), ("wait",), ("verify",), ("rebuild",), ("run", "worker"), ("import", "x.csv", "--mapping", "sample")],
)
def test_a_home_that_does_not_run_says_how_to_start_it(nowhere: Home, words: tuple[str, ...]) -> None:
    """Whatever needs a running home names the home and the command that starts it."""
    told = said(nowhere, *words)
    assert f"the home {nowhere.place} is not running" in told
    assert f"baton up --detach --home {nowhere.place}" in told


def test_status_of_nothing_is_one(nowhere: Home) -> None:
    """Nothing runs: that is an answer, and an exit code a script can use."""
    assert said(nowhere, "status", code=1) == "not running\n"


def test_servers_that_are_away_mean_come_again(nowhere: Home) -> None:
    """A broker or a warehouse that does not answer is named, and the exit code says that later may be better."""
    assert "127.0.0.1:2" in said(nowhere, "sql", "SELECT 1", code=RETRY_EXIT, env=NOBODY)
    assert "broker at 127.0.0.1:1 does not answer" in said(nowhere, "verify", code=RETRY_EXIT, env=NOBODY)
    assert "broker at 127.0.0.1:1 does not answer" in said(nowhere, "wait", "--seconds", "0", code=1, env=NOBODY)
    told = said(nowhere, "sql", "SELECT 1", env=NOBODY | {"BATON_CLICKHOUSE": "localhost"})
    assert "set BATON_CLICKHOUSE to http(s)://host:port" in told


def test_partitions_that_differ_from_the_registry_stop_everything(home: Home) -> None:
    """A partition count other than the topic's is named with both numbers and which of them to change; a home started with
    it does not come up and says why."""
    told = said(home, "topics", "apply", env={"BATON_EVENTS_PARTITIONS": "5"})
    for word in ("baton.events.v1: partitions: expected 5, found 3", "take the number found", "Never add partitions"):
        assert word in told
    home.baton("down")
    told = said(home, "up", "--detach", code=1, env={"BATON_EVENTS_PARTITIONS": "5"})
    assert "expected 5, found 3" in told
    found = home.processes()
    assert (found["prepare"]["state"], found["prepare"]["last_exit"]) == ("stopped", STOP_EXIT)
    assert found["worker"]["state"] == "waiting"
    home.baton("down")
    home.up()
    assert "nothing to do" in home.baton("topics", "apply")


def test_queries_that_write_or_are_wrong_are_refused(home: Home) -> None:
    """`baton sql` writes nothing, and passes on ClickHouse's own reason."""
    refused = said(home, "sql", "INSERT INTO sink_positions VALUES ('x', 0, 1)")
    assert "readonly" in refused.lower() or "read" in refused.lower()
    assert "no_such_column" in said(home, "sql", "SELECT no_such_column FROM items")
    assert '`baton sql "SHOW TABLES"` lists what there is' in said(home, "sql", "SELECT 1 FROM no_such_table")
    assert "items" in home.baton("sql", "SHOW TABLES")
    assert home.rows("SELECT count() FROM sink_positions WHERE topic = 'x'") == [[0]]


def test_up_twice_is_no_mistake(home: Home) -> None:
    """Starting what runs changes nothing and says so."""
    before = {name: process["pid"] for name, process in home.processes().items()}
    assert "already running" in home.baton("up", "--detach")
    assert {name: process["pid"] for name, process in home.processes().items()} == before


def test_a_misspelt_variable_is_named(tmp_path: Path) -> None:
    """A BATON_ variable that is no setting is refused with the name that was meant, not ignored in silence."""
    wrong = "BATON" + "_HORIZN_DAYS"
    told = said(Home(tmp_path / "home", **{wrong: "3"}), "status")
    assert f"{wrong} is no setting" in told and "BATON_HORIZON_DAYS" in told


def test_a_time_zone_nobody_knows_is_refused(tmp_path: Path) -> None:
    """The organisation's time zone becomes a constant of the generation, so it must be one."""
    assert "no such time zone" in said(Home(tmp_path / "home", BATON_TIME_ZONE="Mars/Base"), "status")
