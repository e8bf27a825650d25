-- Every offset from the oldest one kept up to the published tick has a row, or a dead letter, or is no record. One line a partition.
WITH
    kept AS
    (
        SELECT partition, offset FROM raw_events
        UNION DISTINCT
        SELECT toUInt16(partition), position FROM dead_letter_log WHERE origin = 'baton.events.v1'
        UNION DISTINCT
        SELECT partition, arrayJoin(range(first_offset, last_offset + 1)) FROM log_holes WHERE topic = 'baton.events.v1'
    ),
    ordered AS
    (
        SELECT
            k.partition AS partition,
            toInt64(k.offset) AS offset,
            p.offset AS tick,
            lagInFrame(toInt64(k.offset), 1, toInt64(k.offset) - 1) OVER
                (PARTITION BY k.partition ORDER BY k.offset ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS before
        FROM kept AS k
        INNER JOIN progress AS p ON p.partition = k.partition
        WHERE toInt64(k.offset) <= p.offset
    )
SELECT
    partition,
    min(offset) AS oldest,
    any(tick) AS tick_offset,
    tick_offset - oldest + 1 AS offsets,
    count() AS present,
    offsets - present AS missing,
    arrayConcat(
        groupArrayIf(5)((before + 1, offset - 1), offset > before + 1),
        if(max(offset) < tick_offset, [(max(offset) + 1, tick_offset)], [])
    ) AS gaps
FROM ordered
GROUP BY partition
ORDER BY partition
