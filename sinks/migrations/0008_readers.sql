CREATE OR REPLACE VIEW items
(
    item                String                          COMMENT 'The work item: the subject of its events',
    path                Array(String)                   COMMENT 'Teams that had the item, in order, repeats merged, the unassigned queue left out',
    reassignments       UInt64                          COMMENT 'Steps of the path',
    bounces             UInt64                          COMMENT 'Direct ping-pongs in the path: A, B, A',
    revisits            UInt64                          COMMENT 'Steps into a team that had the item before',
    assignment_changes  UInt64                          COMMENT 'Steps with the unassigned queue counted as a place of its own',
    reopens             UInt64                          COMMENT 'Times the item went on after it was resolved or closed',
    reopened_teams      Array(String)                   COMMENT 'For each reopen the team that had resolved the item',
    moves               UInt64                          COMMENT 'Surviving moves',
    events              UInt64                          COMMENT 'Surviving events',
    holder              LowCardinality(String)          COMMENT 'Team that has the item, or had it last; empty = none known',
    status              LowCardinality(String)          COMMENT 'Last status: queued, working, waiting, resolved or closed; empty = none known',
    deliverable         LowCardinality(String)          COMMENT 'What is handed over; empty = not said',
    due_at              Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the deliverable is due',
    opened_at           DateTime64(3, 'UTC')            COMMENT 'Time of the first surviving event',
    last_event_at       DateTime64(3, 'UTC')            COMMENT 'Time of the last surviving event',
    resolved_at         Nullable(DateTime64(3, 'UTC'))  COMMENT 'Start of the resolved or closed run the item is in',
    closed_at           Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the item was closed in that run',
    touch_ms            Map(String, Int64)              COMMENT 'Team to milliseconds it had the item with work under way',
    queue_ms            Map(String, Int64)              COMMENT 'Team to milliseconds it had the item without work under way',
    partition           UInt16                          COMMENT 'Partition of baton.events.v1 that holds the item',
    version             UInt64                          COMMENT 'generation << 48 | tick offset: the highest holds',
    w                   DateTime64(3, 'UTC')            COMMENT 'W of the tick the fact last changed at'
)
AS
SELECT
    item, path, reassignments, bounces, revisits, assignment_changes, reopens, reopened_teams, moves, events, holder, status,
    deliverable, due_at, opened_at, last_event_at, resolved_at, closed_at, touch_ms, queue_ms, partition, version, w
FROM item_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Work items and their custody paths: one row an item, of the newest complete generation';

CREATE OR REPLACE VIEW verdicts
(
    item       String                  COMMENT 'The work item of the judged event',
    source     String                  COMMENT 'Source of the judged event',
    id         String                  COMMENT 'Id of the judged event',
    verdict    LowCardinality(String)  COMMENT 'too_late: arrived after the item was forgotten; anomaly: made no sense in its handoff',
    reason     LowCardinality(String)  COMMENT 'Why, in one word',
    partition  UInt16                  COMMENT 'Partition of baton.events.v1 that holds the item',
    version    UInt64                  COMMENT 'generation << 48 | tick offset: the highest holds',
    w          DateTime64(3, 'UTC')    COMMENT 'W of the tick the verdict was published for'
)
AS
SELECT subject AS item, source, id, verdict, reason, partition, version, w
FROM verdict_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Events that calculations leave out, and why; of the newest complete generation';

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
    value        Nullable(String)        COMMENT 'Value of the original, byte for byte'
)
AS
SELECT origin, partition, position, reason, detail, by, append_time, key, value
FROM dead_letter_log FINAL
COMMENT 'Everything that could not be used, with its original bytes and why';

CREATE OR REPLACE VIEW events
(
    item             String                          COMMENT 'The work item',
    type             LowCardinality(String)          COMMENT 'Event type, baton.<noun>.<past tense>.v1',
    time             DateTime64(3, 'UTC')            COMMENT 'When it happened at the source',
    source           LowCardinality(String)          COMMENT 'Where the event comes from; with id and item it identifies the event',
    id               String                          COMMENT 'The event''s id at its source',
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
    append_time      DateTime64(3, 'UTC')            COMMENT 'When Kafka took the record in',
    partition        UInt16                          COMMENT 'Partition of baton.events.v1 the record stands in',
    offset           UInt64                          COMMENT 'Offset of the record in its partition',
    value            String                          COMMENT 'The record''s original bytes: a CloudEvent in JSON'
)
AS
SELECT
    subject AS item, type, time, source, id, sequence, revision, recorded_at, deleted, to_team, from_team, status, word, handoff,
    supplier, customer, deliverable, reason, due_at, rework_minutes, recheck_minutes, append_time, partition, offset, value
FROM raw_events FINAL
WHERE splitByChar('.', type)[2] NOT IN ('clock', 'agreement', 'teams', 'holidays', 'priors')
COMMENT 'Everything that happened to work items as it arrived, corrections, retractions and duplicates included; no control records';
