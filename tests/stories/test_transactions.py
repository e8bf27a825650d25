"""Only what was committed counts: a producer's transactions, committed, aborted and open, through the whole installation."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from kafka import KafkaProducer

from broker.reader import TopicReader
from schemas.event_codec import make
from schemas.topics import EVENTS
from tests.fixtures.home import Home, home_at

pytestmark = pytest.mark.stack
T0 = 1_777_626_000_000
ITEM = b"TX1"


def moved(team: str, minute: int) -> bytes:
    """A move of the item."""
    parts = {"id": f"{team}@{minute}", "source": "tx", "subject": "TX1", "time_ms": T0 + minute * 60_000}
    return make("baton.item.moved.v1", body={"to": team}, **parts)  # type: ignore[arg-type]  # texts and a number


@contextmanager
def transactional(home: Home, name: str) -> Iterator[KafkaProducer]:
    """A producer with transactions."""
    with closing(KafkaProducer(bootstrap_servers=home.address("broker"), transactional_id=name, acks="all")) as producer:
        producer.init_transactions()
        yield producer


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    """A live home."""
    with home_at(tmp_path / "home") as one:
        yield one


def path(home: Home) -> list[str]:
    """The custody path of the item that readers see."""
    rows = home.rows("SELECT path FROM items WHERE item = 'TX1'")
    return list(rows[0][0]) if rows else []


@pytest.mark.guard("committed only")
def test_only_what_was_committed_counts(home: Home) -> None:
    """An aborted transaction is nothing, wherever one looks; an open one holds its partition up, and it shows."""
    home.up()
    with transactional(home, "first") as producer:
        producer.begin_transaction()
        for minute, team in enumerate(("Desk", "Network")):
            producer.send(EVENTS, key=ITEM, value=moved(team, minute))
        producer.commit_transaction()
        producer.begin_transaction()
        for minute, team in enumerate(("Mail", "Network", "Security"), 2):
            producer.send(EVENTS, key=ITEM, value=moved(team, minute))
        producer.flush()
        producer.abort_transaction()
    home.baton("wait")
    home.until(lambda: path(home) == ["Desk", "Network"], "the committed moves")
    assert home.rows("SELECT count() FROM events WHERE item = 'TX1'") == [[2]]
    assert json.loads(home.baton("status", "--json"))["waiting"] == []

    with transactional(home, "second") as producer:
        producer.begin_transaction()
        producer.send(EVENTS, key=ITEM, value=moved("Cloud", 9))
        producer.flush()
        with closing(KafkaProducer(bootstrap_servers=home.address("broker"), acks="all")) as plain:
            plain.send(EVENTS, key=ITEM, value=moved("Database", 8)).get(60)
        (waiting,) = json.loads(home.baton("status", "--json"))["waiting"]
        assert waiting["behind"] >= 2
        assert f"partition {waiting['partition']} waits at offset {waiting['offset']}" in home.baton("status")
        assert path(home) == ["Desk", "Network"]  # what stands behind the open one waits, too
        producer.commit_transaction()
    home.until(lambda: path(home) == ["Desk", "Network", "Database", "Cloud"], "the moves that waited")
    home.baton("wait")
    assert "0 differences" in home.baton("verify")


@pytest.mark.control("committed only")
def test_the_control_sees_what_was_aborted(home: Home) -> None:
    """Negative control: a reader of everything finds the aborted moves; they are in the log, and isolation keeps them out."""
    home.up("clock")
    with transactional(home, "third") as producer:
        producer.begin_transaction()
        producer.send(EVENTS, key=ITEM, value=moved("Mail", 0))
        producer.flush()
        producer.abort_transaction()
    counts = {}
    for uncommitted in (True, False):
        with closing(TopicReader(home.address("broker"), uncommitted=uncommitted)) as reader:
            ends = reader.ends(EVENTS, 3)
            found = [record for p, end in enumerate(ends) for record in reader.read(EVENTS, p, 0, end)]
            counts[uncommitted] = sum(record.key == ITEM for record in found)
    assert counts == {True: 1, False: 0}
