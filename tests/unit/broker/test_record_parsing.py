"""Both clients' parsers read headers of any name, in C and in Python; what is damaged is told by its place."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
from aiokafka import TopicPartition
from aiokafka.consumer import fetcher
from aiokafka.errors import KafkaError
from aiokafka.record import memory_records as aiokafkas
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import MemoryRecords as InC
from kafka.record import memory_records as kafkas
from kafka.record.default_records import DefaultRecordBatch
from kafka.record.memory_records import MemoryRecordsBuilder

import broker.reader
from broker import aiokafka_records
from schemas.errors import Stop
from tests.fixtures.other_clients import NamedInBytes

ESCAPED = "\\xfcber-id"
PLACE = TopicPartition("t", 2)
CODECS = range(5)
NAMES = ("ce_id", NamedInBytes(), "über", NamedInBytes(), "traceparent")
FIRST = 7


class Read(NamedTuple):
    """What a reader needs of a record."""

    offset: int
    key: bytes | None
    value: bytes | None
    headers: list[tuple[str, bytes | None]]


def fetched(codec: int) -> bytes:
    """Two batches as a broker gives them: a record for each name, then two more."""
    batches = b""
    for first, names in ((FIRST, NAMES), (FIRST + len(NAMES), ("a", "b"))):
        builder = MemoryRecordsBuilder(2, codec, 1 << 20)
        for number, name in enumerate(names):
            builder.append(1_000, b"k%d" % (first + number), None if number == 3 else b"v", [(name, b"1"), ("void", None)])
        builder.close()
        # The broker's own: a batch's offset stands before what the checksum covers.
        batches += first.to_bytes(8, "big") + bytes(builder.buffer())[8:]
    return batches


def damaged() -> tuple[bytes, int]:
    """The same with one bit turned in the second batch, and where that begins."""
    content = bytearray(fetched(0))
    content[-1] ^= 1
    return bytes(content), int.from_bytes(content[8:12], "big") + 12


def wanted(*names: str) -> list[Read]:
    """The records as they should be read."""
    return [
        Read(FIRST + n, b"k%d" % (FIRST + n), None if n == 3 else b"v", [(name, b"1"), ("void", None)])
        for n, name in enumerate(names)
    ]


def read(records: Iterator[Any]) -> list[Read]:
    """What a parser gave."""
    return [Read(r.offset, r.key, r.value, list(r.headers)) for r in records]


def by_aiokafka(content: bytes, first: int = FIRST) -> list[Read]:
    """As the sink and the stages read."""
    return read(fetcher.PartitionRecords(PLACE, fetcher.MemoryRecords(content), [], first, None, None, True, 1))


def by_kafka_python(content: bytes) -> list[Read]:
    """As everybody else reads."""
    return read(record for batch in kafkas.MemoryRecords(content) for record in batch)


@pytest.fixture
def aiokafka(monkeypatch: pytest.MonkeyPatch) -> None:
    """Aiokafka as Baton's processes have it, for one test."""
    monkeypatch.setattr(fetcher, "MemoryRecords", InC)
    monkeypatch.setattr(fetcher, "PartitionRecords", aiokafka_records._PartitionRecords.__base__)
    aiokafka_records.read_any_record()


@pytest.mark.guard("other clients")
@pytest.mark.usefixtures("aiokafka")
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize("in_python", [False, True])
def test_a_header_of_any_name_is_read_by_both_clients(codec: int, in_python: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are not UTF-8 are escaped; every record, key, value, header and offset is there, in both clients, by the
    parser in C and the one in Python, in every compression, and from the middle of a batch."""
    if in_python:
        monkeypatch.setattr(aiokafkas, "DefaultRecordBatch", _DefaultRecordBatchPy)
        monkeypatch.setattr(aiokafka_records, "DefaultRecordBatch", _DefaultRecordBatchPy)
    everything = wanted("ce_id", ESCAPED, "über", ESCAPED, "traceparent", "a", "b")
    content = fetched(codec)
    assert by_aiokafka(content) == by_kafka_python(content) == everything
    assert by_aiokafka(content, FIRST + 2) == everything[2:]


@pytest.mark.control("other clients")
@pytest.mark.parametrize("codec", CODECS)
@pytest.mark.parametrize(
    "parser",
    [
        lambda content: InC(content).next_batch(),
        lambda content: _DefaultRecordBatchPy(aiokafkas._MemoryRecordsPy(content)._next_slice),
        lambda content: DefaultRecordBatch(kafkas.MemoryRecords(content)._next_slice),
    ],
)
def test_the_clients_themselves_give_up_the_partition(codec: int, parser: Callable[[bytes], Any]) -> None:
    """Negative control: each client's own parser raises at the name, and gives nothing that stands behind it."""
    found: list[int] = []
    with pytest.raises(Exception, match=r"0xfc in position 0|invalid start byte"):
        found.extend(record.offset for record in parser(fetched(codec)))
    assert found == [FIRST]


@pytest.mark.guard("unreadable")
@pytest.mark.usefixtures("aiokafka")
def test_what_is_damaged_is_told_by_its_place() -> None:
    """A batch whose checksum is wrong, or whose records are not what their sizes say, stops the reader with topic, partition
    and the first offset that is not read; what stands before is read."""
    content, second = damaged()
    with pytest.raises(Stop, match=rf"t partition 2: the record at offset {FIRST + len(NAMES)} can't be read.*CRC"):
        by_aiokafka(content)
    assert len(by_aiokafka(content[:second])) == len(NAMES)
    sizes = fetcher.MemoryRecords(content[: second - 1] + b"\6" + content[second:])
    with pytest.raises(Stop, match=rf"offset {FIRST + len(NAMES) - 1} can't be read"):
        read(fetcher.PartitionRecords(PLACE, sizes, [], FIRST, None, None, False, 1))


@pytest.mark.control("unreadable")
def test_the_client_calls_damage_an_error_of_the_broker() -> None:
    """Negative control: by the client alone the same damage is one of the errors that loops take for a broker that is away."""
    content, second = damaged()
    with pytest.raises(KafkaError, match="CRC"):
        by_aiokafka(content[second:])


def test_the_reader_reads_by_the_batch_that_takes_any_name() -> None:
    """Whoever reads by ``TopicReader`` has the parser that is tried above."""
    assert kafkas.DefaultRecordBatch is broker.reader._Batch
