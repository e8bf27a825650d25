-- A transaction of a producer ends with a marker, which takes an offset and is no record. Such offsets have no row and lack nothing.
CREATE TABLE IF NOT EXISTS log_holes
(
    topic         LowCardinality(String)  COMMENT 'Kafka topic the sink reads',
    partition     UInt16                  COMMENT 'Partition of the topic',
    first_offset  UInt64                  COMMENT 'First of the offsets at which the log holds no record',
    last_offset   UInt64                  COMMENT 'Last of them'
)
ENGINE = ReplacingMergeTree
ORDER BY (topic, partition, first_offset, last_offset)
COMMENT 'Offsets at which the log itself holds no record: the markers of transactions';
