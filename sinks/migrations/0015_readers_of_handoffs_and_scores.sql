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
    rater            String                          COMMENT 'Ratings: who rates, a pseudonym; else empty',
    team             LowCardinality(String)          COMMENT 'Ratings: the rater''s team; else empty',
    effectiveness    Nullable(UInt8)                 COMMENT 'Ratings: whether the deliverable did what it was for, 1 (poor) to 5 (excellent)',
    consistency      Nullable(UInt8)                 COMMENT 'Ratings: whether it does so every time, 1 (poor) to 5 (excellent)',
    kind             LowCardinality(String)          COMMENT 'Ratings: customer, or self for the supplier''s own; else empty',
    on_time          Nullable(Bool)                  COMMENT 'Deliveries to the external customer: whether in time; null = not said',
    csat             Nullable(UInt8)                 COMMENT 'Surveys of the external customer: satisfaction, 1 to 5',
    append_time      DateTime64(3, 'UTC')            COMMENT 'When Kafka took the record in',
    partition        UInt16                          COMMENT 'Partition of baton.events.v1 the record stands in',
    offset           UInt64                          COMMENT 'Offset of the record in its partition',
    value            String                          COMMENT 'The record''s original bytes: a CloudEvent in JSON'
)
AS
SELECT
    subject AS item, type, time, source, id, sequence, revision, recorded_at, deleted, to_team, from_team, status, word, handoff,
    supplier, customer, deliverable, reason, due_at, rework_minutes, recheck_minutes, rater, team, effectiveness, consistency, kind,
    on_time, csat, append_time, partition, offset, value
FROM raw_events FINAL
WHERE splitByChar('.', type)[2] NOT IN ('clock', 'agreement', 'teams', 'holidays', 'priors')
COMMENT 'Everything that happened as it arrived, corrections, retractions and duplicates included; no control records';

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
    state                  LowCardinality(String)                 COMMENT 'requested, offered, accepted, returned, completed or cancelled',
    requested_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the customer asked for it',
    first_offer_at         Nullable(DateTime64(3, 'UTC'))         COMMENT 'When it was first delivered; null = never',
    first_decision_at      Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the first offer was accepted or returned; null = not yet',
    first_decision         LowCardinality(String)                 COMMENT 'accepted or returned; empty = not decided',
    acceptance_at          Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the delivery that holds was accepted; null = none is',
    offers                 UInt64                                 COMMENT 'How many times it was delivered',
    loops                  UInt64                                 COMMENT 'How many times it was returned',
    first_pass             Nullable(Bool)                         COMMENT 'Whether the first offer was accepted and not returned in time; null = not decided',
    complete_accurate      Nullable(Bool)                         COMMENT 'First pass, and the customer had nothing to repair; null = not decided',
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
    ifNull(accepted_at[1], returned_at[1]) AS first_decision_at,
    multiIf(accepted_at[1] IS NOT NULL, 'accepted', returned_at[1] IS NOT NULL, 'returned', '') AS first_decision,
    if(returned_at[newest_accepted] IS NULL, accepted_at[newest_accepted], NULL) AS acceptance_at,
    length(offered_at) AS offers,
    arrayCount(returned -> returned IS NOT NULL, returned_at) AS loops,
    first_pass, complete_accurate, due_at, due_from, due_changes, sla, rework_minutes, completed_at, cancelled_at, void,
    offered_at, accepted_at, returned_at, reasons, offer_rework_minutes, offer_repair_minutes, offer_recheck_minutes,
    partition, version, w
FROM handoff_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Handoffs: one row each, of the newest complete generation';

CREATE OR REPLACE VIEW votes
(
    rater          String                  COMMENT 'Who rated, a pseudonym; of a team''s rating the team',
    team           LowCardinality(String)  COMMENT 'The rater''s team',
    supplier       LowCardinality(String)  COMMENT 'Team that delivers',
    customer       LowCardinality(String)  COMMENT 'Internal customer: the team that gets the deliverable',
    deliverable    LowCardinality(String)  COMMENT 'What was rated',
    month          LowCardinality(String)  COMMENT 'Local month of the vote, YYYY-MM: a later vote in it replaces an earlier one',
    at             DateTime64(3, 'UTC')    COMMENT 'When it was given',
    effectiveness  UInt8                   COMMENT 'Whether the deliverable did what it was for, 1 (poor) to 5 (excellent)',
    consistency    UInt8                   COMMENT 'Whether it does so every time, 1 (poor) to 5 (excellent)',
    mode           LowCardinality(String)  COMMENT 'individual, team (one agreed vote) or self (a supplier on its own work)',
    handoff        String                  COMMENT 'The handoff it was given for; empty = none',
    subject        String                  COMMENT 'The pair: supplier > customer',
    partition      UInt16                  COMMENT 'Partition of baton.events.v1 that holds the pair',
    version        UInt64                  COMMENT 'generation << 48 | tick offset: the highest holds',
    w              DateTime64(3, 'UTC')    COMMENT 'W of the tick the fact last changed at'
)
AS
SELECT
    rater, team, supplier, customer, deliverable, month, at, effectiveness, consistency, mode, handoff, subject, partition, version, w
FROM vote_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Single votes: not for readers, who get means of at least five raters from the view scores; of the newest complete generation';

CREATE OR REPLACE VIEW outcomes
(
    item          String                          COMMENT 'The work item',
    delivered_at  Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the external customer got what the item was for',
    on_time       Nullable(Bool)                  COMMENT 'Whether in time; null = not said',
    complaints    UInt64                          COMMENT 'Complaints of the external customer',
    defects       UInt64                          COMMENT 'Defects that reached the external customer',
    csat          Nullable(UInt8)                 COMMENT 'Satisfaction of the external customer, 1 to 5; null = not answered',
    partition     UInt16                          COMMENT 'Partition of baton.events.v1 that holds the item',
    version       UInt64                          COMMENT 'generation << 48 | tick offset: the highest holds',
    w             DateTime64(3, 'UTC')            COMMENT 'W of the tick the fact last changed at'
)
AS
SELECT item, delivered_at, on_time, complaints, defects, csat, partition, version, w
FROM outcome_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'What the external customer got and said of each work item, of the newest complete generation';

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
    counts['too_late'] AS too_late, counts['anomaly'] AS anomaly, counts['self_rating'] AS self_rating, counts, partition, version, w
FROM intake_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'What arrived from each source in each five minutes and partition, of the newest complete generation';

CREATE OR REPLACE VIEW scores
(
    scope       LowCardinality(String)  COMMENT 'What is scored: pair, both (two teams), route or source',
    parts       Array(String)           COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    supplier    String                  COMMENT 'Of a pair: team that delivers; else empty',
    customer    String                  COMMENT 'Of a pair: internal customer; else empty',
    window      LowCardinality(String)  COMMENT 'Length of the window: 1h, 24h, 7d or 30d',
    window_end  DateTime64(3, 'UTC')    COMMENT 'End of the window, exclusive',
    refresh     LowCardinality(String)  COMMENT 'live: written when the numbers change; daily: written once, when the day has ended',
    label       LowCardinality(String)  COMMENT 'provisional while W is inside the window, else closed',
    measure     LowCardinality(String)  COMMENT 'What was measured; the glossary lists the measures',
    part        String                  COMMENT 'Deliverable, reason or the like; else empty',
    value       Nullable(Float64)       COMMENT 'The value; null for a reason',
    n           UInt64                  COMMENT 'What it rests on',
    k           Nullable(Int64)         COMMENT 'How many of those counted, for rates',
    low         Nullable(Float64)       COMMENT 'Lower end of its 95 % interval',
    high        Nullable(Float64)       COMMENT 'Upper end of its 95 % interval',
    reason      LowCardinality(String)  COMMENT 'Why it has no value; empty when it has one',
    w           DateTime64(3, 'UTC')    COMMENT 'W of the step that wrote it',
    version     UInt64                  COMMENT 'generation << 48 | offset of the step: the highest holds',
    partition   UInt16                  COMMENT 'Partition of baton.contributions.v1 that holds the scope'
)
AS
SELECT
    s.scope AS scope, s.parts AS parts, if(s.scope = 'pair', s.parts[1], '') AS supplier, if(s.scope = 'pair', s.parts[2], '') AS customer,
    s.window AS window, s.window_end AS window_end, s.refresh AS refresh,
    if(s.window_end <= (SELECT ifNull(max(w), toDateTime64(0, 3, 'UTC')) FROM score_as_of), 'closed', s.label) AS label,
    measure, part, value, n, k, low, high, reason, s.w AS w, s.version AS version, s.partition AS partition
FROM (SELECT * FROM score_rows FINAL WHERE generation = (SELECT max(generation) FROM score_generations WHERE complete)) AS s
ARRAY JOIN s.measure AS measure, s.part AS part, s.value AS value, s.n AS n, s.k AS k, s.low AS low, s.high AS high, s.reason AS reason
COMMENT 'Scores: a row for each measure of a scope in a window, written when the numbers change, so each holds until the next; of the newest complete generation';

-- A row of scores is written when the numbers of a scope in a window change, also when they change because time passes, and holds
-- until the next one. So what holds now is the row with the latest end; ratings are those of the newest day that is over.
CREATE OR REPLACE VIEW scores_current
(
    scope       LowCardinality(String)  COMMENT 'What is scored: pair, both (two teams), route or source',
    parts       Array(String)           COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    supplier    String                  COMMENT 'Of a pair: team that delivers; else empty',
    customer    String                  COMMENT 'Of a pair: internal customer; else empty',
    window      LowCardinality(String)  COMMENT 'Length of the window: 1h, 24h, 7d or 30d',
    window_end  DateTime64(3, 'UTC')    COMMENT 'End of the window in which the numbers last changed, exclusive',
    refresh     LowCardinality(String)  COMMENT 'live: written when the numbers change; daily: written once, when the day has ended',
    measure     LowCardinality(String)  COMMENT 'What was measured; the glossary lists the measures',
    part        String                  COMMENT 'Deliverable, reason or the like; else empty',
    value       Nullable(Float64)       COMMENT 'The value; null for a reason',
    n           UInt64                  COMMENT 'What it rests on',
    k           Nullable(Int64)         COMMENT 'How many of those counted, for rates',
    low         Nullable(Float64)       COMMENT 'Lower end of its 95 % interval',
    high        Nullable(Float64)       COMMENT 'Upper end of its 95 % interval',
    reason      LowCardinality(String)  COMMENT 'Why it has no value; empty when it has one',
    w           DateTime64(3, 'UTC')    COMMENT 'W of the step that wrote it',
    version     UInt64                  COMMENT 'generation << 48 | offset of the step: the highest holds',
    partition   UInt16                  COMMENT 'Partition of baton.contributions.v1 that holds the scope'
)
AS
SELECT
    scope, parts, supplier, customer, window, window_end, refresh, measure, part, value, n, k, low, high, reason, w, version,
    partition
FROM scores
WHERE (scope, parts, window, refresh, window_end) IN
(
    SELECT scope, parts, window, refresh, max(window_end)
    FROM score_rows
    WHERE generation = (SELECT max(generation) FROM score_generations WHERE complete)
    GROUP BY scope, parts, window, refresh
)
AND (refresh = 'live' OR window_end > (SELECT ifNull(max(w), toDateTime64(0, 3, 'UTC')) FROM score_as_of) - INTERVAL 1 DAY)
COMMENT 'Scores as they hold now: a row for each measure of a scope in each window; of the newest complete generation';

CREATE OR REPLACE VIEW scores_now
(
    supplier                  String                COMMENT 'Team that delivers',
    customer                  String                COMMENT 'Internal customer: the team that gets the deliverable',
    window                    String                COMMENT 'Length of the window: 1h, 24h, 7d or 30d',
    window_end                DateTime64(3, 'UTC')  COMMENT 'End of the window in which the numbers last changed, exclusive',
    decided                   UInt64                COMMENT 'Handoffs whose first offer was decided in the window',
    fpy                       Nullable(Float64)     COMMENT 'First-pass yield: accepted at the first offer and not sent back',
    fpy_low                   Nullable(Float64)     COMMENT 'Lower end of its 95 % interval',
    fpy_high                  Nullable(Float64)     COMMENT 'Upper end of its 95 % interval',
    complete_accurate         Nullable(Float64)     COMMENT 'Share that the customer could use without any repair',
    rework_rate               Nullable(Float64)     COMMENT 'Share of deliveries that are redeliveries',
    loops_mean                Nullable(Float64)     COMMENT 'Returns per decided handoff',
    rework_hours              Nullable(Float64)     COMMENT 'Reported hours lost',
    rework_hours_per_handoff  Nullable(Float64)     COMMENT 'Reported hours lost per decided handoff',
    wait_hours_p50            Nullable(Float64)     COMMENT 'Median hours the customer took to decide',
    wait_hours_p90            Nullable(Float64)     COMMENT 'The same, 90th percentile',
    cycle_hours_p50           Nullable(Float64)     COMMENT 'Median hours from first offer to the acceptance that holds',
    cycle_hours_p90           Nullable(Float64)     COMMENT 'The same, 90th percentile',
    sla_hit_rate              Nullable(Float64)     COMMENT 'Share accepted in a delivery made in time, of those due in the window',
    sla_decided               UInt64                COMMENT 'Of those due in the window: hit or missed',
    ontime_first_rate         Nullable(Float64)     COMMENT 'Share first delivered in time',
    rating                    Nullable(Float64)     COMMENT 'Mean rating, 1 to 5, of at least five raters; in the 30d row only',
    team_rating               Nullable(Float64)     COMMENT 'Agreed rating of the customer team, 1 to 5; in the 30d row only',
    w                         DateTime64(3, 'UTC')  COMMENT 'Scores are complete up to this W'
)
AS
WITH
    (SELECT ifNull(max(w), toDateTime64(0, 3, 'UTC')) FROM score_as_of) AS as_of_w
SELECT
    supplier,
    customer,
    toString(window) AS window,
    max(window_end) AS window_end,
    sumIf(n, measure = 'fpy') AS decided,
    anyIf(value, measure = 'fpy') AS fpy,
    anyIf(low, measure = 'fpy') AS fpy_low,
    anyIf(high, measure = 'fpy') AS fpy_high,
    anyIf(value, measure = 'complete_accurate') AS complete_accurate,
    anyIf(value, measure = 'rework_rate') AS rework_rate,
    anyIf(value, measure = 'loops_mean') AS loops_mean,
    anyIf(value, measure = 'rework_hours') AS rework_hours,
    anyIf(value, measure = 'rework_hours_per_handoff') AS rework_hours_per_handoff,
    anyIf(value, measure = 'wait_hours_p50') AS wait_hours_p50,
    anyIf(value, measure = 'wait_hours_p90') AS wait_hours_p90,
    anyIf(value, measure = 'cycle_hours_p50') AS cycle_hours_p50,
    anyIf(value, measure = 'cycle_hours_p90') AS cycle_hours_p90,
    anyIf(value, measure = 'sla_hit_rate') AS sla_hit_rate,
    sumIf(n, measure = 'sla_hit_rate') AS sla_decided,
    anyIf(value, measure = 'ontime_first_rate') AS ontime_first_rate,
    anyIf(value, measure = 'rating' AND part = '') AS rating,
    anyIf(value, measure = 'team_rating' AND part = '') AS team_rating,
    as_of_w AS w
FROM scores_current AS s
WHERE s.scope = 'pair'
GROUP BY supplier, customer, window
HAVING sum(n) > 0
COMMENT 'Every pair as it stands now, with its chief measures: one row a window';
