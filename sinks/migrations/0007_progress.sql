-- A generation is complete when in every source it has come as far as any generation before it had; the first one is at once.
CREATE OR REPLACE VIEW generations
(
    generation  UInt32  COMMENT 'Number of the generation; each rebuild is the next one',
    complete    UInt8   COMMENT '1: it has come as far as every generation before it; readers see the newest complete one'
)
AS
WITH
    reached AS
    (
        SELECT generation, partition, if(uniqExact(target) = max(targets), min(offset), -1) AS tick
        FROM watermarks FINAL
        GROUP BY generation, partition
    ),
    pairs AS
    (
        SELECT g.generation AS generation, p.partition AS partition
        FROM (SELECT DISTINCT generation FROM watermarks) AS g
        CROSS JOIN (SELECT DISTINCT partition FROM watermarks) AS p
    ),
    ticks AS
    (
        SELECT pairs.generation AS generation, pairs.partition AS partition, ifNull(toNullable(reached.tick), -1) AS tick
        FROM pairs
        LEFT JOIN reached ON reached.generation = pairs.generation AND reached.partition = pairs.partition
        SETTINGS join_use_nulls = 1
    ),
    compared AS
    (
        SELECT
            generation,
            tick,
            max(tick) OVER (PARTITION BY partition ORDER BY generation ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS bar
        FROM ticks
    )
SELECT
    generation,
    toUInt8(min(tick >= bar) OR generation = (SELECT min(generation) FROM watermarks)) AS complete
FROM compared
GROUP BY generation
COMMENT 'Generations that have published, and which of them readers may see';

CREATE OR REPLACE VIEW progress
(
    generation  UInt32                          COMMENT 'The newest complete generation',
    partition   UInt16                          COMMENT 'Source: partition of baton.events.v1',
    partitions  UInt16                          COMMENT 'How many sources there are',
    w           Nullable(DateTime64(3, 'UTC'))  COMMENT 'All this source publishes for this W is queryable; null = a target is still without watermark',
    offset      Int64                           COMMENT 'Offset of the tick W in the source; -1 = none yet'
)
AS
SELECT
    marks.generation AS generation,
    marks.partition AS partition,
    max(marks.partitions) AS partitions,
    if(uniqExact(marks.target) = max(marks.targets), min(marks.w), NULL) AS w,
    if(uniqExact(marks.target) = max(marks.targets), min(marks.offset), -1) AS offset
FROM (SELECT * FROM watermarks FINAL WHERE generation = (SELECT max(generation) FROM generations WHERE complete)) AS marks
GROUP BY marks.generation, marks.partition
COMMENT 'How far each source is complete in the tables, in all targets';

CREATE OR REPLACE VIEW as_of
(
    generation  UInt32                          COMMENT 'The newest complete generation',
    w           Nullable(DateTime64(3, 'UTC'))  COMMENT 'Every source is complete in the tables up to this W; null = a source is still missing'
)
AS
SELECT
    p.generation AS generation,
    if(count(p.w) = max(p.partitions), min(p.w), NULL) AS w
FROM progress AS p
GROUP BY p.generation
COMMENT 'The W up to which all sources are complete: one row';
