"""Which partition a record belongs to.

Events: murmur2 of the key, the default of Kafka's Java client, so that any producer puts an item where its history is.
What the stages write: CRC-32, which is quick and the same in every run.
"""

import zlib
from functools import lru_cache
from struct import iter_unpack

from schemas.errors import Park

_M = 0x5BD1E995
_32 = 0xFFFFFFFF


def output_partition(partition_key: bytes, partitions: int) -> int:
    """The partition of a record that a stage writes."""
    # Python's own ``hash`` is another one in each process.
    return zlib.crc32(partition_key) % partitions


# A hash in pure Python is slow, and the same keys come again and again.
@lru_cache(maxsize=1 << 16)
def partition_of(key: bytes | None, partitions: int) -> int:
    """The partition of ``key`` among ``partitions``; records without a key go to 0."""
    # The sign bit is masked and not the absolute value taken, as in the Java client: otherwise a key would lie elsewhere.
    return 0 if key is None else (murmur2(key) & 0x7FFFFFFF) % partitions


def misplaced(key: bytes, partition: int, partitions: int) -> Park | None:
    """Why a record of the events does not belong where it stands; None when it does."""
    right = partition_of(key, partitions)
    if right == partition:
        return None
    return Park(
        "wrong_partition",
        f"stands in partition {partition} of {partitions}; by murmur2, the default of Kafka's Java client, its key belongs in "
        f"partition {right}. Mend: let its producer place keys by murmur2 (librdkafka: partitioner=murmur2_random; "
        "docs/topics.md has others), then send it again",
    )


def murmur2(key: bytes) -> int:
    """MurmurHash2 with Kafka's seed, unsigned 32 bits."""
    h = 0x9747B28C ^ len(key)
    whole = len(key) & ~3
    # Everything below is cut to 32 bits, as Java's int does by itself.
    for (word,) in iter_unpack("<I", key[:whole]):
        k = word * _M & _32
        h = h * _M & _32 ^ ((k ^ k >> 24) * _M & _32)
    if tail := key[whole:]:
        h = (h ^ int.from_bytes(tail, "little")) * _M & _32
    h = (h ^ h >> 13) * _M & _32
    return h ^ h >> 15
