"""Dead letters in one line, for those who did not ask: how many, and the query that says which and whose."""

from datetime import datetime
from typing import NamedTuple

from schemas.errors import Retry, Stop
from schemas.settings import Settings
from sinks.clickhouse import connect_from
from sinks.ports import WarehouseReader

WHICH = (
    "SELECT origin, partition, position, reason, toValidUTF8(key) AS key, "
    "if(headers['ce_id'] = '', JSONExtractString(value, 'source'), headers['ce_source']) AS source, "
    "if(headers['ce_id'] = '', JSONExtractString(value, 'id'), headers['ce_id']) AS id, detail "
    "FROM dead_letters ORDER BY append_time DESC LIMIT 20"
)
"""Whose they are, as far as source and id can be read; of what may be a rating readers get neither."""
_COUNTED = """
SELECT sum(letters), max(newest), argMax(reason, letters), max(letters)
FROM (SELECT reason, count() AS letters, max(append_time) AS newest FROM dead_letters GROUP BY reason)
"""
ANSWER_SECONDS = 30


class Letters(NamedTuple):
    """``total`` dead letters, the newest parked at ``newest`` (UTC); ``most`` of them for ``reason``."""

    total: int
    newest: datetime
    reason: str
    most: int

    def __str__(self) -> str:
        letters = "1 dead letter" if self.total == 1 else f"{self.total:,} dead letters"
        reasons = f"for {self.reason}" if self.most == self.total else f"{self.most:,} of them for {self.reason}"
        return f'{letters}, {reasons}, the newest of {self.newest:%Y-%m-%d %H:%M} UTC: baton sql "{WHICH}"'


def letters_of(warehouse: WarehouseReader) -> Letters | None:
    """What was parked, as far as it is in the tables; None where nothing was. Raises ``Retry``, ``Stop``."""
    ((count, newest, reason, most),) = warehouse.rows(_COUNTED)
    return Letters(count, newest, reason, most) if count else None


def letters_in(settings: Settings) -> Letters | None:
    """As ``letters_of``; None also while the warehouse can't say."""
    if not settings.clickhouse:
        return None
    try:
        warehouse = connect_from(settings, seconds=ANSWER_SECONDS)
        try:
            return letters_of(warehouse)
        finally:
            warehouse.close()
    # Swallowed: it is said beside what was asked, which must be answered all the same.
    except (Retry, Stop):
        return None
