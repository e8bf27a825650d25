"""A key belongs to the partition every other Kafka client would choose."""

import zlib
from collections.abc import Callable

import pytest
from aiokafka.partitioner import DefaultPartitioner as Aiokafkas
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import DefaultPartitioner as KafkaPythons
from kafka.partitioner.default import murmur2 as kafkas

from broker.partitioner import murmur2, partition_of
from schemas.generate import ROOT
from schemas.placing import VECTORS


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"abc", 479470107),
    ],
)
def test_murmur2_gives_kafkas_own_vectors(key: bytes, expected: int) -> None:
    """The hash of a key is the one Kafka's Java client is tested with."""
    assert expected & 0xFFFFFFFF == murmur2(key)


class Cluster:
    """What kafka-python's partitioner asks of its cluster."""

    def __init__(self, partitions: int) -> None:
        self._partitions = set(range(partitions))

    def topics(self) -> set[str]:
        return {"t"}

    def partitions_for_topic(self, _topic: str) -> set[int]:
        return self._partitions

    available_partitions_for_topic = partitions_for_topic


def kafka_pythons(key: bytes, partitions: int) -> int:
    """The partition that kafka-python's default chooses."""
    return int(KafkaPythons().partition("t", None, key, None, None, Cluster(partitions)))


def aiokafkas(key: bytes, partitions: int) -> int:
    """The partition that aiokafka's default chooses."""
    return int(Aiokafkas()(key, list(range(partitions)), list(range(partitions))))


def crc32s(key: bytes, partitions: int) -> int:
    """The partition that librdkafka's default chooses."""
    return zlib.crc32(key) % partitions


def fits(partitioner: Callable[[bytes, int], int]) -> bool:
    """Whether a partitioner gives what docs/topics.md says of its keys."""
    return all((partitioner(v.key.encode(), 3), partitioner(v.key.encode(), 12)) == v[1:] for v in VECTORS)


def test_the_documented_keys_lie_where_the_page_says() -> None:
    """The test vector of docs/topics.md holds for our partitioner, kafka-python's and aiokafka's, and not for CRC-32."""
    assert fits(partition_of) and fits(kafka_pythons) and fits(aiokafkas)
    assert not fits(crc32s)
    page = (ROOT / "docs/topics.md").read_text()
    assert all(f"| `{v.key}` | {v.of_3} | {v.of_12} |" in page for v in VECTORS)


def test_the_vector_has_keys_whose_sign_counts() -> None:
    """Negative control: who takes the absolute value instead of masking the sign fails the vector."""
    assert not fits(lambda key, n: abs(murmur2(key) - (murmur2(key) >> 31 << 32)) % n)


@given(st.binary(max_size=64))
def test_murmur2_is_kafka_pythons(key: bytes) -> None:
    """For any key the hash is kafka-python's."""
    assert kafkas(key) == murmur2(key)


@given(st.binary(max_size=20), st.integers(1, 50))
def test_a_partition_is_one_of_those_there_are(key: bytes, partitions: int) -> None:
    """Every key has a partition, and always the same."""
    assert 0 <= partition_of(key, partitions) < partitions
    assert partition_of(key, partitions) == partition_of(bytes(key), partitions)
