-- What journeys left out because its item had reached a cap (streams/journeys/caps.py). Under the reasons moves and offers an item
-- takes no more moves and offers: other events of the same id, and retractions, are taken in and are not shown here. Under the reason
-- events it has taken in nothing of that id.
CREATE OR REPLACE VIEW beyond_cap
(
    item         String                  COMMENT 'The work item',
    reason       LowCardinality(String)  COMMENT 'Which cap: moves (of the item), offers (of one handoff) or events (of the item)',
    type         LowCardinality(String)  COMMENT 'Event type, baton.<noun>.<past tense>.v1',
    time         DateTime64(3, 'UTC')    COMMENT 'When it happened at the source',
    source       LowCardinality(String)  COMMENT 'Where the event comes from; with id and item it identifies the event',
    id           String                  COMMENT 'The event''s id at its source',
    revision     UInt64                  COMMENT 'Correction number',
    deleted      Bool                    COMMENT 'True for a retraction',
    append_time  DateTime64(3, 'UTC')    COMMENT 'When Kafka took the record in',
    partition    UInt16                  COMMENT 'Partition of baton.events.v1 the record stands in',
    offset       UInt64                  COMMENT 'Offset of the record in its partition',
    value        String                  COMMENT 'The record''s original bytes: a CloudEvent in JSON, or its data alone (binary mode)',
    headers      Map(String, String)     COMMENT 'The record''s headers that say how it is read: ce_… (CloudEvents in binary mode), content-type'
)
AS
SELECT
    e.subject AS item, v.reason AS reason, e.type AS type, e.time AS time, e.source AS source, e.id AS id, e.revision AS revision,
    e.deleted AS deleted, e.append_time AS append_time, e.partition AS partition, e.offset AS offset, e.value AS value,
    e.headers AS headers
FROM raw_events AS e FINAL
INNER JOIN (SELECT * FROM verdicts WHERE verdict = 'beyond_cap') AS v
    ON v.item = e.subject AND v.source = e.source AND v.id = e.id
WHERE (v.reason = 'events' OR (e.type IN ('baton.item.moved.v1', 'baton.handoff.offered.v1') AND NOT e.deleted))
    AND (e.partition, e.offset) NOT IN
        (SELECT toUInt16(partition), position FROM dead_letter_log WHERE origin = 'baton.events.v1')
COMMENT 'Records that no calculation uses because their item has as many as are kept of one, with their original bytes';
