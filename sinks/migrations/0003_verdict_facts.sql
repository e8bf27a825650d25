CREATE TABLE IF NOT EXISTS verdict_facts
(
    generation  UInt32                  COMMENT 'Generation that wrote the verdict',
    subject     String                  COMMENT 'The work item of the judged event',
    source      String                  COMMENT 'Source of the judged event',
    id          String                  COMMENT 'Id of the judged event',
    version     UInt64                  COMMENT 'generation << 48 | tick offset: the highest holds',
    is_deleted  UInt8                   COMMENT '1: the verdict no longer holds',
    partition   UInt16                  COMMENT 'Partition of baton.events.v1 that holds the item',
    w           DateTime64(3, 'UTC')    COMMENT 'W of the tick the verdict was published for',
    verdict     LowCardinality(String)  COMMENT 'too_late: arrived after the item was forgotten; anomaly: made no sense in its handoff',
    reason      LowCardinality(String)  COMMENT 'Why, in one word'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (generation, subject, source, id, verdict)
COMMENT 'Judgements on single events as versioned upserts, of every generation; read the view verdicts instead';
