"""How any client must place events: murmur2 of the key, as Kafka's Java client does it by default."""

from typing import NamedTuple


class Client(NamedTuple):
    """A Kafka client. ``default``: its partitioner where nothing is set; ``line``: what makes it place keys by murmur2."""

    name: str
    default: str
    line: str


class Vector(NamedTuple):
    """A key and its partition of 3, and of 12."""

    key: str
    of_3: int
    of_12: int


CLIENTS = (
    Client(
        "librdkafka, and what is built on it: confluent-kafka for Python, .NET and Go, rdkafka for Rust, PHP and Node",
        "`consistent_random`: CRC-32",
        "`partitioner=murmur2_random`",
    ),
    Client(
        "Java, Kafka Connect, Kafka Streams", "murmur2", "none: leave `partitioner.class` and `partitioner.ignore.keys` unset"
    ),
    Client("kafka-python, aiokafka", "murmur2", "none: leave `partitioner` unset"),
    Client(
        "sarama",
        "`NewHashPartitioner`: FNV-1a. So is `NewReferenceHashPartitioner`: of Java it has the sign, not the hash",
        "`config.Producer.Partitioner = sarama.NewCustomPartitioner(sarama.WithAbsFirst(), "
        "sarama.WithCustomHashFunction(murmur2))`, where `murmur2` gives a `hash.Hash32` of Kafka's murmur2; or "
        "`config.Producer.Partitioner = kafkautil.NewJVMCompatiblePartitioner` of `github.com/burdiyan/kafkautil`",
    ),
)
VECTORS = (
    Vector("CRC1", 2, 8),
    Vector("INC0012345", 2, 5),
    Vector("Desk > Network", 0, 9),
    Vector("Zürich-7", 0, 3),
    Vector("a", 1, 4),
)
