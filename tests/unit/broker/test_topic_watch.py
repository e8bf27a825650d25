"""A process notices that a topic is no longer the one it began with, and what it says mends it."""

from collections.abc import Mapping

import pytest

from broker.admin import TopicDescription
from broker.topic_watch import TopicWatch
from schemas.errors import Retry, Stop
from schemas.topics import ANOTHER_LOG

BEGAN = {"t": TopicDescription("first", 3), "u": TopicDescription("other", 1)}


class Broker:
    """Topics as they are now; None: the broker is away."""

    def __init__(self) -> None:
        self.topics: Mapping[str, TopicDescription] | None = BEGAN

    def described(self, names: list[str]) -> Mapping[str, TopicDescription]:
        if self.topics is None:
            raise Retry("away")
        return {name: found for name, found in self.topics.items() if name in names}


@pytest.fixture
def broker() -> Broker:
    """A broker whose topics are as at first."""
    return Broker()


@pytest.fixture
def watch(broker: Broker) -> TopicWatch:
    """A watch over both topics."""
    return TopicWatch(broker.described, BEGAN)


@pytest.mark.parametrize(
    ("now", "says"),
    [
        (TopicDescription("first", 6), "t had 3 partitions when this process began and has 6 now"),
        (TopicDescription("second", 3), "t was deleted and made again while this process ran: its id was first and is second"),
        (TopicDescription("second", 6), "t was deleted and made again"),
    ],
)
@pytest.mark.guard("topic identity")
def test_another_topic_stops(broker: Broker, watch: TopicWatch, now: TopicDescription, says: str) -> None:
    """Another id or number of partitions is named, with the one mend for it; as long as nothing changes, nothing is said."""
    watch.look()
    broker.topics = BEGAN | {"t": now}
    with pytest.raises(Stop) as caught:
        watch.look()
    assert says in caught.value.problem and "u " not in caught.value.problem
    assert caught.value.mend == ANOTHER_LOG


@pytest.mark.control("topic identity")
def test_a_broker_that_is_away_says_nothing(broker: Broker, watch: TopicWatch) -> None:
    """Nothing is concluded from silence; when the broker is back, the topics are compared with what they were at first."""
    broker.topics = None
    watch.look()
    broker.topics = BEGAN | {"t": TopicDescription("second", 3)}
    with pytest.raises(Stop):
        watch.look()


def test_a_topic_that_stays_away_was_deleted(broker: Broker, watch: TopicWatch) -> None:
    """Missing once may be an election of its leader; missing twice in a row it is gone."""
    broker.topics = {"u": BEGAN["u"]}
    watch.look()
    broker.topics = BEGAN
    watch.look()
    broker.topics = {"u": BEGAN["u"]}
    watch.look()
    with pytest.raises(Stop, match="t was deleted"):
        watch.look()
