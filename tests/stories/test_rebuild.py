"""Everything folded again: readers notice nothing until it is done, from a log that is cut, and with other settings."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
from kafka import KafkaAdminClient, KafkaConsumer, TopicPartition

from broker.records import ProducerRecord
from producers.importers.sample_log import write_log
from producers.publisher.kafka_publisher import KafkaPublisher
from schemas.errors import RETRY_EXIT
from schemas.topics import CONTRIBUTIONS, EVENTS
from tests.fixtures.home import Home, home_at
from tests.stories.asking import said

pytestmark = pytest.mark.stack
TICKETS = 150
FACTS = (
    "SELECT item, path, reassignments, bounces, revisits, assignment_changes, reopens, reopened_teams, moves, events, "
    "holder, status, deliverable, due_at, opened_at, last_event_at, resolved_at, closed_at, touch_ms, queue_ms "
    "FROM items ORDER BY item"
)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home that holds the sample log, unreadable records before and behind it, and one of the far future."""
    place = tmp_path_factory.mktemp("rebuild")
    write_log(place / "sample.csv", TICKETS, seed=9)
    with home_at(place / "home") as found:
        found.up()
        garbage(found, b"before")
        found.baton("import", str(place / "sample.csv"), "--mapping", "sample")
        found.wait()
        garbage(found, b"behind")
        found.wait()
        yield found


def garbage(home: Home, word: bytes) -> None:
    """Something unusable in every partition, some of it readable."""
    ahead = (
        b'{"specversion":"1.0","id":"1","source":"s","type":"baton.item.moved.v1","time":"2100-01-01T00:00:00Z",'
        b'"subject":"' + word + b'","data":{"to":"A"}}'
    )
    with KafkaPublisher(home.address("broker")) as publisher:
        publisher.publish(ProducerRecord(EVENTS, word, value, None, p) for p in range(3) for value in (b"not " + word, ahead))


def generation(home: Home) -> int:
    """The generation readers see."""
    return int(home.rows("SELECT max(generation) FROM progress")[0][0])


def facts(home: Home) -> list[list[Any]]:
    """All that the facts say, without version and W."""
    found = home.rows(FACTS)
    assert len(found) == TICKETS
    return found


def forget_the_log_before(home: Home) -> dict[int, int]:
    """Delete the first half of every partition of the events from Kafka, as retention does; where each begins now."""
    broker = home.address("broker")
    places = [TopicPartition(EVENTS, partition) for partition in range(3)]
    with closing(KafkaConsumer(bootstrap_servers=broker)) as consumer:
        ends = consumer.end_offsets(places)
    with closing(KafkaAdminClient(bootstrap_servers=broker)) as admin:
        admin.delete_records({place: end // 2 for place, end in ends.items()})
    with closing(KafkaConsumer(bootstrap_servers=broker)) as consumer:
        return {place.partition: start for place, start in consumer.beginning_offsets(places).items()}


def test_readers_keep_the_old_generation_until_the_new_one_is_complete(home: Home) -> None:
    """While no worker folds the new generation readers see the old numbers and `baton verify` asks to come again; then the
    new ones, which are the same, with nothing left of the old."""
    before, wanted = generation(home), facts(home)
    home.baton("down")
    home.up("sink", "clock")
    assert f"generation {before + 1} begins" in home.baton("rebuild")
    assert (generation(home), facts(home)) == (before, wanted)
    assert f"readers still see {before}" in said(home, "verify", code=RETRY_EXIT)
    home.baton("down")
    home.up()
    home.wait()
    assert (generation(home), facts(home)) == (before + 1, wanted)
    assert home.rows("SELECT uniqExact(bitShiftRight(version, 48)) FROM items") == [[1]]
    home.verify()


def test_a_log_that_lost_its_beginning_is_rebuilt_from_the_warehouse(home: Home) -> None:
    """Without state, copies and the first half of the log the worker stops with 78 and says `baton rebuild`; that folds the
    lost part from the warehouse, unreadable records and all, and the numbers are the same."""
    before, wanted = generation(home), facts(home)
    starts = forget_the_log_before(home)
    assert min(starts.values()) > 100
    home.baton("down")
    shutil.rmtree(home.place / "state")
    shutil.rmtree(home.place / "copies", ignore_errors=True)
    told = said(home, "up", "--detach", code=1)
    assert "no saved state, and the log begins at offset" in told and "run `baton rebuild`" in told
    worker = home.processes()["worker"]
    assert (worker["state"], worker["last_exit"]) == ("stopped", 78)
    told = home.baton("rebuild")
    assert all(f"partition {p}: Kafka begins at offset {start}" in told for p, start in starts.items())
    home.wait()  # as `baton rebuild --help` has it: nothing between
    home.verify()
    assert (generation(home), facts(home)) == (before + 1, wanted)


def forget_contributions(home: Home) -> None:
    """Delete all contributions there are, as seven days of retention do."""
    with closing(KafkaConsumer(bootstrap_servers=home.address("broker"))) as consumer:
        places = [TopicPartition(CONTRIBUTIONS, partition) for partition in range(3)]
        ends = consumer.end_offsets(places)
    assert min(ends.values()) > 0
    with closing(KafkaAdminClient(bootstrap_servers=home.address("broker"))) as admin:
        admin.delete_records(ends)


@pytest.mark.guard("rebuild")
def test_rebuilt_twice_behind_contributions_that_are_gone(home: Home) -> None:
    """Two rebuilds in a row, while older contributions have expired: the scores of the second begin where it was recorded, and
    everything is as before."""
    before, wanted = generation(home), facts(home)
    home.baton("down")
    home.up("sink", "clock")
    forget_contributions(home)
    for number in (1, 2):
        assert f"generation {before + number} begins" in home.baton("rebuild")
    home.baton("down")
    home.up()
    home.wait()
    assert (generation(home), facts(home)) == (before + 2, wanted)
    home.verify()


@pytest.mark.guard("recorded settings")
def test_other_fold_settings_need_a_rebuild(home: Home) -> None:
    """A setting that is not the generation's is refused, naming both; a rebuild takes it, and the workers go on by the record,
    also where nobody sets it any more: a later rebuild keeps it."""
    before, wanted = generation(home), facts(home)
    other = {"BATON_HORIZON_DAYS": "500"}
    for words in (("up", "--detach"), ("run", "worker")):
        told = said(home, *words, env=other)
        assert "BATON_HORIZON_DAYS in the environment says 500, the installation's record 400" in told
        assert "`baton rebuild` with BATON_HORIZON_DAYS set" in told
    said(home, "rebuild", code=0, env=other)
    home.wait()
    assert (generation(home), facts(home)) == (before + 1, wanted)
    home.verify()
    assert "says 400, the installation's record 500" in said(home, "wait", env={"BATON_HORIZON_DAYS": "400"})
    home.baton("rebuild")
    home.wait()
    assert generation(home) == before + 2
    assert "says 400, the installation's record 500" in said(home, "wait", env={"BATON_HORIZON_DAYS": "400"})
