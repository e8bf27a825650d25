"""Everything a topic can be fed: what is unusable is parked with its bytes, what is usable is measured, nothing stops."""

import asyncio
import base64
import gzip
import json
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from aiokafka import AIOKafkaProducer
from kafka import KafkaProducer
from kafka.codec import has_snappy

from baton.letters import WHICH
from broker.partitioner import partition_of
from schemas.topics import EVENTS
from tests.fixtures.home import Home, home_at
from tests.fixtures.other_clients import binary_mode
from tests.stories.asking import said

pytestmark = pytest.mark.stack
MOST_SENT = 64 << 20
MOVED = "baton.item.moved.v1"
TICK = "baton.clock.ticked.v1"
CODECS = (None, "gzip", "lz4", "snappy" if has_snappy() else "gzip", "zstd")


class Bad(NamedTuple):
    """A record nobody can use, and the word it must be parked with. ``codec``: how the sender compressed it."""

    reason: str
    key: bytes | None
    value: bytes | None
    codec: str | None = None


class Told(NamedTuple):
    """A dead letter as it can be read: why, and the original's bytes in base64."""

    reason: str
    key: str | None
    value: str | None


def event(subject: str, event_id: str, to: Any, **more: Any) -> bytes:
    """A move, right or wrong."""
    whole = {
        "specversion": "1.0",
        "id": event_id,
        "source": "story",
        "type": MOVED,
        "time": "2026-03-02T09:00:00Z",
        "subject": subject,
        "data": {"to": to},
    }
    return json.dumps(whole | more).encode()


def tick(time: str, **more: Any) -> bytes:
    """Something that looks like a tick of the clock."""
    return event("clock", time, None, **({"type": TICK, "source": "baton/clock", "time": time, "data": {}} | more))


UNUSABLE = (
    Bad("invalid_json", b"bad", b"{"),
    Bad("invalid_json", b"bad", b""),
    Bad("invalid_json", b"bad", b"null"),
    Bad("unsupported_encoding", b"bad", event("bad", "wide", "A").decode().encode("utf-16-be")),
    Bad("unsupported_encoding", b"bad", gzip.compress(event("bad", "gzip", "A"))),
    Bad("invalid_json", b"bad", event("bad", "nan", "A").replace(b'"data"', b'"sequence": NaN, "data"')),
    Bad("invalid_json", b"bad", event("bad", "lone surrogate", "\ud800")),
    Bad("invalid_utf8", b"bad", event("bad", "latin-1", "Fran?ois").replace(b"?", b"\xe7")),
    Bad("invalid_utf8", b"\xff\xfe", b"\x01" + os.urandom(5000) + b"\xff"),
    Bad("unsupported_encoding", b"bad", b"\0\0\0\1\x07" + event("bad", "registry", "A")),
    Bad("unsupported_encoding", b"bad", event("bad", "base64", "A").replace(b'"data"', b'"data_base64"')),
    Bad("too_large", b"bad", b"x" * (2 << 20)),
    Bad("too_deep", b"bad", b"[" * 100_000),
    Bad("too_deep", b"bad", b'{"data":' * 100_000 + b"1" + b"}" * 100_000, "gzip"),
    Bad("unknown_type", b"bad", event("bad", "t", "A", type="baton.item.exploded.v1")),
    Bad("unknown_type", b"bad", event("bad", "t", "A", type="com.example.paid")),
    Bad("unknown_version", b"bad", event("bad", "v", "A", type="baton.item.moved.v9")),
    Bad("null_key", None, event("bad", "k", "A")),
    Bad("null_value", b"bad", None),
    Bad("invalid_field", b"bad", event("bad", "f", 7)),
    Bad("invalid_field", b"bad", event("bad", "", "A")),
    Bad("invalid_field", b"bad", event("bad", "t", "A", time="1969-12-31T23:59:59Z")),
    Bad("invalid_field", b"bad", event("bad", "t", "A", time="yesterday")),
    Bad("too_far_ahead", b"bad", event("bad", "2100", "A", time="2100-01-01T00:00:00Z")),
    Bad("too_far_ahead", b"bad", event("bad", "9999", "A", time="9999-12-31T23:59:59-14:00")),
    Bad("wrong_partition", b"CRC1", event("CRC1", "p", "A")),
    Bad("not_broadcast", b"days", event("days", "d", None, type="baton.holidays.set.v1", data={"days": ["2026-12-25"]})),
    Bad("wrong_subject", b"other", event("bad", "s", "A"), CODECS[3]),
    Bad("wrong_subject", b"\xff", event("bad", "s", "A")),
    Bad("invalid_field", b"teams", event("teams", "c", None, type="baton.teams.set.v1", data={"teams": ["A", "B"]})),
    Bad("invalid_field", b"clock", tick("2026-03-02T09:00:00Z", data={"control": "many"})),
    Bad("invalid_field", b"clock", tick("1969-01-01T00:00:00Z")),
    Bad("rejected", b"clock", tick("2026-03-02T09:00:00Z", source="a stranger")),
    Bad("rejected", b"clock", tick("2026-03-02T09:00:00Z", deleted=True)),
    Bad("rejected", b"cuckoo", tick("2026-03-02T09:00:00Z")),
)
LARGER_THAN_A_LETTER = Bad("too_large", b"bad", b"\0" * (20 << 20), "zstd")
NO_TIME_HERE = (tick("2100-01-01T00:00:00Z"), tick("9999-12-31T00:00:00Z"), tick("2001-01-01T00:00:00Z"))
"""Ticks that are none: ahead of their arrival, and behind one that was accepted."""
NAMES = ("plain", "с кириллицей 🧑‍🚒", "quotes \" ' \\ and\nlines\t", "nul \0 and \x1f in it", "n" * 400)


class Sender:
    """Clients that are not ours, one for each compression; kafka-python has no snappy here."""

    def __init__(self, kafka: str) -> None:
        self._kafka = kafka
        self._producers: dict[str | None, KafkaProducer] = {}

    def send(self, partition: int, key: bytes | None, value: bytes | None, codec: str | None = None) -> int:
        """Write a record; its offset."""
        if codec == "snappy":
            return asyncio.run(self._by_aiokafka(partition, key, value, codec))
        return int(self._producer(codec).send(EVENTS, key=key, value=value, partition=partition).get(600).offset)

    def send_in_binary_mode(self, partition: int, key: bytes, value: bytes | None) -> int:
        """Write a structured event as a record in binary mode; its offset."""
        written = binary_mode(value or b"")
        sent = self._producer(None).send(EVENTS, key=key, value=written.value, headers=written.headers, partition=partition)
        return int(sent.get(600).offset)

    def send_many(self, partition: int, key: bytes, values: list[bytes]) -> list[int]:
        """Write records at once; their offsets."""
        producer = self._producer(None)
        sent = [producer.send(EVENTS, key=key, value=value, partition=partition) for value in values]
        return [int(one.get(600).offset) for one in sent]

    def _producer(self, codec: str | None) -> KafkaProducer:
        if codec not in self._producers:
            self._producers[codec] = KafkaProducer(
                bootstrap_servers=self._kafka, compression_type=codec, max_request_size=MOST_SENT, max_block_ms=600_000
            )
        return self._producers[codec]

    async def _by_aiokafka(self, partition: int, key: bytes | None, value: bytes | None, codec: str) -> int:
        async with AIOKafkaProducer(bootstrap_servers=self._kafka, compression_type=codec) as producer:
            return int((await producer.send_and_wait(EVENTS, value, key, partition)).offset)

    def close(self) -> None:
        """End all producers."""
        for producer in self._producers.values():
            producer.close()


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A live home for this module."""
    with home_at(tmp_path_factory.mktemp("garbage") / "home") as found:
        found.up()
        yield found


@pytest.fixture
def sender(home: Home) -> Iterator[Sender]:
    """A client of the home's broker as it runs now."""
    found = Sender(home.address("broker"))
    yield found
    found.close()


def text(content: bytes | None) -> str | None:
    """Bytes as the query gives them."""
    return None if content is None else base64.b64encode(content).decode()


def good(sender: Sender, round_name: str) -> dict[str, list[str]]:
    """Moves of items with awkward names in all partitions and compressions; the path of each item."""
    paths = {}
    for number, name in enumerate(NAMES):
        item = f"{round_name} {name}"[:400]
        for step, team in enumerate(("Ops", "Net", "Ops")):
            value = event(item, f"e{step}", team, time=f"1970-01-01T00:00:0{step}Z", x=[[["unknown"]]])
            sender.send(partition_of(item.encode(), 3), item.encode(), value, CODECS[number])
        paths[item] = ["Ops", "Net", "Ops"]
    # Another client: binary mode, and times that differ below the millisecond alone.
    item = f"{round_name} binary"
    for step, team in enumerate(("Ops", "Net", "Ops")):
        value = event(item, f"e{9 - step}", team, time=f"2026-03-31T23:59:59.999999{step}Z")
        sender.send_in_binary_mode(0, item.encode(), value)
    return paths | {item: ["Ops", "Net", "Ops"]}


def place(bad: Bad, number: int) -> int:
    """The partition it is sent to: any, where its own is not what makes it unusable."""
    right = partition_of(bad.key, 3)
    return {"too_far_ahead": right, "wrong_partition": (right + 1) % 3}.get(bad.reason, number % 3)


def letters(home: Home, partition: int) -> dict[int, Told]:
    """The dead letters of a partition of the events, by position."""
    query = (
        "SELECT position, reason, base64Encode(key), base64Encode(value) FROM dead_letters "
        f"WHERE origin = '{EVENTS}' AND partition = {partition}"
    )
    return {int(position): Told(*rest) for position, *rest in home.rows(query)}


def asked(home: Home, query: str) -> list[str]:
    """All lines of a reader's answer, whatever its LIMIT."""
    return home.baton("sql", query.replace("LIMIT 20", "LIMIT 1000"), "--format", "JSONEachRow").splitlines()


def paths_of(home: Home) -> dict[str, list[str]]:
    """Each item's path, as readers see it."""
    return dict(home.rows("SELECT item, path FROM items"))


@pytest.mark.xfail(
    not has_snappy(), strict=True, reason="kafka-python reads snappy with python-snappy only, which is not asked for"
)
def test_the_clock_can_read_what_others_compressed_with_snappy() -> None:
    """A clock that starts reads the newest batches of the events, whoever compressed them, and however."""
    assert has_snappy()


def test_garbage_is_parked_and_everything_else_goes_on(home: Home, sender: Sender) -> None:
    """Each unusable record becomes a dead letter with its reason, its place and its very bytes; good events between and
    behind them are folded; ticks that are none move nothing; no process ends; and `baton verify` agrees."""
    before = home.rows("SELECT max(w) FROM progress")
    paths = good(sender, "before")
    wanted: list[dict[int, Told]] = [{}, {}, {}]
    forged = binary_mode(tick("2026-03-02T09:00:00Z"))
    offset = sender.send_in_binary_mode(2, b"clock", tick("2026-03-02T09:00:00Z"))
    wanted[2][offset] = Told("rejected", text(b"clock"), text(forged.value))
    for number, bad in enumerate(UNUSABLE):
        partition = place(bad, number)
        offset = sender.send(partition, bad.key, bad.value, bad.codec)
        wanted[partition][offset] = Told(bad.reason, text(bad.key), text(bad.value))
        if number % 7 == 0:
            sender.send(partition, b"clock", NO_TIME_HERE[number // 7 % 3])
    large = sender.send(0, *LARGER_THAN_A_LETTER[1:])
    paths |= good(sender, "after")
    home.wait()
    found = [letters(home, partition) for partition in range(3)]
    cut = found[0].pop(large)
    assert found == wanted
    assert cut.reason == LARGER_THAN_A_LETTER.reason
    kept = base64.b64decode(cut.value or "")
    assert len(kept) > 1 << 20 and (LARGER_THAN_A_LETTER.value or b"").startswith(kept)
    assert paths_of(home) == paths
    ahead, now = home.rows("SELECT max(w) > now() + INTERVAL 1 HOUR, max(w) FROM progress")[0]
    assert not ahead and now > before[0][0]
    running = {name: (process["state"], process["restarts"]) for name, process in home.processes().items()}
    assert running == {"prepare": ("done", 0)} | dict.fromkeys(
        ("broker", "warehouse", "clock", "worker", "scores", "sink"), ("ready", 0)
    )
    told = home.verify()
    count = sum(map(len, found)) + 1
    assert f"{count} dead letters, " in told and f"PARKED {count} dead letters, " in home.baton("status")
    assert f"{count} dead letters, " in said(home, "wait", code=0)
    whose = {(row["reason"], row["source"], row["id"]) for row in map(json.loads, asked(home, WHICH))}
    assert {("rejected", "baton/clock", "2026-03-02T09:00:00Z"), ("wrong_partition", "story", "p")} <= whose


@pytest.mark.guard("one source")
def test_a_flood_of_garbage_is_parked_and_named(home: Home, sender: Sender) -> None:
    """Hundreds of unusable records in a row are all parked and named as records of nobody who can be read; what others send
    behind them counts, no process ends, and the clock does not follow ticks of the far future either."""
    sender.send(1, b"clock", NO_TIME_HERE[0])
    offsets = sender.send_many(1, b"bad", [b"not json %d" % n for n in range(900)])
    sender.send(partition_of(b"behind", 3), b"behind", event("behind", "e", "Ops"))
    home.wait()
    found = letters(home, 1)
    assert {offset: found.get(offset) for offset in offsets} == {
        offset: Told("invalid_json", text(b"bad"), text(b"not json %d" % n)) for n, offset in enumerate(offsets)
    }
    assert paths_of(home)["behind"] == ["Ops"]
    home.until(lambda: bool(home.processes()["worker"]["parked_sources"]), "who is parked is named")
    assert "PARKS records whose source can't be read: " in said(home, "status", code=1)
    assert {process["restarts"] for process in home.processes().values()} == {0}
    home.verify()
