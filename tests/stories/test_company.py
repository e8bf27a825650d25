"""A simulated company through the whole installation: its handoffs, its noise and its agreements as ClickHouse shows them."""

import json
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from producers.simulator.company import PING, PONG
from producers.simulator.event_json import SOURCE, rfc3339
from producers.simulator.plan import SimulationPlan
from producers.simulator.simulation import Simulation
from schemas.fields import from_ms
from schemas.timestamps import DAY_MS
from tests.fixtures.home import Home, home_at
from tests.fixtures.questions import questions
from tests.stories.asking import said

pytestmark = pytest.mark.stack
END = (int(time.time()) // 86_400) * DAY_MS
"""Last midnight: what is simulated lies in the past, and most of it in every window of 30 days."""
DAYS, PER_DAY, TEAMS, SEED = 14, 300, 12, 3
WORDS = ("--until", rfc3339(END), "--days", str(DAYS), "--per-day", str(PER_DAY), "--teams", str(TEAMS), "--seed", str(SEED))
PAIRS = """
SELECT supplier, customer, count() FROM handoffs WHERE NOT implicit AND offers > 0 GROUP BY ALL ORDER BY ALL
"""


def surviving() -> list[dict[str, Any]]:
    """The events of the plan that had arrived by its end, the newest revision of each, retracted ones left out."""
    newest: dict[tuple[str, str], dict[str, Any]] = {}
    for one in Simulation(SimulationPlan(SEED, END - DAYS * DAY_MS, END, TEAMS, PER_DAY)).until(END):
        event = json.loads(one.value)
        key = event["subject"], event["id"]
        if event.get("revision", 0) >= newest.get(key, {}).get("revision", 0):
            newest[key] = event
    return [event for event in newest.values() if not event.get("deleted")]


def offered(events: list[dict[str, Any]]) -> list[list[Any]]:
    """How many handoffs each pair was offered, counted from the script alone."""
    parties = {
        (event["subject"], event["data"]["handoff"]): (event["data"]["supplier"], event["data"]["customer"])
        for event in events
        if event["type"] == "baton.handoff.offered.v1"
    }
    return [[*pair, count] for pair, count in sorted(Counter(parties.values()).items())]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home in which the company's history was simulated."""
    with home_at(tmp_path_factory.mktemp("company") / "home") as found:
        found.up()
        told = found.baton("simulate", *WORDS)
        assert f"simulated {TEAMS} teams ({SOURCE}/…)" in told and "duplicated" in told
        found.wait()
        yield found


def test_every_pair_is_there_with_its_handoffs(home: Home) -> None:
    """Per pair as many explicit handoffs as the script offered, whatever came twice, late, wrong or was taken back."""
    expected = offered(surviving())
    assert len(expected) > 20
    assert home.rows(PAIRS) == expected


def test_pairs_have_scores_with_their_n(home: Home) -> None:
    """Within the wait the current windows have rows for the busy pairs, whose n is the facts' own."""
    found = home.rows(
        "SELECT supplier, customer, decided, fpy FROM scores_now WHERE window = '30d' AND decided >= 5 ORDER BY decided DESC"
    )
    assert len(found) > 5
    for supplier, customer, decided, fpy in found[:5]:
        counted = home.rows(
            "SELECT count(), countIf(first_pass) FROM handoffs, score_as_of AS a WHERE NOT void "
            f"AND supplier = '{supplier}' AND customer = '{customer}' AND first_decision_at < a.w "
            "AND first_decision_at >= toStartOfDay(a.w) + INTERVAL 1 DAY - INTERVAL 30 DAY"
        )
        assert [[int(decided), fpy]] == [[int(n), k / n] for n, k in counted]


def test_every_question_has_an_answer(home: Home) -> None:
    """Each query of docs/questions.md runs as it stands, as a reader, and has rows; so has the report."""
    for question in questions():
        assert home.baton("sql", question.query, "--format", "TSV").strip(), question.title
    assert f"{PING} and {PONG}" in (told := home.baton("report")) or f"{PONG} and {PING}" in told


def test_who_plays_ping_pong(home: Home) -> None:
    """The two that send work back and forth do so far more often than any others."""
    (first, second) = home.rows(
        "SELECT parts, toInt32(k) FROM scores_current WHERE scope = 'both' AND window = '30d' AND measure = 'ping_pong_rate' "
        "ORDER BY k DESC LIMIT 2"
    )
    assert set(first[0]) == {PING, PONG} and first[1] > 2 * second[1]


def test_the_sources_say_that_it_is_simulated(home: Home) -> None:
    """Every event's source begins so, agreements included."""
    told = home.rows("SELECT DISTINCT source FROM raw_events WHERE type = 'baton.agreement.set.v1'")
    assert told == [[f"{SOURCE}/agreements"]]
    assert home.rows(f"SELECT count() FROM events WHERE NOT startsWith(source, '{SOURCE}/')") == [[0]]
    assert home.rows("SELECT uniqExact(source) FROM events") == [[4]]


def test_agreements_give_due_times(home: Home) -> None:
    """Some handoffs without a due of their own have one by agreement."""
    ((by_agreement,),) = home.rows("SELECT count() FROM handoffs WHERE due_from = 'agreement'")
    assert int(by_agreement) > 10
    assert "Marketing > Sales from " in home.baton("agreements", "list")


def test_the_same_run_again_changes_nothing(home: Home) -> None:
    """Simulated once more up to the same moment, no fact has another content and no agreement is requested."""
    query = "SELECT * EXCEPT (version, w, partition) FROM handoffs ORDER BY item, source, id"
    before = home.rows(query)
    assert "0 agreements applied" in home.baton("simulate", *WORDS)
    home.wait()
    assert home.rows(query) == before


def test_agreements_from_a_file(home: Home, tmp_path: Path) -> None:
    """A new agreement changes what is due, the same file again changes nothing, a mistake is named with its line, and what is
    taken back is gone."""
    file = tmp_path / "mine.yaml"
    first_day = f"{from_ms(END - (DAYS + 1) * DAY_MS):%Y-%m-%d}"
    text = (
        f"supplier: IT\ncustomer: Sales\nvalid_from: {first_day}\ndeliverables:\n  - deliverable: access\n    sla_hours: 1\n"
    )
    file.write_text(text)
    agreed = "supplier = 'IT' AND customer = 'Sales' AND due_from = 'agreement'"
    due = f"SELECT sum(toUnixTimestamp64Milli(due_at)) FROM handoffs WHERE {agreed}"
    ((before,),) = home.rows(due)
    assert f"new: IT > Sales from {first_day}: access within 1 h" in home.baton("agreements", "apply", str(file))
    assert "0 changed, 1 as they were" in home.baton("agreements", "apply", str(file))
    home.wait()
    home.until(lambda: home.rows(due) != [[before]], "other due times by the new agreement")
    assert "line 6: deliverables.0.sla_hours" in said(home, "agreements", "apply", str(_wrong(file, text)))
    assert "retracted: IT > Sales" in home.baton("agreements", "retract", "IT", "Sales", first_day)
    assert f"IT > Sales from {first_day}" not in home.baton("agreements", "list")
    home.until(lambda: home.rows(due) == [[before]], "the due times of before")


def _wrong(file: Path, text: str) -> Path:
    file.write_text(text.replace("sla_hours: 1", "sla_hours: soon"))
    return file


def test_live_goes_on_until_stopped(home: Home) -> None:
    """With --live events come in the present until the command is told to end, which it does well."""
    count = f"SELECT count() FROM events WHERE time > now64() - INTERVAL 1 HOUR AND startsWith(source, '{SOURCE}')"
    child = home.start("baton.main", "simulate", "--days", "0", "--live", "--rate", "20", "--teams", str(TEAMS))
    home.until(lambda: int(home.rows(count)[0][0]) > 0, "events of the present")
    ((before,),) = home.rows(count)
    home.until(lambda: int(home.rows(count)[0][0]) > int(before), "more of them")
    child.send_signal(signal.SIGINT)
    assert child.wait(300) == 0


def test_every_process_killed_in_turn(home: Home) -> None:
    """While the company works in the present, kill -9 of every process of the stack, one by one: afterwards every fact
    and every score is what `baton verify` computes again, duplicates, corrections and retractions among the events."""
    child = home.start("baton.main", "simulate", "--days", "0", "--live", "--rate", "20", "--teams", str(TEAMS))
    for name in (p for p in home.processes() if p != "prepare"):
        before = home.processes()[name]["pid"]
        home.kill(name)
        home.until(lambda: home.processes()[name]["pid"] not in (None, before), f"{name} runs again")  # noqa: B023  # called here
    child.send_signal(signal.SIGINT)
    assert child.wait(300) == 0
    home.wait()
    assert "0 differences" in home.verify()


def test_history_brings_its_own_time(tmp_path: Path) -> None:
    """In a home without clock the company's history brings its ticks and its agreements, so that every past hour has scores;
    --live is refused there."""
    with home_at(tmp_path / "home", BATON_TIME="log") as past:
        past.up()
        told = past.baton("simulate", "--until", rfc3339(END), "--days", "4", "--per-day", "150", "--seed", "5")
        assert "ticks" in told and "41 agreements applied" in told
        past.wait()
        ((ends, last_is_past),) = past.rows(
            f"SELECT uniqExact(window_end), max(w) <= fromUnixTimestamp64Milli({END}) FROM scores "
            "WHERE scope = 'pair' AND window = '24h'"
        )
        assert int(ends) > 10 and last_is_past
        assert int(past.rows("SELECT count() FROM handoffs WHERE due_from = 'agreement'")[0][0]) > 0
        assert "--live needs a clock" in said(past, "simulate", "--live")
