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
    reopened_teams      Array(String)                   COMMENT 'For each reopen the team that had the item when it was first resolved or closed',
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
