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
WHERE v.reason = 'events' OR (e.type IN ('baton.item.moved.v1', 'baton.handoff.offered.v1') AND NOT e.deleted)
COMMENT 'Records that no calculation uses because their item has as many as are kept of one, with their original bytes';

-- The survivor of each (item, source, id) is chosen first, over everything in the cut of the published W; then retractions and
-- events from W on are left out. Ties between equal revisions are decided as journeys decides them: recording time, retraction,
-- time to the nanosecond, sequence, type, content. Left out before: what was parked, and of events judged too_late the records that
-- came after the item was forgotten (an older revision of such an event was in time and counts), and what the view beyond_cap
-- shows. Events of all types that journeys keep of a subject compete for one (source, id): a correction may change the type.
CREATE OR REPLACE VIEW surviving_events
(
    item         String                  COMMENT 'The work item',
    type         LowCardinality(String)  COMMENT 'Event type, baton.<noun>.<past tense>.v1',
    rank         Int8                    COMMENT 'Place of the type in the order of one item''s events',
    time         DateTime64(3, 'UTC')    COMMENT 'When it happened at the source',
    nanos        UInt32                  COMMENT 'Nanoseconds of time below its millisecond; those of a leap second go on beyond 999,999',
    sequence     Int64                   COMMENT 'Place in the source, 0 when the source has none',
    source       LowCardinality(String)  COMMENT 'Where the event comes from; with id and item it identifies the event',
    id           String                  COMMENT 'The event''s id at its source',
    revision     UInt64                  COMMENT 'Correction number of the survivor',
    to_team      LowCardinality(String)  COMMENT 'Moves: team that got the item; empty = the unassigned queue. Rejections: team it goes back to; empty = the team before',
    from_team    LowCardinality(String)  COMMENT 'Moves: team that had the item, as the source says; empty = not said',
    status       LowCardinality(String)  COMMENT 'Statuses: queued, working, waiting, returned, resolved or closed; else empty',
    handoff      String                  COMMENT 'Handoff events: id of the handoff; else empty',
    supplier     LowCardinality(String)  COMMENT 'Requested, offered: team that delivers; else empty',
    customer     LowCardinality(String)  COMMENT 'Requested, offered: internal customer, the team that gets the deliverable; else empty',
    deliverable  LowCardinality(String)  COMMENT 'What is handed over; empty = not said',
    reason       LowCardinality(String)  COMMENT 'Why it was moved, returned or cancelled, or what was wrong; empty = not said',
    of_item      UInt8                   COMMENT '1: it counts in the item''s fact; 0: a rating, or of the external customer',
    partition    UInt16                  COMMENT 'Partition of baton.events.v1 the record stands in',
    offset       UInt64                  COMMENT 'Offset of the survivor''s record in its partition'
)
AS
WITH
    ['baton.item.moved.v1', 'baton.item.status.v1', 'baton.handoff.requested.v1', 'baton.handoff.offered.v1',
     'baton.handoff.accepted.v1', 'baton.handoff.returned.v1', 'baton.handoff.completed.v1', 'baton.handoff.cancelled.v1',
     'baton.rating.given.v1', 'baton.outcome.delivered.v1', 'baton.outcome.complained.v1', 'baton.outcome.surveyed.v1',
     'baton.outcome.escaped.v1'] AS ranks,
    ['queued', 'working', 'waiting', 'returned', 'resolved', 'closed'] AS statuses,
    late AS
    (
        SELECT v.item AS item, v.source AS source, v.id AS id, ifNull(v.forgotten_tick, 0) AS forgotten_tick
        FROM verdicts AS v
        WHERE v.verdict = 'too_late'
    ),
    arrived AS
    (
        SELECT
            e.subject AS item, e.type AS type, toInt8(indexOf(ranks, e.type)) - 1 AS rank, e.time AS time, e.nanos AS nanos,
            e.sequence AS sequence, e.source AS source, e.id AS id, e.revision AS revision, e.recorded_at AS recorded_at, e.deleted AS deleted,
            e.to_team AS to_team, e.from_team AS from_team, e.status AS status, e.handoff AS handoff, e.supplier AS supplier,
            e.customer AS customer, e.deliverable AS deliverable, e.reason AS reason, e.due_at AS due_at,
            e.rework_minutes AS rework_minutes, e.recheck_minutes AS recheck_minutes, e.rater AS rater, e.team AS team,
            e.effectiveness AS effectiveness, e.consistency AS consistency, e.kind AS kind, e.on_time AS on_time, e.csat AS csat,
            e.since_at AS since_at,
            e.partition AS partition, e.offset AS offset,
            cut.w AS cut_w
        FROM raw_events AS e FINAL
        INNER JOIN (SELECT partition, offset, assumeNotNull(w) AS w FROM progress WHERE w IS NOT NULL) AS cut
            ON cut.partition = e.partition
        LEFT JOIN late ON late.item = e.subject AND late.source = e.source AND late.id = e.id
        WHERE has(ranks, e.type)
            AND toInt64(e.offset) < cut.offset
            AND (e.partition, e.offset) NOT IN
                (SELECT toUInt16(partition), position FROM dead_letter_log WHERE origin = 'baton.events.v1')
            AND (late.id = '' OR e.offset < late.forgotten_tick)
            AND (e.partition, e.offset) NOT IN (SELECT partition, offset FROM beyond_cap)
    )
SELECT
    item, type, rank, time, nanos, sequence, source, id, revision, to_team, from_team, status, handoff, supplier, customer,
    deliverable, reason, toUInt8(rank < 8) AS of_item, partition, offset
FROM
(
    SELECT *
    FROM arrived
    ORDER BY
        revision DESC, ifNull(toUnixTimestamp64Milli(recorded_at), -1) DESC, deleted DESC, time DESC, nanos DESC, sequence DESC,
        rank DESC, indexOf(statuses, status) DESC, rater DESC, team DESC, if(rater = '', handoff, '') DESC, supplier DESC, customer DESC, to_team DESC, from_team DESC,
        deliverable DESC, reason DESC, ifNull(toUnixTimestamp64Milli(due_at), -1) DESC, ifNull(toUnixTimestamp64Milli(since_at), -1) DESC,
        ifNull(toInt64(rework_minutes), -1) DESC, ifNull(toInt64(recheck_minutes), -1) DESC,
        ifNull(effectiveness, 0) DESC, ifNull(consistency, 0) DESC, kind = 'self' DESC, handoff DESC,
        ifNull(toInt8(on_time), -1) DESC, ifNull(csat, 0) DESC
    LIMIT 1 BY item, source, id
)
WHERE NOT deleted AND time < cut_w
COMMENT 'Events that calculations are made of, as of the published W: survivors, without retractions, parked ones, too late ones and those beyond a cap';

CREATE OR REPLACE VIEW intake
(
    source     String                              COMMENT 'Source of the events',
    pane       DateTime64(3, 'UTC')                COMMENT 'Begin of the five minutes of append time',
    received   Int64                               COMMENT 'Events that arrived',
    duplicate  Int64                               COMMENT 'Of them: repeated an event already there',
    corrected  Int64                               COMMENT 'Of them: a newer revision of one already there',
    retracted  Int64                               COMMENT 'Of them: took an event back',
    stale      Int64                               COMMENT 'Of them: an older revision than the one there',
    late       Int64                               COMMENT 'Of them: happened before the W that had been published',
    future     Int64                               COMMENT 'Of them: more than a day ahead of W',
    too_late   Int64                               COMMENT 'Of them: for an item that was forgotten; see the view verdicts',
    beyond_cap Int64                               COMMENT 'Of them: for an item that has as many as are kept of one; see the view beyond_cap',
    anomaly    Int64                               COMMENT 'Events judged anomalies in these five minutes; they stay counted when judged otherwise later',
    self_rating Int64                              COMMENT 'Likewise: ratings by suppliers of their own work that did not say so',
    counts     Map(LowCardinality(String), Int64)  COMMENT 'All of these, and whatever else was counted',
    partition  UInt16                              COMMENT 'Partition of baton.events.v1 they arrived in',
    version    UInt64                              COMMENT 'generation << 48 | tick offset: the highest holds',
    w          DateTime64(3, 'UTC')                COMMENT 'W of the tick the fact last changed at'
)
AS
SELECT
    source, pane, counts['received'] AS received, counts['duplicate'] AS duplicate, counts['corrected'] AS corrected,
    counts['retracted'] AS retracted, counts['stale'] AS stale, counts['late'] AS late, counts['future'] AS future,
    counts['too_late'] AS too_late, counts['beyond_cap'] AS beyond_cap, counts['anomaly'] AS anomaly,
    counts['self_rating'] AS self_rating, counts, partition, version, w
FROM intake_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'What arrived from each source in each five minutes and partition, of the newest complete generation';
