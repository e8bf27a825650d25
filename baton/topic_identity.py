"""Whether the broker's topics are those that the tables were made from."""

from collections.abc import Mapping

from schemas.errors import Stop
from schemas.topics import ANOTHER_LOG
from sinks.clickhouse import ClickHouse
from sinks.ports import Block


def check_same_log(warehouse: ClickHouse, ids: Mapping[str, str]) -> None:
    """Remember ids of topics (name → the broker's id) that are seen for the first time.

    Raises ``Stop`` for a topic with another id than it had: it was made again, so its offsets mean other records. ``Retry``
    while the warehouse is away.
    """
    known: dict[str, str] = dict(warehouse.rows("SELECT DISTINCT topic, topic_id FROM topic_ids"))
    for topic, found in ids.items():
        if found != known.get(topic, found):
            raise Stop(
                f"{topic} has the id {found}, but the tables in {warehouse.database} were made from one with the id "
                f"{known[topic]}: the topic was deleted and made again",
                ANOTHER_LOG,
            )
    # Only after all have been compared: a table made of two logs could not be told apart later.
    new = sorted(ids.keys() - known.keys())
    if new:
        warehouse.insert(Block("topic_ids", ("topic", "topic_id"), [new, [ids[topic] for topic in new]]))
