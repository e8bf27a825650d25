-- Written after the rows, so rows below a position are always there. A sink that starts goes on from here, not from Kafka's
-- committed offset: an emptied or restored warehouse fills itself again.
CREATE TABLE IF NOT EXISTS sink_positions
(
    topic      LowCardinality(String)  COMMENT 'Kafka topic the sink reads',
    partition  UInt16                  COMMENT 'Partition of the topic',
    position   UInt64                  COMMENT 'Offset of the next record to read: every record below is in the tables'
)
ENGINE = ReplacingMergeTree(position)
ORDER BY (topic, partition)
COMMENT 'How far the sink has come in each topic partition';
