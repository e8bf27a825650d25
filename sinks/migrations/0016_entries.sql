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
            ifNull(accepted, returned) AS decision_at,
            dateDiff('millisecond', offered, decision_at) AS wait_ms,
            [
                (1, toNullable(offered), 'offers', '', 1),
                (number > 1, toNullable(offered), 'reoffers', '', 1),
                (1, decision_at, 'wait', bucket(ifNull(wait_ms, 0)), 1),
                (1, decision_at, 'wait_ms', '', ifNull(wait_ms, 0)),
                (1, returned, 'returns', '', 1),
                (1, returned, 'reasons', multiIf(reason = '', 'unspecified', has(codes, reason), reason, 'other'), 1)
            ] AS given
        FROM handoffs
        ARRAY JOIN
            offered_at AS offered, accepted_at AS accepted, returned_at AS returned, arrayMap(r -> toString(r), reasons) AS reason,
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

CREATE OR REPLACE VIEW routes
(
    item   String         COMMENT 'The work item',
    parts  Array(String)  COMMENT 'Teams of its handoffs, each once, in the order of the first offers; three at least'
)
AS
WITH links AS
(
    SELECT
        h.item AS item,
        arraySort(groupArray((
            assumeNotNull(h.first_offer_at), if(has(i.path, h.customer), indexOf(i.path, h.customer), length(i.path) + 1),
            h.handoff, toString(h.supplier), toString(h.customer)
        ))) AS ordered
    FROM handoffs AS h
    INNER JOIN items AS i ON i.item = h.item
    WHERE NOT h.void AND h.first_offer_at IS NOT NULL
    GROUP BY h.item
)
SELECT item, arraySlice(teams, 1, 50) AS parts
FROM
(
    SELECT
        item,
        arrayFlatten(arrayMap(link -> [link.4, link.5], ordered)) AS visited,
        arrayFilter((team, n) -> indexOf(visited, team) = n, visited, arrayEnumerate(visited)) AS teams
    FROM links
)
WHERE length(teams) >= 3
COMMENT 'The route of each item with three teams or more';

CREATE OR REPLACE VIEW entries
(
    scope    LowCardinality(String)  COMMENT 'What it counts for: pair, both (two teams), route or source',
    parts    Array(String)           COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    subject  String                  COMMENT 'Whose fact it comes from: the work item, the pair of a vote, the source',
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
SELECT
    'pair', [toString(supplier), toString(customer)], subject, at,
    transform(toString(mode), ['individual', 'team', 'self'], ['votes', 'team_votes', 'self_votes'], ''),
    concat(deliverable, '\x1f', toString(effectiveness), toString(consistency)), toInt64(1)
FROM votes
UNION ALL
SELECT 'pair', [toString(supplier), toString(customer)], subject, at, 'raters', concat(deliverable, '\x1f', rater), toInt64(1)
FROM votes
WHERE mode = 'individual'
UNION ALL
SELECT 'source', [source], concat(source, '#', toString(partition), '#', toString(toUnixTimestamp64Milli(pane))), pane, counted, '', count
FROM intake
ARRAY JOIN mapKeys(counts) AS counted, mapValues(counts) AS count
WHERE count != 0
COMMENT 'What facts give to the measures, one row a count: add amounts up by scope, parts, field and key over a span of at; those of votes are not for readers';
