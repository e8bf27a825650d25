-- Records of any CloudEvents client: headers that hold attributes (binary mode), and what a time has below the millisecond.
ALTER TABLE raw_events
    ADD COLUMN IF NOT EXISTS nanos    UInt32               COMMENT 'Nanoseconds of time below its millisecond; those of a leap second go on beyond 999,999' AFTER time,
    ADD COLUMN IF NOT EXISTS headers  Map(String, String)  COMMENT 'The record''s headers that say how it is read: ce_… (CloudEvents in binary mode), content-type' AFTER value;

ALTER TABLE dead_letter_log
    ADD COLUMN IF NOT EXISTS headers  Map(String, String)  COMMENT 'Those of the original that say how it is read: ce_… (CloudEvents in binary mode), content-type' AFTER value;

CREATE OR REPLACE VIEW dead_letters
(
    origin       LowCardinality(String)  COMMENT 'Topic or file the original stands in',
    partition    UInt32                  COMMENT 'Partition of that topic; 0 for a file',
    position     UInt64                  COMMENT 'Offset in that partition, or line of the file',
    reason       LowCardinality(String)  COMMENT 'Why it could not be used, in one word',
    detail       String                  COMMENT 'What was wrong and where; never the payload',
    by           LowCardinality(String)  COMMENT 'Who parked it',
    append_time  DateTime64(3, 'UTC')    COMMENT 'When it was parked',
    key          Nullable(String)        COMMENT 'Key of the original, byte for byte',
    value        Nullable(String)        COMMENT 'Value of the original, byte for byte',
    headers      Map(String, String)     COMMENT 'Those of the original that say how it is read: ce_… (CloudEvents in binary mode), content-type'
)
AS
SELECT origin, partition, position, reason, detail, by, append_time, key, value, headers
FROM dead_letter_log FINAL
COMMENT 'Everything that could not be used, with its original bytes and why';
