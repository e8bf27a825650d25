-- A row of scores is written when the numbers of a scope in a window change, also when they change because time passes, and holds
-- until the next one. So what holds now is the row with the latest end; ratings are those of the newest day that is over.
CREATE OR REPLACE VIEW scores_current
(
    scope       LowCardinality(String)  COMMENT 'What is scored: pair, both (two teams), route or source',
    parts       Array(String)           COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    supplier    String                  COMMENT 'Of a pair: team that delivers; else empty',
    customer    String                  COMMENT 'Of a pair: internal customer; else empty',
    window      LowCardinality(String)  COMMENT 'Length of the window: 1h, 24h, 7d or 30d',
    window_end  DateTime64(3, 'UTC')    COMMENT 'End of the window, exclusive',
    refresh     LowCardinality(String)  COMMENT 'live: written again at each step; daily: written once, when the window has ended',
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
    scope, parts, supplier, customer, window, window_end, refresh, label, measure, part, value, n, k, low, high, reason, w, version,
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
