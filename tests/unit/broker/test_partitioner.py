"""A key belongs to the partition every other Kafka client would choose."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kafka.partitioner.default import murmur2 as kafkas

from broker.partitioner import murmur2, partition_of


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


@given(st.binary(max_size=64))
def test_murmur2_is_kafka_pythons(key: bytes) -> None:
    """For any key the hash is kafka-python's."""
    assert kafkas(key) == murmur2(key)


@given(st.binary(max_size=20), st.integers(1, 50))
def test_a_partition_is_one_of_those_there_are(key: bytes, partitions: int) -> None:
    """Every key has a partition, and always the same."""
    assert 0 <= partition_of(key, partitions) < partitions
    assert partition_of(key, partitions) == partition_of(bytes(key), partitions)
