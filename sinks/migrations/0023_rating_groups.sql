-- Votes are released in groups of at least five raters, and every published rating is a sum of whole groups.
CREATE TABLE IF NOT EXISTS rating_group_facts
(
    generation   UInt32                               COMMENT 'Generation that wrote the fact',
    subject      String                               COMMENT 'The pair: supplier > customer',
    id           String                               COMMENT 'Number of the group within the pair',
    version      UInt64                               COMMENT 'generation << 48 | tick offset: the highest holds',
    is_deleted   UInt8                                COMMENT '0: a group stays for ever',
    partition    UInt16                               COMMENT 'Partition of baton.events.v1 that holds the pair',
    w            DateTime64(3, 'UTC')                 COMMENT 'W of the tick the fact was published for',
    mode         LowCardinality(String)               COMMENT 'individual, team (one agreed vote) or self (a supplier on its own work)',
    supplier     LowCardinality(String)               COMMENT 'Team that delivers',
    customer     LowCardinality(String)               COMMENT 'Internal customer: the team that gets the deliverable',
    deliverable  LowCardinality(String)               COMMENT 'What was rated; empty = several, put together when the period was closed',
    period       LowCardinality(String)               COMMENT 'Month the group counts for, YYYY-MM',
    at           DateTime64(3, 'UTC')                 COMMENT 'W of its release',
    cells        Map(LowCardinality(String), UInt64)  COMMENT 'Votes by their two grades: 43 is effectiveness 4 and consistency 3',
    raters       UInt64                               COMMENT 'How many different persons; of a team''s rating one',
    earlier      UInt64                               COMMENT 'Votes that are about an earlier month'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (generation, subject, id)
COMMENT 'Rating groups as versioned upserts, of every generation; read the view rating_groups instead';

ALTER TABLE vote_facts
    ADD COLUMN IF NOT EXISTS rating_group Nullable(UInt64) COMMENT 'Number of the rating group that holds the vote; null while it waits' AFTER handoff;

ALTER TABLE raw_events
    ADD COLUMN IF NOT EXISTS period LowCardinality(String) COMMENT 'Ratings: month it is about, YYYY-MM; empty = the month of its time' AFTER kind;

ALTER TABLE score_rows
    COMMENT COLUMN IF EXISTS refresh 'live: written when the numbers change; daily: ratings, written each day and when a group is released';

ALTER TABLE intake_facts
    COMMENT COLUMN IF EXISTS counts 'received, duplicate, corrected, retracted, stale, late, future, too_late, beyond_cap, anomaly, self_rating, released, sequence_ignored: how many';

CREATE OR REPLACE VIEW rating_groups
(
    supplier     LowCardinality(String)               COMMENT 'Team that delivers',
    customer     LowCardinality(String)               COMMENT 'Internal customer: the team that gets the deliverable',
    deliverable  LowCardinality(String)               COMMENT 'What was rated; empty = several, put together when the period was closed',
    period       LowCardinality(String)               COMMENT 'Month the group counts for, YYYY-MM',
    mode         LowCardinality(String)               COMMENT 'individual, team (one agreed vote) or self (a supplier on its own work)',
    at           DateTime64(3, 'UTC')                 COMMENT 'W of its release',
    votes        UInt64                               COMMENT 'How many votes',
    raters       UInt64                               COMMENT 'How many different persons, five at least; of a team''s rating one',
    earlier      UInt64                               COMMENT 'Votes that are about an earlier month',
    cells        Map(LowCardinality(String), UInt64)  COMMENT 'Votes by their two grades: 43 is effectiveness 4 and consistency 3',
    subject      String                               COMMENT 'The pair: supplier > customer',
    id           String                               COMMENT 'Number of the group within the pair',
    partition    UInt16                               COMMENT 'Partition of baton.events.v1 that holds the pair',
    version      UInt64                               COMMENT 'generation << 48 | tick offset: the highest holds',
    w            DateTime64(3, 'UTC')                 COMMENT 'W of the tick the fact was published for'
)
AS
SELECT
    supplier, customer, deliverable, period, mode, at, arraySum(mapValues(cells)) AS votes, raters, earlier, cells, subject, id,
    partition, version, w
FROM rating_group_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Votes as they were released: groups of at least five raters, and agreed ratings of teams; of the newest complete generation';

CREATE OR REPLACE VIEW votes
(
    rater          String                  COMMENT 'Who rated, a pseudonym; of a team''s rating the team',
    team           LowCardinality(String)  COMMENT 'The rater''s team',
    supplier       LowCardinality(String)  COMMENT 'Team that delivers',
    customer       LowCardinality(String)  COMMENT 'Internal customer: the team that gets the deliverable',
    deliverable    LowCardinality(String)  COMMENT 'What was rated',
    month          LowCardinality(String)  COMMENT 'Month it is about, YYYY-MM',
    at             DateTime64(3, 'UTC')    COMMENT 'When it was given',
    effectiveness  UInt8                   COMMENT 'Whether the deliverable did what it was for, 1 (poor) to 5 (excellent)',
    consistency    UInt8                   COMMENT 'Whether it does so every time, 1 (poor) to 5 (excellent)',
    mode           LowCardinality(String)  COMMENT 'individual, team (one agreed vote) or self (a supplier on its own work)',
    handoff        String                  COMMENT 'The handoff it was given for; empty = none',
    rating_group   Nullable(UInt64)        COMMENT 'Number of the rating group that holds the vote; null while it waits',
    subject        String                  COMMENT 'The pair: supplier > customer',
    partition      UInt16                  COMMENT 'Partition of baton.events.v1 that holds the pair',
    version        UInt64                  COMMENT 'generation << 48 | tick offset: the highest holds',
    w              DateTime64(3, 'UTC')    COMMENT 'W of the tick the fact last changed at'
)
AS
SELECT
    rater, team, supplier, customer, deliverable, month, at, effectiveness, consistency, mode, handoff, rating_group, subject,
    partition, version, w
FROM vote_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Single votes, private: readers get groups of at least five raters; of the newest complete generation';

CREATE OR REPLACE VIEW rating_coverage
(
    supplier  LowCardinality(String)  COMMENT 'Team that delivers',
    customer  LowCardinality(String)  COMMENT 'Internal customer: the team that gets the deliverable',
    period    LowCardinality(String)  COMMENT 'Month the votes are about, YYYY-MM',
    released  UInt64                  COMMENT 'Votes about it in rating groups, as far as they still stand in the log',
    waiting   UInt64                  COMMENT 'Votes about it that wait until five persons have given some'
)
AS
SELECT supplier, customer, month AS period, countIf(rating_group IS NOT NULL) AS released, countIf(rating_group IS NULL) AS waiting
FROM votes
WHERE mode = 'individual'
GROUP BY supplier, customer, month
COMMENT 'How many votes of persons are in rating groups and how many wait, by pair and month; no grades';

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
    released   Int64                               COMMENT 'Likewise: ratings that came too late to change a rating group',
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
    counts['self_rating'] AS self_rating, counts['released'] AS released, counts, partition, version, w
FROM intake_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'What arrived from each source in each five minutes and partition, of the newest complete generation';

CREATE OR REPLACE VIEW rating_entries
(
    supplier  LowCardinality(String)  COMMENT 'Team that delivers',
    customer  LowCardinality(String)  COMMENT 'Internal customer: the team that gets the deliverable',
    subject   String                  COMMENT 'The rating group: pair#number',
    at        DateTime64(3, 'UTC')    COMMENT 'W of its release',
    field     LowCardinality(String)  COMMENT 'What is counted: votes, team_votes or self_votes',
    key       String                  COMMENT 'Deliverable and the two grades',
    amount    Int64                   COMMENT 'How much is added'
)
AS
SELECT
    supplier, customer, concat(subject, '#', id) AS subject, at,
    transform(toString(mode), ['individual', 'team', 'self'], ['votes', 'team_votes', 'self_votes'], '') AS field,
    concat(deliverable, '\x1f', cell) AS key, toInt64(n) AS amount
FROM rating_groups
ARRAY JOIN mapKeys(cells) AS cell, mapValues(cells) AS n
COMMENT 'What each rating group gives to the measures, one row a count';

CREATE OR REPLACE VIEW entries
(
    scope    LowCardinality(String)  COMMENT 'What it counts for: pair, both (two teams), route or source',
    parts    Array(String)           COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    subject  String                  COMMENT 'Whose fact it comes from: the work item, the rating group, the source',
    at       DateTime64(3, 'UTC')    COMMENT 'The moment in whose windows it counts',
    field    LowCardinality(String)  COMMENT 'What is counted',
    key      String                  COMMENT 'Bucket of a duration, reason code, grades or the like; else empty',
    amount   Int64                   COMMENT 'How much is added'
)
AS
WITH
    steps AS
    (
        SELECT
            item,
            number,
            path_at[number] AS at,
            arraySort([path[number - 1], path[number]]) AS parts,
            if(path[number] = parts[2], 'ab', 'ba') AS direction,
            number > 2 AND path[number - 2] = path[number] AS bounce
        FROM items
        ARRAY JOIN arrayPopFront(arrayEnumerate(path)) AS number
        WHERE length(path_at) = length(path)
    ),
    item_pairs AS
    (
        SELECT item, parts, argMin(at, number) AS first_at, sum(bounce) AS bounced
        FROM steps
        GROUP BY item, parts
    )
SELECT 'pair' AS scope, [toString(supplier), toString(customer)] AS parts, item AS subject, at, field, key, amount FROM handoff_entries
UNION ALL
SELECT 'route', r.parts, h.item, h.at, h.field, h.key, h.amount FROM handoff_entries AS h INNER JOIN routes AS r ON r.item = h.item
UNION ALL
SELECT 'both', parts, item, at, 'moves', direction, toInt64(1) FROM steps
UNION ALL
SELECT 'both', parts, item, at, 'bounces', '', toInt64(1) FROM steps WHERE bounce
UNION ALL
SELECT 'both', parts, item, first_at, counted, '', toInt64(1)
FROM item_pairs
ARRAY JOIN arrayConcat(['pp_pairs'], if(bounced >= 1, ['pp_b1'], []), if(bounced >= 3, ['pp_b3'], [])) AS counted
UNION ALL
SELECT 'pair', [toString(supplier), toString(customer)], subject, at, field, key, amount FROM rating_entries
UNION ALL
SELECT 'source', [source], concat(source, '#', toString(partition), '#', toString(toUnixTimestamp64Milli(pane))), pane, counted, '', count
FROM intake
ARRAY JOIN mapKeys(counts) AS counted, mapValues(counts) AS count
WHERE count != 0
COMMENT 'What facts give to the measures, one row a count: add amounts up by scope, parts, field and key over a span of at';

-- A row of scores is written when the numbers of a scope in a window change, also when they change because time passes, and holds
-- until the next one. So what holds now is the row with the latest end; ratings have one each day while there are any.
CREATE OR REPLACE VIEW scores
(
    scope       LowCardinality(String)  COMMENT 'What is scored: pair, both (two teams), route or source',
    parts       Array(String)           COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    supplier    String                  COMMENT 'Of a pair: team that delivers; else empty',
    customer    String                  COMMENT 'Of a pair: internal customer; else empty',
    window      LowCardinality(String)  COMMENT 'Length of the window: 1h, 24h, 7d or 30d',
    window_end  DateTime64(3, 'UTC')    COMMENT 'End of the window, exclusive',
    refresh     LowCardinality(String)  COMMENT 'live: written when the numbers change; daily: ratings, written each day and when a group is released',
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

CREATE OR REPLACE VIEW scores_current
(
    scope       LowCardinality(String)  COMMENT 'What is scored: pair, both (two teams), route or source',
    parts       Array(String)           COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    supplier    String                  COMMENT 'Of a pair: team that delivers; else empty',
    customer    String                  COMMENT 'Of a pair: internal customer; else empty',
    window      LowCardinality(String)  COMMENT 'Length of the window: 1h, 24h, 7d or 30d',
    window_end  DateTime64(3, 'UTC')    COMMENT 'End of the window in which the numbers last changed, exclusive',
    refresh     LowCardinality(String)  COMMENT 'live: written when the numbers change; daily: ratings, written each day and when a group is released',
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
AND (refresh = 'live' OR window_end >= (SELECT ifNull(max(w), toDateTime64(0, 3, 'UTC')) FROM score_as_of))
COMMENT 'Scores as they hold now: a row for each measure of a scope in each window; of the newest complete generation';
