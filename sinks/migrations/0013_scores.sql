-- One row a score record, its results side by side in arrays: a newer version without a measure takes the measure away with it.
CREATE TABLE IF NOT EXISTS score_rows
(
    generation  UInt32                         COMMENT 'Generation that wrote the score',
    scope       LowCardinality(String)         COMMENT 'What is scored: pair, both (two teams), route or source',
    parts       Array(String)                  COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    window      LowCardinality(String)         COMMENT 'Length of the window: 1h, 24h, 7d or 30d',
    window_end  DateTime64(3, 'UTC')           COMMENT 'End of the window, exclusive',
    refresh     LowCardinality(String)         COMMENT 'live: written when the numbers change; daily: written once, when the day has ended',
    version     UInt64                         COMMENT 'generation << 48 | offset of the step: the highest holds',
    partition   UInt16                         COMMENT 'Partition of baton.contributions.v1 that holds the scope',
    w           DateTime64(3, 'UTC')           COMMENT 'W of the step that wrote it',
    label       LowCardinality(String)         COMMENT 'provisional when W was inside the window, closed when it had reached the end',
    measure     Array(LowCardinality(String))  COMMENT 'For each result: the measure',
    part        Array(String)                  COMMENT 'For each result: deliverable, reason or the like; else empty',
    value       Array(Nullable(Float64))       COMMENT 'For each result: its value; null for a reason',
    n           Array(UInt64)                  COMMENT 'For each result: what it rests on',
    k           Array(Nullable(Int64))         COMMENT 'For each result: how many of those counted, for rates',
    low         Array(Nullable(Float64))       COMMENT 'For each result: lower end of its 95 % interval',
    high        Array(Nullable(Float64))       COMMENT 'For each result: upper end of its 95 % interval',
    reason      Array(LowCardinality(String))  COMMENT 'For each result: why it has no value; empty when it has one'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, scope, parts, window, window_end, refresh)
COMMENT 'Scores as versioned upserts, of every generation; read the views scores and scores_now instead';

CREATE TABLE IF NOT EXISTS score_watermarks
(
    generation  UInt32                COMMENT 'Generation that publishes',
    partition   UInt16                COMMENT 'Source: partition of baton.contributions.v1',
    target      UInt16                COMMENT 'Partition of baton.scores.v1 the watermark stands in',
    partitions  UInt16                COMMENT 'How many sources there are',
    targets     UInt16                COMMENT 'How many targets there are',
    w           DateTime64(3, 'UTC')  COMMENT 'Everything the source publishes for this W is in this target''s rows',
    offset      Int64                 COMMENT 'Offset in the source of the record that completed W',
    version     UInt64                COMMENT 'generation << 48 | offset: the highest holds'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, partition, target)
COMMENT 'How far the scores of each source have come in each target; read the view score_progress instead';

CREATE TABLE IF NOT EXISTS score_watermark_history
(
    generation  UInt32                COMMENT 'Generation that publishes',
    partition   UInt16                COMMENT 'Source: partition of baton.contributions.v1',
    offset      Int64                 COMMENT 'Offset in the source of the record that completed W',
    w           DateTime64(3, 'UTC')  COMMENT 'W of the step'
)
ENGINE = ReplacingMergeTree
ORDER BY (generation, partition, offset)
COMMENT 'Every step of the scores: what was published for W is the fold of the contributions below offset';
