-- What later events told of an offer: so what was known at any date can be had from the fact as it is now. And the span of a
-- handoff's moments, with indexes of the smallest and largest of each stretch of rows: a question about a month reads that month
-- where items' names follow time, as numbers of tickets do.
ALTER TABLE handoff_facts
    ADD COLUMN IF NOT EXISTS offer_told_at Array(Nullable(DateTime64(3, 'UTC'))) DEFAULT arrayMap(offered -> NULL, offered_at) COMMENT 'For each offer: when later work told that this move, made after the item''s end, was an offer; null = it was one at once' AFTER offer_recheck_minutes,
    ADD COLUMN IF NOT EXISTS accepted_until Array(Nullable(DateTime64(3, 'UTC'))) DEFAULT arrayMap(offered -> NULL, offered_at) COMMENT 'For each offer that was passed on: until then, when the item''s first work was told, handing it on had counted as its acceptance; else null' AFTER offer_told_at,
    ADD COLUMN IF NOT EXISTS due_changed Array(Bool) DEFAULT arrayMap(offered -> false, offered_at) COMMENT 'For each offer: whether it carried another due time, which is ignored' AFTER accepted_until;

ALTER TABLE handoff_facts
    ADD COLUMN IF NOT EXISTS first_at DateTime64(3, 'UTC') MATERIALIZED assumeNotNull(arrayMin(arrayFilter(moment -> moment IS NOT NULL, arrayConcat([requested_at, cancelled_at, completed_at, due_at], offered_at, accepted_at, returned_at, passed_on_at)))) COMMENT 'Earliest moment at which it counts: requests, offers, decisions, cancellation, due time' AFTER due_changed,
    ADD COLUMN IF NOT EXISTS last_at DateTime64(3, 'UTC') MATERIALIZED assumeNotNull(arrayMax(arrayFilter(moment -> moment IS NOT NULL, arrayConcat([requested_at, cancelled_at, completed_at, due_at], offered_at, accepted_at, returned_at, passed_on_at)))) COMMENT 'Latest such moment; ask for a span by first_at and last_at, and only what lies in it is read' AFTER first_at,
    ADD COLUMN IF NOT EXISTS first_offer_at Nullable(DateTime64(3, 'UTC')) MATERIALIZED if(empty(offered_at), NULL, offered_at[1]) COMMENT 'When it was first delivered; null = never' AFTER last_at,
    ADD COLUMN IF NOT EXISTS first_decision_at Nullable(DateTime64(3, 'UTC')) MATERIALIZED if(state = 'passed_on', NULL, coalesce(accepted_at[1], returned_at[1])) COMMENT 'When the first offer was accepted or returned; null = not yet, or it was passed on at last' AFTER first_offer_at;

ALTER TABLE handoff_facts
    ADD INDEX IF NOT EXISTS span_first_at first_at TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS span_last_at last_at TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS span_first_offer_at first_offer_at TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS span_first_decision_at first_decision_at TYPE minmax GRANULARITY 1;

ALTER TABLE handoff_facts
    MATERIALIZE INDEX IF EXISTS span_first_at,
    MATERIALIZE INDEX IF EXISTS span_last_at,
    MATERIALIZE INDEX IF EXISTS span_first_offer_at,
    MATERIALIZE INDEX IF EXISTS span_first_decision_at;

ALTER TABLE item_facts
    ADD INDEX IF NOT EXISTS span_opened_at opened_at TYPE minmax GRANULARITY 1,
    ADD INDEX IF NOT EXISTS span_last_event_at last_event_at TYPE minmax GRANULARITY 1;

ALTER TABLE item_facts
    MATERIALIZE INDEX IF EXISTS span_opened_at,
    MATERIALIZE INDEX IF EXISTS span_last_event_at;

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
    first_at               DateTime64(3, 'UTC')                   COMMENT 'Earliest moment at which it counts: requests, offers, decisions, cancellation, due time',
    last_at                DateTime64(3, 'UTC')                   COMMENT 'Latest such moment; ask for a span by first_at and last_at, and only what lies in it is read',
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
    offer_told_at          Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer: when later work told that this move, made after the item''s end, was an offer; null = it was one at once',
    accepted_until         Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer that was passed on: until then, when the item''s first work was told, handing it on had counted as its acceptance; else null',
    due_changed            Array(Bool)                            COMMENT 'For each offer: whether it carried another due time, which is ignored',
    partition              UInt16                                 COMMENT 'Partition of baton.events.v1 that holds the item',
    version                UInt64                                 COMMENT 'generation << 48 | tick offset: the highest holds',
    w                      DateTime64(3, 'UTC')                   COMMENT 'W of the tick the fact last changed at'
)
AS
WITH arrayLastIndex(accepted -> accepted IS NOT NULL, accepted_at) AS newest_accepted
SELECT
    item, handoff, supplier, customer, deliverable, implicit, source, id, state, requested_at, first_at, last_at, first_offer_at,
    first_decision_at,
    multiIf(state = 'passed_on', '', accepted_at[1] IS NOT NULL, 'accepted', returned_at[1] IS NOT NULL, 'returned', '') AS first_decision,
    if(returned_at[newest_accepted] IS NULL, accepted_at[newest_accepted], NULL) AS acceptance_at,
    length(offered_at) AS offers,
    arrayCount(returned -> returned IS NOT NULL, returned_at) AS loops,
    first_pass, complete_accurate, due_at, due_from, due_changes, sla, rework_minutes, completed_at, cancelled_at, void,
    offered_at, accepted_at, returned_at, passed_on_at, reasons, offer_rework_minutes, offer_repair_minutes, offer_recheck_minutes,
    offer_told_at, accepted_until, due_changed,
    partition, version, w
FROM handoff_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Handoffs: one row each, of the newest complete generation';
