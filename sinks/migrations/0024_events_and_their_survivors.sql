CREATE OR REPLACE VIEW events
(
    item             String                          COMMENT 'The work item; of a rating its pair, supplier > customer',
    type             LowCardinality(String)          COMMENT 'Event type, baton.<noun>.<past tense>.v1',
    time             DateTime64(3, 'UTC')            COMMENT 'When it happened at the source',
    source           LowCardinality(String)          COMMENT 'Where the event comes from; with id and item it identifies the event',
    id               String                          COMMENT 'The event''s id at its source',
    nanos            UInt32                          COMMENT 'Nanoseconds of time below its millisecond; those of a leap second go on beyond 999,999',
    sequence         Int64                           COMMENT 'Place in the source, 0 when the source has none',
    revision         UInt64                          COMMENT 'Correction number; the highest of one event survives',
    recorded_at      Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the source wrote it down; breaks ties between equal revisions',
    deleted          Bool                            COMMENT 'True for a retraction: the event never happened',
    to_team          LowCardinality(String)          COMMENT 'Moves: team that got the item; empty = the unassigned queue. Rejections: team it goes back to; empty = the team before',
    from_team        LowCardinality(String)          COMMENT 'Moves: team that had the item, as the source says; empty = not said',
    status           LowCardinality(String)          COMMENT 'Statuses: queued, working, waiting, returned, resolved or closed; else empty',
    word             LowCardinality(String)          COMMENT 'Statuses: the source''s own word; empty = not said',
    handoff          String                          COMMENT 'Handoff events: id of the handoff; else empty',
    supplier         LowCardinality(String)          COMMENT 'Requested, offered: team that delivers; else empty',
    customer         LowCardinality(String)          COMMENT 'Requested, offered: internal customer, the team that gets the deliverable; else empty',
    deliverable      LowCardinality(String)          COMMENT 'What is handed over; empty = not said',
    reason           LowCardinality(String)          COMMENT 'Why it was moved, returned or cancelled; empty = not said',
    due_at           Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the deliverable is due',
    rework_minutes   Nullable(UInt32)                COMMENT 'Accepted, returned: minutes the customer spent on repair',
    recheck_minutes  Nullable(UInt32)                COMMENT 'Accepted: minutes the customer spent on checking',
    rater            String                          COMMENT 'Ratings: who rates, a pseudonym; else empty',
    team             LowCardinality(String)          COMMENT 'Ratings: the rater''s team; else empty',
    effectiveness    Nullable(UInt8)                 COMMENT 'Ratings: whether the deliverable did what it was for, 1 (poor) to 5 (excellent)',
    consistency      Nullable(UInt8)                 COMMENT 'Ratings: whether it does so every time, 1 (poor) to 5 (excellent)',
    kind             LowCardinality(String)          COMMENT 'Ratings: customer, or self for the supplier''s own; else empty',
    period           LowCardinality(String)          COMMENT 'Ratings: month it is about, YYYY-MM; empty = the month of its time',
    on_time          Nullable(Bool)                  COMMENT 'Deliveries to the external customer: whether in time; null = not said',
    csat             Nullable(UInt8)                 COMMENT 'Surveys of the external customer: satisfaction, 1 to 5',
    since_at         Nullable(DateTime64(3, 'UTC'))  COMMENT 'Statuses: since when the team had been at the work that ends here; null = not said',
    append_time      DateTime64(3, 'UTC')            COMMENT 'When Kafka took the record in',
    partition        UInt16                          COMMENT 'Partition of baton.events.v1 the record stands in',
    offset           UInt64                          COMMENT 'Offset of the record in its partition',
    value            String                          COMMENT 'The record''s original bytes: a CloudEvent in JSON',
    headers          Map(String, String)             COMMENT 'The record''s headers that say how it is read: ce_… (CloudEvents in binary mode), content-type'
)
AS
SELECT
    subject AS item, type, time, source, id, nanos, sequence, revision, recorded_at, deleted, to_team, from_team, status, word,
    handoff, supplier, customer, deliverable, reason, due_at, rework_minutes, recheck_minutes, rater, team, effectiveness, consistency, kind, period,
    on_time, csat, since_at, append_time, partition, offset, value, headers
FROM raw_events FINAL
WHERE splitByChar('.', type)[2] NOT IN ('clock', 'agreement', 'teams', 'holidays', 'priors')
COMMENT 'Everything that happened as it arrived, corrections, retractions and duplicates included; no control records';

-- The survivor of each (item, source, id) is chosen first, over everything in the cut of the published W; then retractions and
-- events from W on are left out. Ties between equal revisions are decided as journeys decides them: recording time, retraction,
-- time to the nanosecond, sequence, type, content. Left out before: what was parked; what stands in another partition than its
-- key's, by the murmur2 of Kafka's clients; of events judged too_late the records that came after the item was forgotten (an older
-- revision of such an event was in time and counts); and what the view beyond_cap shows. Events of all types that journeys keep of a
-- subject compete for one (source, id): a correction may change the type.
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
            e.effectiveness AS effectiveness, e.consistency AS consistency, e.kind AS kind, e.period AS period, e.on_time AS on_time, e.csat AS csat,
            e.since_at AS since_at,
            e.partition AS partition, e.offset AS offset,
            cut.w AS cut_w
        FROM raw_events AS e FINAL
        INNER JOIN (SELECT partition, partitions, offset, assumeNotNull(w) AS w FROM progress WHERE w IS NOT NULL) AS cut
            ON cut.partition = e.partition
        LEFT JOIN late ON late.item = e.subject AND late.source = e.source AND late.id = e.id
        WHERE has(ranks, e.type)
            AND toInt64(e.offset) < cut.offset
            AND kafkaMurmurHash(e.key) % cut.partitions = e.partition
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
        ifNull(effectiveness, 0) DESC, ifNull(consistency, 0) DESC, kind = 'self' DESC, handoff DESC, period DESC,
        ifNull(toInt8(on_time), -1) DESC, ifNull(csat, 0) DESC
    LIMIT 1 BY item, source, id
)
WHERE NOT deleted AND time < cut_w
COMMENT 'Events that calculations are made of, as of the published W: survivors, without retractions and what was parked, misplaced, too late or beyond a cap';
