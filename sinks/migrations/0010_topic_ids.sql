-- Written once for each topic, before anything is read from it. A topic that was deleted and made again has another id: its
-- offsets mean other records, which must not be mixed with the rows that are here. Two sinks may both write the same row.
CREATE TABLE IF NOT EXISTS topic_ids
(
    topic     LowCardinality(String)  COMMENT 'Kafka topic the sink reads',
    topic_id  String                  COMMENT 'The id the broker gave it when it was made'
)
ENGINE = MergeTree
ORDER BY topic
COMMENT 'Which topics the rows of this database were made from';
