-- Every readable record of baton.events.v1, byte for byte, so that a rebuild can replay it. Written twice it is one row:
-- the key is the record's place in the log, and the same place always holds the same bytes.
CREATE TABLE IF NOT EXISTS raw_events
(
    partition        UInt16                          COMMENT 'Partition of baton.events.v1 the record stands in',
    offset           UInt64                          COMMENT 'Offset of the record in its partition',
    append_time      DateTime64(3, 'UTC')            COMMENT 'When Kafka took the record in',
    key              String                          COMMENT 'The record key as it was sent: the subject, in UTF-8',
    type             LowCardinality(String)          COMMENT 'Event type, baton.<noun>.<past tense>.v1; ticks and other control records included',
    source           LowCardinality(String)          COMMENT 'Where the event comes from; with id and subject it identifies the event',
    id               String                          COMMENT 'The event''s id at its source',
    subject          String                          COMMENT 'The work item; for a control record what it is about',
    time             DateTime64(3, 'UTC')            COMMENT 'When it happened at the source; of a tick: W',
    sequence         Int64                           COMMENT 'Place in the source, 0 when the source has none',
    revision         UInt64                          COMMENT 'Correction number; the highest of one event survives',
    recorded_at      Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the source wrote it down; breaks ties between equal revisions',
    deleted          Bool                            COMMENT 'True for a retraction: the event never happened',
    to_team          LowCardinality(String)          COMMENT 'Moves: team that got the item; empty = the unassigned queue',
    from_team        LowCardinality(String)          COMMENT 'Moves: team that had the item, as the source says; empty = not said',
    status           LowCardinality(String)          COMMENT 'Statuses: queued, working, waiting, resolved or closed; else empty',
    word             LowCardinality(String)          COMMENT 'Statuses: the source''s own word; empty = not said',
    handoff          String                          COMMENT 'Handoff events: id of the handoff; else empty',
    supplier         LowCardinality(String)          COMMENT 'Requested, offered: team that delivers; else empty',
    customer         LowCardinality(String)          COMMENT 'Requested, offered: internal customer, the team that gets the deliverable; else empty',
    deliverable      LowCardinality(String)          COMMENT 'What is handed over; empty = not said',
    reason           LowCardinality(String)          COMMENT 'Why it was moved, returned or cancelled; empty = not said',
    due_at           Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the deliverable is due',
    rework_minutes   Nullable(UInt32)                COMMENT 'Accepted, returned: minutes the customer spent on repair',
    recheck_minutes  Nullable(UInt32)                COMMENT 'Accepted: minutes the customer spent on checking',
    value            String CODEC(ZSTD(1))           COMMENT 'The record''s original bytes: a CloudEvent in JSON',
    INDEX subject_index subject TYPE bloom_filter(0.01) GRANULARITY 4,
    INDEX time_index time TYPE minmax GRANULARITY 4
)
ENGINE = ReplacingMergeTree
ORDER BY (partition, offset)
COMMENT 'Every readable record of baton.events.v1 with its original bytes, ticks and control records included';
