-- A watermark is written after every row that stands before it in its facts partition (target).
CREATE TABLE IF NOT EXISTS watermarks
(
    generation  UInt32                COMMENT 'Generation that publishes',
    partition   UInt16                COMMENT 'Source: partition of baton.events.v1',
    target      UInt16                COMMENT 'Partition of baton.facts.v1 the watermark stands in',
    partitions  UInt16                COMMENT 'How many sources there are',
    targets     UInt16                COMMENT 'How many targets there are',
    w           DateTime64(3, 'UTC')  COMMENT 'Everything the source publishes for this W is in this target''s rows',
    offset      Int64                 COMMENT 'Offset of the tick W in the source',
    version     UInt64                COMMENT 'generation << 48 | tick offset: the highest holds'
)
ENGINE = ReplacingMergeTree(version)
ORDER BY (generation, partition, target)
COMMENT 'How far each source has come in each target; read the view progress instead';

CREATE TABLE IF NOT EXISTS watermark_history
(
    generation  UInt32                COMMENT 'Generation that publishes',
    partition   UInt16                COMMENT 'Source: partition of baton.events.v1',
    offset      Int64                 COMMENT 'Offset of the tick W in the source',
    w           DateTime64(3, 'UTC')  COMMENT 'W of the tick'
)
ENGINE = ReplacingMergeTree
ORDER BY (generation, partition, offset)
COMMENT 'Every accepted tick: what was published for W is the fold of the source''s records below offset';
