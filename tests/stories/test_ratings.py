"""A sixth rater: what is published before and after her vote is the same, to readers and to whoever subtracts."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from broker.records import ProducerRecord
from producers.publisher.kafka_log import KafkaLog
from schemas.event_codec import make
from schemas.events import pair_subject
from schemas.timestamps import DAY_MS, HOUR_MS
from schemas.topics import EVENTS
from tests.fixtures.home import Home, home_at
from tests.stories.asking import said

pytestmark = pytest.mark.stack
BEGIN = 1_772_409_600_000
"""2026-03-02 00:00 UTC."""
SUBJECT = pair_subject("Desk", "Network")
DAYS = "\n".join(f"RA{day};2026-03-0{day} 00:10;Desk;New\nRA{day};2026-03-0{day} 23:30;Network;Work" for day in range(2, 8))
MAPPING = """name: days
format: csv
delimiter: ";"
order: rows
case: id
time: {column: changed, formats: "%Y-%m-%d %H:%M", zone: UTC}
team: {column: team}
status: {column: state, words: {New: queued, Work: working}}
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A home in history's own time."""
    with home_at(tmp_path / "home", BATON_TIME="log") as found:
        found.up()
        yield found


def rated(rater: str, day: int, effectiveness: int, consistency: int) -> ProducerRecord:
    """A rating at noon of a day of March."""
    names = {"rater": rater, "team": "Network", "supplier": "Desk", "customer": "Network", "deliverable": "leads"}
    body = names | {"effectiveness": effectiveness, "consistency": consistency}
    at = BEGIN + (day - 2) * DAY_MS + 12 * HOUR_MS
    value = make("baton.rating.given.v1", id=rater, source="card", subject=SUBJECT, time_ms=at, body=body)
    return ProducerRecord(EVENTS, SUBJECT.encode(), value)


@pytest.mark.guard("ratings")
def test_the_sixth_vote_can_not_be_known(home: Home, tmp_path: Path) -> None:
    """Five rate on Monday and show from Tuesday on; the sixth, of Wednesday, is in no number of any day; nobody reads hers
    without a trace; and all of it is computed again, by SQL over the groups too."""
    (tmp_path / "days.csv").write_text(f"id;changed;team;state\n{DAYS}\n")
    (tmp_path / "days.yaml").write_text(MAPPING)
    with KafkaLog(home.address("broker")) as log:
        log.publish([*(rated(f"p{n}", 2, 5, 5) for n in range(1, 6)), rated("p6", 4, 1, 2)])
    home.baton("import", str(tmp_path / "days.csv"), "--mapping", str(tmp_path / "days.yaml"))
    home.wait()
    asked = "SELECT toDate(window_end), part, value, toInt32(n) FROM scores WHERE measure = 'rating' ORDER BY ALL"
    rows = [line.split("\t") for line in home.baton("sql", asked, "--format", "TSV").splitlines()]
    assert {tuple(row[1:]) for row in rows} == {("", "5", "5"), ("leads", "5", "5")}
    assert [row[0] for row in rows[::2]] == [f"2026-03-0{day}" for day in range(4, 9)]
    assert home.rows("SELECT released, waiting FROM rating_coverage") == [[5, 1]]
    for query in ("SELECT rater FROM vote_facts", "SELECT * FROM baton_private.raw_events", "SELECT rater FROM events"):
        assert "p6" not in said(home, "sql", query)
    assert (
        home.baton("sql", "SELECT count() FROM events WHERE position(value, 'effectiveness') > 0", "--format", "TSV") == "0\n"
    )
    assert home.rows("SELECT rater FROM vote_facts FINAL WHERE rating_group IS NULL") == [["p6"]]
    assert home.rows("SELECT count() > 0 FROM audit WHERE query LIKE '%vote_facts%'") == [[1]]
    told = home.baton("verify", "--all")
    assert "0 differences" in told
    (ratings,) = (line for line in told.splitlines() if "pair ratings of 30d by SQL" in line)
    assert ratings.split()[-3:] == ["6", "6", "0"]
