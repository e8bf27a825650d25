"""questions: those of docs/questions.md that ask for one month, on ten million handoffs of three years."""

import re
import time
from pathlib import Path

from bench.choices import Choices
from bench.facts_of_years import HASHED, IN_ORDER, fill
from bench.ground import ground
from bench.outcome import Finding, Run, Wrong
from sinks.clickhouse import ClickHouse, connect
from sinks.migrate import migrate
from sinks.migration_files import read

HANDOFFS = 10_000_000
_PAGE = Path(__file__).parent.parent.parent / "docs" / "questions.md"
_GOAL = "1 s"


def measure(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """Items' names follow time."""
    return _measure(choices, IN_ORDER)


def measure_hashed(choices: Choices) -> tuple[list[Run], list[Finding]]:
    """Items' names follow nothing, so that every stretch of rows has some of each month."""
    return _measure(choices, HASHED)


def of_a_month() -> dict[str, str]:
    """Title → query of the questions that ask for a month."""
    found = re.findall(r"^### (\d+\. .+?)\n.*?```sql\n(.*?)```", _PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return {title: query for title, query in found if " AS month\n" in query}


def _measure(choices: Choices, name: str) -> tuple[list[Run], list[Finding]]:
    """As a reader asks them; the least of some runs. Raises ``Wrong`` where facts are missing or a question finds nothing."""
    with ground(choices.place, warehouse=True) as under:
        user = under.settings.clickhouse_user
        private = connect(under.clickhouse, user, "", "questions_private", seconds=3600)
        migrate(private, read(), lambda _: None, "questions")
        started = time.monotonic()
        handoffs = fill(private, (choices.events or HANDOFFS) // 2, name)
        found = [Finding("handoffs written", handoffs, "handoffs"), Finding("writing them", time.monotonic() - started, "s")]
        ((there,),) = private.rows("SELECT count() FROM handoffs")
        if there != handoffs:
            raise Wrong(f"{handoffs} handoffs were written, and {there} are there")
        reader = connect(under.clickhouse, user, "", "questions", seconds=3600)
        for title, query in of_a_month().items():
            found += _asked(reader, title, query, choices.repeat, _GOAL)
        found += _asked(reader, "pair_months, all months", "SELECT count() FROM pair_months", 1, "")
        reader.close()
        private.close()
    return [], found


def _asked(reader: ClickHouse, title: str, query: str, repeat: int, goal: str) -> list[Finding]:
    """Wall and processor seconds; beside other work only the second says much."""
    least = busy = float("inf")
    for _ in range(repeat):
        started, before = time.monotonic(), _processor_seconds(reader)
        rows = reader.rows(query)
        least, busy = min(least, time.monotonic() - started), min(busy, _processor_seconds(reader) - before)
        if not rows:
            raise Wrong(f"{title}: no row")
    return [Finding(title, least, "s", goal), Finding("  of the processor", busy, "s")]


def _processor_seconds(reader: ClickHouse) -> float:
    """What the whole engine has taken so far."""
    events = "('UserTimeMicroseconds', 'SystemTimeMicroseconds')"
    ((micros,),) = reader.rows(f"SELECT sum(value) FROM system.events WHERE event IN {events}")
    return float(micros) / 1e6
