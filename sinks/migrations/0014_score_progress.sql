-- As for facts: readers see the newest generation whose scores have come as far as those of every generation before it.
CREATE OR REPLACE VIEW score_generations
(
    generation  UInt32                          COMMENT 'Number of the generation; each rebuild is the next one',
    w           Nullable(DateTime64(3, 'UTC'))  COMMENT 'Its scores are complete up to this W; null = a source or a target is still missing',
    complete    UInt8                           COMMENT '1: its scores have come as far as those of every generation before it'
)
AS
WITH reached AS
(
    SELECT
        generation,
        if(uniqExact(partition, target) = max(partitions) * max(targets), toNullable(min(w)), NULL) AS w,
        ifNull(w, toDateTime64(0, 3, 'UTC')) AS bar
    FROM score_watermarks FINAL
    GROUP BY generation
)
SELECT
    generation,
    w,
    toUInt8(
        bar >= max(bar) OVER (ORDER BY generation ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
        OR generation = (SELECT min(generation) FROM score_watermarks)
    ) AS complete
FROM reached
COMMENT 'Generations that have published scores, and which of them readers may see';

CREATE OR REPLACE VIEW score_progress
(
    generation  UInt32                          COMMENT 'The newest generation whose scores are complete',
    partition   UInt16                          COMMENT 'Source: partition of baton.contributions.v1',
    partitions  UInt16                          COMMENT 'How many sources there are',
    w           Nullable(DateTime64(3, 'UTC'))  COMMENT 'All scores of this source for this W are queryable; null = a target is still without watermark',
    offset      Int64                           COMMENT 'Offset in the source of the record that completed W; -1 = none yet'
)
AS
SELECT
    marks.generation AS generation,
    marks.partition AS partition,
    max(marks.partitions) AS partitions,
    if(uniqExact(marks.target) = max(marks.targets), min(marks.w), NULL) AS w,
    if(uniqExact(marks.target) = max(marks.targets), min(marks.offset), -1) AS offset
FROM (SELECT * FROM score_watermarks FINAL WHERE generation = (SELECT max(generation) FROM score_generations WHERE complete)) AS marks
GROUP BY marks.generation, marks.partition
COMMENT 'How far the scores of each source are complete in the tables, in all targets';

CREATE OR REPLACE VIEW score_as_of
(
    generation  UInt32                          COMMENT 'The newest generation whose scores are complete',
    w           Nullable(DateTime64(3, 'UTC'))  COMMENT 'Scores are complete in the tables up to this W; null = a source is still missing'
)
AS
SELECT generation, w
FROM score_generations
WHERE complete
ORDER BY generation DESC
LIMIT 1
COMMENT 'The W up to which all scores are complete: one row';
