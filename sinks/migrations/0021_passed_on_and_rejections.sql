-- A team that hands work on without having begun it has accepted nothing: of each offer, when that was. A status may be a rejection
-- (to_team: to whom), and say since when the work lasted that it ends. Facts from before have a null for each offer.
ALTER TABLE raw_events
    ADD COLUMN IF NOT EXISTS since_at  Nullable(DateTime64(3, 'UTC'))  COMMENT 'Statuses: since when the team had been at the work that ends here; null = not said' AFTER csat;

ALTER TABLE handoff_facts
    ADD COLUMN IF NOT EXISTS passed_on_at  Array(Nullable(DateTime64(3, 'UTC'))) DEFAULT arrayMap(offered -> NULL, offered_at)  COMMENT 'For each offer: when the customer handed it on to a third team without any work' AFTER returned_at;

CREATE OR REPLACE VIEW items
(
    item                String                          COMMENT 'The work item: the subject of its events',
    path                Array(String)                   COMMENT 'Teams that had the item, in order, repeats merged, the unassigned queue left out',
    path_at             Array(DateTime64(3, 'UTC'))     COMMENT 'When each place of the path was reached; empty in facts from before it was told',
    reassignments       UInt64                          COMMENT 'Steps of the path',
    bounces             UInt64                          COMMENT 'Direct ping-pongs in the path: A, B, A',
    revisits            UInt64                          COMMENT 'Steps into a team that had the item before',
    assignment_changes  UInt64                          COMMENT 'Steps with the unassigned queue counted as a place of its own',
    reopens             UInt64                          COMMENT 'Times the item went on after it was resolved or closed',
    reopened_teams      Array(String)                   COMMENT 'For each reopen the team that had resolved the item',
    moves               UInt64                          COMMENT 'Surviving moves',
    events              UInt64                          COMMENT 'Surviving events',
    holder              LowCardinality(String)          COMMENT 'Team that has the item, or had it last; empty = none known',
    status              LowCardinality(String)          COMMENT 'Last status: queued, working, waiting, returned, resolved or closed; empty = none known',
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
    item, path, path_at, reassignments, bounces, revisits, assignment_changes, reopens, reopened_teams, moves, events, holder, status,
    deliverable, due_at, opened_at, last_event_at, resolved_at, closed_at, touch_ms, queue_ms, partition, version, w
FROM item_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Work items and their custody paths: one row an item, of the newest complete generation';

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
    handoff, supplier, customer, deliverable, reason, due_at, rework_minutes, recheck_minutes, rater, team, effectiveness, consistency, kind,
    on_time, csat, since_at, append_time, partition, offset, value, headers
FROM raw_events FINAL
WHERE splitByChar('.', type)[2] NOT IN ('clock', 'agreement', 'teams', 'holidays', 'priors')
COMMENT 'Everything that happened as it arrived, corrections, retractions and duplicates included; no control records';

-- The survivor of each (item, source, id) is chosen first, over everything in the cut of the published W; then retractions and
-- events from W on are left out. Ties between equal revisions are decided as journeys decides them: recording time, retraction,
-- time to the nanosecond, sequence, type, content. Left out before: what was parked, and of events judged too_late the records that
-- came after the item was forgotten (an older revision of such an event was in time and counts). Events of all types that journeys
-- keep of a subject compete for one (source, id): a correction may change the type.
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
COMMENT 'Events that calculations are made of, as of the published W: survivors, without retractions, parked and too late ones';

CREATE OR REPLACE VIEW handoffs
(
    item                   String                                 COMMENT 'The work item that was handed over',
    handoff                String                                 COMMENT 'Id of the handoff; of an implicit one that of the move',
    supplier               LowCardinality(String)                 COMMENT 'Team that delivers',
    customer               LowCardinality(String)                 COMMENT 'Internal customer: the team that gets the deliverable',
    deliverable            LowCardinality(String)                 COMMENT 'What is handed over',
    implicit               Bool                                   COMMENT 'True: inferred from moves and statuses',
    source                 String                                 COMMENT 'Implicit handoffs: source of the move that offered it; else empty',
    id                     String                                 COMMENT 'Id of that move, or of the handoff',
    state                  LowCardinality(String)                 COMMENT 'requested, offered, accepted, passed_on, returned, completed or cancelled',
    requested_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the customer asked for it',
    first_offer_at         Nullable(DateTime64(3, 'UTC'))         COMMENT 'When it was first delivered; null = never',
    first_decision_at      Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the first offer was accepted or returned; null = not yet, or it was passed on at last',
    first_decision         LowCardinality(String)                 COMMENT 'accepted or returned; empty = not decided, or passed on',
    acceptance_at          Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the delivery that holds was accepted; null = none is',
    offers                 UInt64                                 COMMENT 'How many times it was delivered',
    loops                  UInt64                                 COMMENT 'How many times it was returned',
    first_pass             Nullable(Bool)                         COMMENT 'Whether the first offer was accepted and not returned in time; null = not decided, or passed on',
    complete_accurate      Nullable(Bool)                         COMMENT 'First pass, and the customer had nothing to repair; null = not decided, or passed on',
    due_at                 Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the deliverable is due',
    due_from               LowCardinality(String)                 COMMENT 'Who says so: event or agreement; empty = nobody',
    due_changes            UInt64                                 COMMENT 'Other due times on redeliveries; they are ignored',
    sla                    LowCardinality(String)                 COMMENT 'As of w: hit, miss, pending, future, void or unknown',
    rework_minutes         Nullable(UInt64)                       COMMENT 'Reported minutes as lost time counts them, at most 40 hours; null = none reported',
    completed_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the customer had finished what the delivery was for',
    cancelled_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When it was called off',
    void                   Bool                                   COMMENT 'True: cancelled before any decision; counts in custody only',
    offered_at             Array(DateTime64(3, 'UTC'))            COMMENT 'For each offer: when it was made',
    accepted_at            Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer: when it was accepted',
    returned_at            Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer: when it was returned; after an acceptance, a defect found later',
    passed_on_at           Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer: when the customer handed it on to a third team without any work',
    reasons                Array(LowCardinality(String))          COMMENT 'For each offer: why it was returned, in the source''s own word; empty = not returned, or not said',
    offer_rework_minutes   Array(Nullable(UInt32))                COMMENT 'For each offer: minutes of rework its return reported',
    offer_repair_minutes   Array(Nullable(UInt32))                COMMENT 'For each offer: minutes the customer spent on repairing what it accepted',
    offer_recheck_minutes  Array(Nullable(UInt32))                COMMENT 'For each offer: minutes the customer spent on checking it',
    partition              UInt16                                 COMMENT 'Partition of baton.events.v1 that holds the item',
    version                UInt64                                 COMMENT 'generation << 48 | tick offset: the highest holds',
    w                      DateTime64(3, 'UTC')                   COMMENT 'W of the tick the fact last changed at'
)
AS
WITH arrayLastIndex(accepted -> accepted IS NOT NULL, accepted_at) AS newest_accepted
SELECT
    item, handoff, supplier, customer, deliverable, implicit, source, id, state, requested_at,
    if(empty(offered_at), NULL, offered_at[1]) AS first_offer_at,
    if(state = 'passed_on', NULL, ifNull(accepted_at[1], returned_at[1])) AS first_decision_at,
    multiIf(state = 'passed_on', '', accepted_at[1] IS NOT NULL, 'accepted', returned_at[1] IS NOT NULL, 'returned', '') AS first_decision,
    if(returned_at[newest_accepted] IS NULL, accepted_at[newest_accepted], NULL) AS acceptance_at,
    length(offered_at) AS offers,
    arrayCount(returned -> returned IS NOT NULL, returned_at) AS loops,
    first_pass, complete_accurate, due_at, due_from, due_changes, sla, rework_minutes, completed_at, cancelled_at, void,
    offered_at, accepted_at, returned_at, passed_on_at, reasons, offer_rework_minutes, offer_repair_minutes, offer_recheck_minutes,
    partition, version, w
FROM handoff_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Handoffs: one row each, of the newest complete generation';

-- What facts give to the measures: the twin in SQL of measures/entries.py, which says the same of every fact. Each line of a list is
-- (does it count?, at which moment, in which field, under which key, how much).
CREATE OR REPLACE VIEW handoff_entries
(
    item         String                  COMMENT 'The work item that was handed over',
    supplier     LowCardinality(String)  COMMENT 'Team that delivers',
    customer     LowCardinality(String)  COMMENT 'Internal customer: the team that gets the deliverable',
    handoff      String                  COMMENT 'Id of the handoff',
    deliverable  LowCardinality(String)  COMMENT 'What is handed over',
    at           DateTime64(3, 'UTC')    COMMENT 'The moment in whose windows it counts',
    field        LowCardinality(String)  COMMENT 'What is counted',
    key          String                  COMMENT 'Bucket of a duration, reason code or the like; else empty',
    amount       Int64                   COMMENT 'How much is added'
)
AS
WITH
    -- A duration's bucket of the sketch (measures/sketch.py): bounds grow by 101/99; 0.0200… is the logarithm of that.
    (ms -> if(ms > 0, toString(toInt64(ceil(log(ms) / 0.020000666706669525))), 'zero')) AS bucket,
    ['incomplete', 'wrong_format', 'defect', 'unclear_request', 'sent_back', 'wrong_team', 'wrong_content', 'missing_approval',
     'missing_information', 'duplicate', 'late', 'not_needed', 'not_agreed', 'not_tested', 'wrong_version', 'wrong_quantity',
     'damaged'] AS codes,
    of_handoffs AS
    (
        SELECT
            item, supplier, customer, handoff, deliverable,
            NOT void AND first_decision_at IS NOT NULL AS decided,
            arraySum(m -> ifNull(toInt64(m), 0), arrayConcat(offer_rework_minutes, offer_repair_minutes)) AS reported_minutes,
            decided AND acceptance_at IS NOT NULL AS held,
            dateDiff('millisecond', first_offer_at, acceptance_at) AS cycle_ms,
            ifNull(toInt64(rework_minutes), 0) AS minutes,
            [
                (sla = 'hit', due_at, 'due_hit', '', 1),
                (sla = 'miss', due_at, 'due_miss', '', 1),
                (sla = 'pending', due_at, 'due_pending', '', 1),
                (sla IN ('hit', 'miss', 'pending') AND ifNull(first_offer_at <= due_at, 0), due_at, 'ontime_first', '', 1),
                (sla = 'unknown', ifNull(first_offer_at, requested_at), 'due_unknown', '', 1),
                (due_changes > 0, first_offer_at, 'due_changed', '', toInt64(due_changes)),
                (1, cancelled_at, 'cancelled', '', 1),
                (void, cancelled_at, 'void', '', 1),
                (decided, first_decision_at, 'dec', '', 1),
                (decided AND ifNull(first_pass, false), first_decision_at, 'pass', '', 1),
                (decided AND ifNull(complete_accurate, false), first_decision_at, 'ca', '', 1),
                (decided, first_decision_at, 'loops', if(loops < 3, toString(loops), '3+'), 1),
                (decided, first_decision_at, 'loops_sum', '', toInt64(loops)),
                (decided AND rework_minutes IS NOT NULL AND (loops > 0 OR minutes > 0), first_decision_at, 'rework_reported', '', 1),
                (decided, first_decision_at, 'rework_min', '', minutes),
                (decided AND minutes = 2400 AND reported_minutes > 2400, first_decision_at, 'rework_capped', '', 1),
                (decided AND (loops > 0 OR minutes > 0), first_decision_at, 'reworked', '', 1),
                (held, acceptance_at, 'cycle', bucket(ifNull(cycle_ms, 0)), 1),
                (held, acceptance_at, 'cycle_ms', '', ifNull(cycle_ms, 0))
            ] AS given
        FROM handoffs
    ),
    of_offers AS
    (
        SELECT
            item, supplier, customer, handoff, deliverable,
            coalesce(accepted, passed, returned) AS left_at,
            dateDiff('millisecond', offered, left_at) AS wait_ms,
            [
                (1, toNullable(offered), 'offers', '', 1),
                (number > 1, toNullable(offered), 'reoffers', '', 1),
                (1, left_at, 'wait', bucket(ifNull(wait_ms, 0)), 1),
                (1, left_at, 'wait_ms', '', ifNull(wait_ms, 0)),
                (1, returned, 'returns', '', 1),
                (1, returned, 'reasons', multiIf(reason = '', 'unspecified', has(codes, reason), reason, 'other'), 1),
                (returned IS NULL, passed, 'passed_on', '', 1)
            ] AS given
        FROM handoffs
        ARRAY JOIN
            offered_at AS offered, accepted_at AS accepted, passed_on_at AS passed, returned_at AS returned, arrayMap(r -> toString(r), reasons) AS reason,
            arrayEnumerate(offered_at) AS number
        WHERE NOT void
    )
SELECT
    item, supplier, customer, handoff, deliverable, assumeNotNull(entry.2) AS at, entry.3 AS field, entry.4 AS key, entry.5 AS amount
FROM
(
    SELECT item, supplier, customer, handoff, deliverable, given FROM of_handoffs
    UNION ALL
    SELECT item, supplier, customer, handoff, deliverable, given FROM of_offers
)
ARRAY JOIN given AS entry
WHERE entry.1 AND entry.2 IS NOT NULL AND entry.5 != 0
COMMENT 'What each handoff gives to the measures, one row a count; add amounts up by supplier, customer, field and key';
