"""Only what was committed counts: a producer's transactions, committed, aborted and open, through the whole installation."""

import json
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from kafka import KafkaProducer

from broker.partitioner import partition_of
from broker.reader import TopicReader
from schemas.event_codec import make
from schemas.topics import EVENTS
from tests.fixtures.home import Home, home_at
from tests.stories.asking import said

pytestmark = pytest.mark.stack
T0 = 1_777_626_000_000
ITEM = b"TX1"


def moved(team: str, minute: int) -> bytes:
    """A move of the item."""
    parts = {"id": f"{team}@{minute}", "source": "tx", "subject": "TX1", "time_ms": T0 + minute * 60_000}
    return make("baton.item.moved.v1", body={"to": team}, **parts)  # type: ignore[arg-type]  # texts and a number


def handed_over(item: bytes, minute: int) -> Iterator[bytes]:
    """An item's moves from one team to another, which begins its work."""
    parts = {"source": "tx", "subject": item.decode()}
    for number, team in enumerate(("Desk", "Network")):
        at = T0 + (minute + number) * 60_000
        yield make("baton.item.moved.v1", id=team, time_ms=at, body={"to": team}, **parts)
    yield make("baton.item.status.v1", id="w", time_ms=T0 + (minute + 2) * 60_000, body={"status": "working"}, **parts)


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


@pytest.mark.guard("committed only", "tail", "verify")
def test_what_an_open_transaction_holds_up_is_said(home: Home) -> None:
    """While a transaction is open, other partitions go on: `verify` finds no difference and compares what can be, `wait` and
    `down` name the partition in the words of `status`, and don't call complete what stands behind it."""
    home.up()
    held = partition_of(ITEM, 3)
    others = [item for n in range(9) if partition_of(item := b"TY%d" % n, 3) != held]
    producer = KafkaProducer(
        bootstrap_servers=home.address("broker"), transactional_id="fourth", acks="all", transaction_timeout_ms=900_000
    )
    with closing(KafkaProducer(bootstrap_servers=home.address("broker"), acks="all")) as plain:
        plain.send(EVENTS, key=ITEM, value=moved("Desk", 1)).get(60)
        home.wait()
        producer.init_transactions()
        producer.begin_transaction()
        producer.send(EVENTS, key=ITEM, value=moved("Cloud", 9))
        producer.flush()
        now = home.rows("SELECT toUnixTimestamp64Milli(max(w)) FROM progress")[0][0]
        for item in others:
            for value in handed_over(item, (int(now) - T0) // 60_000 - 5):
                plain.send(EVENTS, key=item, value=value).get(60)
        plain.send(EVENTS, key=ITEM, value=moved("Database", 8)).get(60)
    wanted = [[len(others)]]
    home.until(lambda: home.rows("SELECT count() FROM handoffs WHERE notEmpty(accepted_at)") == wanted, "handoffs")
    # Their watermarks are written behind their facts; before that any partition may stand behind another.
    lagging = "SELECT groupArray(toUInt32(partition)) FROM progress WHERE w < (SELECT max(w) FROM progress)"
    home.until(lambda: home.rows(lagging) == [[[held]]], "watermarks of the others")
    (told,) = [line for line in home.baton("status").splitlines() if line.startswith("WAITS ")]
    told = told.partition(", and")[0]  # the clock goes on: more and more stands behind it
    assert f"{EVENTS} partition {held} waits at offset" in told
    verdict = " ".join(said(home, "verify", code=3).split())  # a note may be broken into lines
    assert f"partition {held} stands at W" in verdict and "the others found no difference" in verdict
    assert told in said(home, "wait", "--seconds", "2", code=1)
    ended = said(home, "down", code=0)
    assert told in ended and "nothing is lost" in ended
    producer.close(timeout=0)


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
