-- The key is where the letter came from, so parking twice is parking once.
CREATE TABLE IF NOT EXISTS dead_letter_log
(
    origin       LowCardinality(String)  COMMENT 'Topic or file the original stands in',
    partition    UInt32                  COMMENT 'Partition of that topic; 0 for a file',
    position     UInt64                  COMMENT 'Offset in that partition, or line of the file',
    reason       LowCardinality(String)  COMMENT 'Why it could not be used, in one word',
    detail       String                  COMMENT 'What was wrong and where; never the payload',
    by           LowCardinality(String)  COMMENT 'Who parked it',
    append_time  DateTime64(3, 'UTC')    COMMENT 'When it was parked; of two letters for one origin the later holds',
    key          Nullable(String)        COMMENT 'Key of the original, byte for byte',
    value        Nullable(String)        COMMENT 'Value of the original, byte for byte'
)
ENGINE = ReplacingMergeTree(append_time)
ORDER BY (origin, partition, position)
COMMENT 'Everything that could not be used, with its original bytes and why';
