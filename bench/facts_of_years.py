"""Three years of made-up facts, written straight into the tables by SQL: items with their handoffs, as if they were folded.

60 teams, one to three steps an item; of the handoffs a tenth are passed on, a twelfth sent back once, a third have a due time.
"""

from schemas.watermarks import version_of
from sinks.clickhouse import ClickHouse

YEARS_SECONDS = 36 * 30 * 86_400
AT_ONCE = 500_000
_VERSION = version_of(1, 10)
IN_ORDER = "concat('INC', leftPad(toString(n), 9, '0'))"
"""Names that follow time, as numbers of tickets do."""
HASHED = "lower(hex(sipHash128(n)))"
"""Names that follow nothing."""
_ITEMS = """
SELECT
    number AS n, {name} AS item, cityHash64(n) AS h,
    toDateTime64('2023-01-01', 3, 'UTC') + toIntervalSecond(intDiv(n * {span}, {items})) AS opened,
    arrayMap(i -> concat('Team ', toString(cityHash64(intDiv(h, 7) % 40, i) % 60)), range(4)) AS teams,
    arrayCompact(arraySlice(teams, 1, 2 + h % 3)) AS path,
    arrayMap(i -> opened + toIntervalSecond(i * (1800 + h % 7200)), range(length(path))) AS path_at
FROM numbers({first}, {count})
"""
_ITEM_FACTS = """
INSERT INTO item_facts (
    generation, item, version, is_deleted, partition, w, path, path_at, reassignments, bounces, revisits, assignment_changes,
    reopens, reopened_teams, moves, events, holder, status, deliverable, opened_at, last_event_at, resolved_at, closed_at,
    touch_ms, queue_ms
)
SELECT
    1, item, {version}, 0, 0, toDateTime64('2026-01-01', 3, 'UTC'), path, path_at, length(path) - 1,
    arrayCount(i -> i > 2 AND path[i] = path[i - 2], arrayEnumerate(path)), 0, length(path) - 1,
    h % 50 = 0, if(h % 50 = 0, [path[1]], []), length(path), 2 * length(path), path[-1], 'closed', 'incident', opened,
    path_at[-1] + 3600, path_at[-1] + 3600, path_at[-1] + 3600,
    CAST((arrayDistinct(path), arrayMap(team -> 3600000, arrayDistinct(path))), 'Map(String, Int64)'),
    CAST((arrayDistinct(path), arrayMap(team -> 1800000, arrayDistinct(path))), 'Map(String, Int64)')
FROM ({of_items})
"""
_HANDOFF_FACTS = """
INSERT INTO handoff_facts (
    generation, item, source, id, version, is_deleted, partition, w, handoff, supplier, customer, deliverable, implicit, state,
    offered_at, accepted_at, passed_on_at, returned_at, reasons, offer_rework_minutes, offer_repair_minutes,
    offer_recheck_minutes, due_at, due_from, due_changes, sla, void, first_pass, complete_accurate
)
SELECT
    1, item, 'desk', toString(i), {version}, 0, 0, toDateTime64('2026-01-01', 3, 'UTC'), toString(i), path[i - 1], path[i],
    'incident', true, if(passed, 'passed_on', 'accepted'), if(back, [at, at + 5400], [at]) AS offered,
    if(back, [NULL, at + 9000], [if(passed, NULL, at + 1200)]), if(back, [NULL, NULL], [if(passed, at + 1500, NULL)]),
    if(back, [at + 3600, NULL], [NULL]), if(back, ['defect', ''], ['']), arrayMap(o -> NULL, offered),
    arrayMap(o -> NULL, offered), arrayMap(o -> NULL, offered), if(k % 3 = 0, at + 14400, NULL) AS due,
    if(k % 3 = 0, 'event', ''), 0, multiIf(due IS NULL, 'unknown', passed, 'void', 'hit'), false,
    if(passed, NULL, NOT back), if(passed, NULL, NOT back)
FROM
(
    SELECT
        item, path, i, path_at[i] AS at, cityHash64(h, i) AS k, k % 10 = 0 AND i < length(path) AS passed,
        k % 12 = 1 AND NOT passed AS back
    FROM ({of_items})
    ARRAY JOIN range(2, toUInt32(length(path) + 1)) AS i
)
"""
_WATERMARK = (
    "INSERT INTO watermarks (generation, partition, target, partitions, targets, w, offset, version) "
    f"VALUES (1, 0, 0, 1, 1, '2026-01-01 00:00:00', 10, {_VERSION})"
)


def fill(warehouse: ClickHouse, items: int, name: str) -> int:
    """Write ``items`` items with about twice as many handoffs; how many handoffs they are, counted from the same rule.

    ``name``: IN_ORDER or HASHED.
    """
    handoffs = 0
    for first in range(0, items, AT_ONCE):
        part = {"first": first, "count": min(AT_ONCE, items - first)}
        of_items = _ITEMS.format(name=name, span=YEARS_SECONDS, items=items, **part)
        handoffs += int(warehouse.rows(f"SELECT sum(length(path) - 1) FROM ({of_items})")[0][0])
        for statement in (_ITEM_FACTS, _HANDOFF_FACTS):
            warehouse.execute(statement.format(version=_VERSION, of_items=of_items) + " SETTINGS async_insert = 0")
    warehouse.execute(_WATERMARK)
    return handoffs
