"""Another client on the events topic: what it puts elsewhere is parked in words; and a topic that changes under everybody."""

import zlib
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from kafka import KafkaAdminClient, KafkaProducer

from broker.admin import Admin
from broker.partitioner import partition_of
from schemas.errors import STOP_EXIT
from schemas.event_codec import make
from schemas.settings import load
from schemas.topics import ANOTHER_LOG, CONTROL, EVENTS, registry
from tests.fixtures.home import Home, home_at
from tests.fixtures.other_clients import NamedInBytes
from tests.stories.asking import said

pytestmark = pytest.mark.stack
PARTITIONS = 3
T0 = 1_777_626_000_000
ITEM = b"CRC1"
STRAY = zlib.crc32(ITEM) % PARTITIONS
RIGHT = partition_of(ITEM, PARTITIONS)
LETTERS = "SELECT reason, detail FROM dead_letters WHERE origin = 'baton.events.v1' ORDER BY reason"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home for this module."""
    with home_at(tmp_path_factory.mktemp("foreign") / "home") as found:
        found.up()
        yield found


def moved(item: bytes, team: str, hour: int) -> bytes:
    """A move of an item."""
    parts = {"id": f"{team}@{hour}", "source": "case38", "subject": item.decode(), "time_ms": T0 + hour * 3_600_000}
    return make("baton.item.moved.v1", body={"to": team}, **parts)  # type: ignore[arg-type]  # texts and a number


def agreement() -> bytes:
    """An agreement that nobody requested."""
    agreed = {"supplier": "Desk", "customer": "Network", "deliverables": [{"deliverable": "work", "sla_hours": 1}]}
    body = agreed | {"valid_from": "2026-01-01T00:00:00Z"}
    return make("baton.agreement.set.v1", id="a", source="case38", subject="Desk > Network", time_ms=T0, body=body)


@pytest.mark.guard("place")
def test_a_client_that_places_keys_otherwise_is_told(home: Home) -> None:
    """Its event in another partition than its item's is parked with the right partition and the partitioner, and so is the
    agreement it wrote past the clock; both count in nothing. The rest counts, and what was placed right has no letter."""
    assert STRAY != RIGHT
    with closing(KafkaProducer(bootstrap_servers=home.address("broker"), acks="all")) as producer:
        for team, hour, place in (("Desk", 8, None), ("Network", 9, STRAY), ("Mail", 10, None)):
            producer.send(EVENTS, key=ITEM, value=moved(ITEM, team, hour), partition=place).get(60)
        for hour, team in enumerate(("Desk", "Network")):
            producer.send(EVENTS, key=b"INC0012345", value=moved(b"INC0012345", team, hour)).get(60)
        producer.send(EVENTS, key=b"Desk > Network", value=agreement()).get(60)
    home.wait()
    (first, first_words), (second, second_words) = home.rows(LETTERS)
    assert (first, second) == ("not_broadcast", "wrong_partition")
    assert "the clock did not broadcast" in first_words and "baton agreements apply" in first_words
    assert f"stands in partition {STRAY} of {PARTITIONS}; by murmur2" in second_words
    assert f"belongs in partition {RIGHT}" in second_words and "murmur2_random" in second_words
    assert dict(home.rows("SELECT item, path FROM items")) == {"CRC1": ["Desk", "Mail"], "INC0012345": ["Desk", "Network"]}
    assert home.rows("SELECT count() FROM handoffs WHERE due_from = 'agreement'") == [[0]]
    received = home.rows("SELECT sum(counts['received']) FROM intake WHERE source = 'case38'")
    assert [int(received[0][0])] == [4]
    assert "0 differences" in home.verify()


@pytest.mark.guard("topic identity")
def test_partitions_that_are_added_stop_everybody(home: Home) -> None:
    """While all of it runs the events get partitions: worker, sink and clock stop with 78, each with the same one mend, and
    what starts afterwards says no other."""
    with closing(KafkaAdminClient(bootstrap_servers=home.address("broker"))) as admin:
        admin.create_partitions({EVENTS: 2 * PARTITIONS})
    for name in ("worker", "sink", "clock"):
        home.until(lambda name=name: home.processes()[name]["state"] == "stopped", f"{name} stops")  # type: ignore[misc]  # bound now
        found = home.processes()[name]
        assert found["last_exit"] == STOP_EXIT
        assert f"{EVENTS} had {PARTITIONS} partitions when this process began and has {2 * PARTITIONS} now" in found["reason"]
        assert ANOTHER_LOG in found["reason"]
    home.baton("down")
    told = said(home, "up", "--detach", code=1)
    assert f"{EVENTS}: partitions: expected {PARTITIONS}, found {2 * PARTITIONS}" in told and ANOTHER_LOG in told
    assert "baton rebuild" not in told


@pytest.mark.guard("topic identity")
def test_a_topic_that_is_made_again_stops_everybody(tmp_path: Path) -> None:
    """While all of it runs the events are deleted and made again: everybody stops with the one mend, and so does what starts
    afterwards; nothing of the new topic has come into the tables of the old one."""
    with home_at(tmp_path / "home") as home:
        home.up()
        with closing(KafkaProducer(bootstrap_servers=home.address("broker"), acks="all")) as producer:
            producer.send(EVENTS, key=ITEM, value=moved(ITEM, "Desk", 8)).get(60)
        home.wait()
        broker = home.address("broker")
        with closing(KafkaAdminClient(bootstrap_servers=broker)) as admin:
            admin.delete_topics([EVENTS])
            home.until(lambda: EVENTS not in Admin(broker).described([EVENTS]), "the topic is deleted")
        Admin(broker).create(next(topic for topic in registry(load()) if topic.name == EVENTS))
        with closing(KafkaProducer(bootstrap_servers=broker, acks="all")) as producer:
            producer.send(EVENTS, key=ITEM, value=moved(ITEM, "Elsewhere", 8)).get(60)
        for name in ("worker", "sink", "clock"):
            home.until(lambda name=name: home.processes()[name]["state"] == "stopped", f"{name} stops")  # type: ignore[misc]  # bound now
            found = home.processes()[name]
            assert (found["last_exit"], ANOTHER_LOG in found["reason"]) == (STOP_EXIT, True), found["reason"]
        assert home.rows("SELECT DISTINCT to_team FROM events") == [["Desk"]]
        home.baton("down")
        assert ANOTHER_LOG in said(home, "up", "--detach", code=1)
        for name, words in (("worker", "was made with topic_id"), ("sink", "the topic was deleted and made again")):
            home.until(lambda name=name: home.processes()[name]["state"] == "stopped", f"{name} stops")  # type: ignore[misc]  # bound now
            reason = home.processes()[name]["reason"]
            assert words in reason and ANOTHER_LOG in reason and "baton rebuild" not in reason


@pytest.mark.guard("other clients")
def test_headers_may_be_called_anything(tmp_path: Path) -> None:
    """Records whose headers have names that are not UTF-8, on the events and the requests: what they say is used, what stands
    behind them is read, nothing is parked or started anew, and the home comes up again over them."""
    headers = [(NamedInBytes(), b"1"), ("traceparent", b"00-1")]
    with home_at(tmp_path / "home") as home:
        home.up()
        with closing(KafkaProducer(bootstrap_servers=home.address("broker"), acks="all")) as producer:
            producer.send(CONTROL, key=b"no request", value=b"{}", headers=headers).get(60)
            for hour, team in enumerate(("Desk", "Network", "Mail")):
                named = headers if team == "Network" else []
                producer.send(EVENTS, key=ITEM, value=moved(ITEM, team, hour), headers=named).get(60)
        home.wait()
        assert {process["restarts"] for process in home.processes().values()} == {0}
        home.baton("down")
        home.up()
        home.wait()
        assert home.rows("SELECT path FROM items WHERE item = 'CRC1'") == [[["Desk", "Network", "Mail"]]]
        assert home.rows(LETTERS) == []
        assert "0 differences" in home.verify()
