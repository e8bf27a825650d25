-- What a log home would have published of each handoff at as_of, from the fact as it is now: of every offer and of what became of it
-- what happened before as_of. What only later events told is taken back: an offer that work after the item's end made one
-- (offer_told_at), and what was accepted by handing on until the item's first work said that it was passed on (accepted_until). Of the
-- tuple of an offer: 1 offered, 2 accepted, 3 returned, 4 passed on, 5 reason, 6 to 8 minutes of rework, repair and recheck, 9 another
-- due time.
CREATE OR REPLACE VIEW handoffs_at
(
    item                   String                                 COMMENT 'The work item that was handed over',
    handoff                String                                 COMMENT 'Id of the handoff; of an implicit one that of the move',
    supplier               LowCardinality(String)                 COMMENT 'Team that delivers, as its first offer says',
    customer               LowCardinality(String)                 COMMENT 'Internal customer: the team that gets the deliverable, as its first offer says',
    deliverable            LowCardinality(String)                 COMMENT 'What is handed over, as its first offer says',
    implicit               Bool                                   COMMENT 'True: inferred from moves and statuses',
    state                  LowCardinality(String)                 COMMENT 'At as_of: requested, offered, accepted, passed_on, returned, completed or cancelled',
    requested_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the customer asked for it',
    first_offer_at         Nullable(DateTime64(3, 'UTC'))         COMMENT 'When it was first delivered; null = never',
    first_decision_at      Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the first offer was accepted or returned; null = not yet, or it was passed on at last',
    acceptance_at          Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the delivery that holds was accepted; null = none is',
    offers                 UInt64                                 COMMENT 'How many times it was delivered',
    loops                  UInt64                                 COMMENT 'How many times it was returned',
    first_pass             Nullable(Bool)                         COMMENT 'Whether the first offer was accepted and not returned in time; null = not decided, or passed on',
    complete_accurate      Nullable(Bool)                         COMMENT 'First pass, and the customer had nothing to repair; null = not decided, or passed on',
    due_at                 Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the deliverable is due, as known now',
    due_from               LowCardinality(String)                 COMMENT 'Who says so, as known now: event or agreement; empty = nobody',
    due_changes            UInt64                                 COMMENT 'Other due times on redeliveries; they are ignored',
    sla                    LowCardinality(String)                 COMMENT 'At as_of: hit, miss, pending, future, void or unknown',
    rework_minutes         Nullable(UInt64)                       COMMENT 'Reported minutes as lost time counts them, at most 40 hours; null = none reported',
    completed_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the customer had finished what the delivery was for',
    cancelled_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When it was called off',
    void                   Bool                                   COMMENT 'True: cancelled before any decision; counts in custody only',
    offered_at             Array(DateTime64(3, 'UTC'))            COMMENT 'For each offer: when it was made',
    accepted_at            Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer: when it was accepted',
    returned_at            Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer: when it was returned; after an acceptance, a defect found later',
    passed_on_at           Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer: when the customer handed it on to a third team without any work',
    reasons                Array(String)                          COMMENT 'For each offer: why it was returned, in the source''s own word; empty = not returned, or not said',
    offer_rework_minutes   Array(Nullable(UInt32))                COMMENT 'For each offer: minutes of rework its return reported',
    offer_repair_minutes   Array(Nullable(UInt32))                COMMENT 'For each offer: minutes the customer spent on repairing what it accepted',
    offer_recheck_minutes  Array(Nullable(UInt32))                COMMENT 'For each offer: minutes the customer spent on checking it'
)
AS
WITH
    {as_of:DateTime64(3, 'UTC')} AS then,
    known AS
    (
        SELECT
            h.item AS item, h.handoff AS handoff, h.supplier AS supplier, h.customer AS customer, h.deliverable AS deliverable,
            h.implicit AS implicit, h.due_at AS due_at, h.due_from AS due_from,
            if(ifNull(h.requested_at < then, 0), h.requested_at, NULL) AS requested_at,
            if(ifNull(h.completed_at < then, 0), h.completed_at, NULL) AS completed_at,
            if(ifNull(h.cancelled_at < then, 0), h.cancelled_at, NULL) AS cancelled_at,
            arrayMap(
                (offered, accepted, returned, passed, until, reason, rework, repair, recheck, changed) -> (
                    offered,
                    multiIf(ifNull(accepted < then, 0), accepted, ifNull(passed < then AND until >= then, 0), passed, NULL),
                    if(ifNull(returned < then, 0), returned, NULL),
                    if(ifNull(passed < then, 0) AND ifNull(until < then, 1), passed, NULL),
                    if(ifNull(returned < then, 0), toString(reason), ''),
                    if(ifNull(returned < then, 0), rework, NULL),
                    if(ifNull(accepted < then, 0), repair, NULL),
                    if(ifNull(accepted < then, 0), recheck, NULL),
                    changed
                ),
                h.offered_at, h.accepted_at, h.returned_at, h.passed_on_at, h.accepted_until, h.reasons, h.offer_rework_minutes,
                h.offer_repair_minutes, h.offer_recheck_minutes, h.due_changed
            ) AS told,
            arrayFilter((offer, told_at) -> offer.1 < then AND ifNull(told_at < then, 1), told, h.offer_told_at) AS lines
        FROM handoffs AS h
        WHERE h.first_at < {until:DateTime64(3, 'UTC')} AND h.first_at < then AND h.last_at >= {since:DateTime64(3, 'UTC')}
    ),
    judged AS
    (
        SELECT
            *,
            multiIf(
                cancelled_at IS NOT NULL, 'cancelled', completed_at IS NOT NULL, 'completed', empty(lines), 'requested',
                lines[-1].3 IS NOT NULL, 'returned', lines[-1].4 IS NOT NULL, 'passed_on', lines[-1].2 IS NOT NULL, 'accepted', 'offered'
            ) AS state,
            ifNull(lines[1].2, lines[1].3) AS decision_at,
            cancelled_at IS NOT NULL AND decision_at IS NULL AS void,
            if(state = 'passed_on', NULL, decision_at) AS first_decision_at,
            lines[arrayLastIndex(offer -> offer.2 IS NOT NULL, lines)] AS taken,
            arrayFilter(minutes -> minutes IS NOT NULL, arrayConcat(arrayMap(offer -> offer.6, lines), arrayMap(offer -> offer.7, lines))) AS minutes,
            arrayFirst(
                offer -> ifNull(offer.1 <= due_at, 0) AND offer.3 IS NULL AND (offer.2 IS NOT NULL OR offer.4 IS NOT NULL), lines
            ) AS settled,
            arrayExists(offer -> ifNull(offer.1 <= due_at, 0) AND offer.3 IS NULL, lines) AS waits
        FROM known
        WHERE notEmpty(lines) OR requested_at IS NOT NULL
    )
SELECT
    item, handoff, supplier, customer, deliverable, implicit, state, requested_at,
    if(empty(lines), NULL, lines[1].1) AS first_offer_at,
    first_decision_at,
    if(taken.3 IS NULL, taken.2, NULL) AS acceptance_at,
    length(lines) AS offers,
    arrayCount(offer -> offer.3 IS NOT NULL, lines) AS loops,
    if(
        first_decision_at IS NULL, NULL,
        lines[1].2 IS NOT NULL AND NOT arrayExists(offer -> ifNull(offer.3 <= lines[1].2 + INTERVAL 14 DAY, 0), lines)
    ) AS first_pass,
    if(first_decision_at IS NULL, NULL, first_pass AND NOT arrayExists(offer -> ifNull(offer.7 > 0, 0), lines)) AS complete_accurate,
    due_at, due_from,
    arrayCount(offer -> offer.9, lines) AS due_changes,
    multiIf(
        due_at IS NULL, if(void, 'void', 'unknown'),
        ifNull(cancelled_at <= due_at, 0), 'void',
        due_at >= then, 'future',
        settled.2 IS NOT NULL, 'hit',
        settled.4 IS NOT NULL, 'void',
        waits AND cancelled_at IS NULL, 'pending',
        'miss'
    ) AS sla,
    if(empty(minutes), NULL, least(arraySum(m -> toUInt64(assumeNotNull(m)), minutes), 2400)) AS rework_minutes,
    completed_at, cancelled_at, void,
    arrayMap(offer -> offer.1, lines) AS offered_at, arrayMap(offer -> offer.2, lines) AS accepted_at,
    arrayMap(offer -> offer.3, lines) AS returned_at, arrayMap(offer -> offer.4, lines) AS passed_on_at,
    arrayMap(offer -> offer.5, lines) AS reasons, arrayMap(offer -> offer.6, lines) AS offer_rework_minutes,
    arrayMap(offer -> offer.7, lines) AS offer_repair_minutes, arrayMap(offer -> offer.8, lines) AS offer_recheck_minutes
FROM judged
COMMENT 'Handoffs as they stood at as_of, of those with a moment from since to until: handoffs_at(as_of = …, since = …, until = …), times in UTC, until exclusive';

-- Sums of a window are added up handoff by handoff, not over entries, of which there are ten for each: what counts when is told by
-- measures/entries.py and the view entries; handoffs and routes are those of handoffs_at. The measures are told once in SQL, by
-- measures/registry.py and measures/sql_words.py: this is their text. A view that is called can't be called by another one, which
-- would look for it in the reader's own database: that is why all of it stands here.
CREATE OR REPLACE VIEW scores_at
(
    scope       LowCardinality(String)  COMMENT 'What is scored: pair, both (two teams), route or source',
    parts       Array(String)           COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    supplier    String                  COMMENT 'Of a pair: team that delivers; else empty',
    customer    String                  COMMENT 'Of a pair: internal customer; else empty',
    window      LowCardinality(String)  COMMENT 'Length of the window: 1h, 24h, 7d or 30d',
    window_end  DateTime64(3, 'UTC')    COMMENT 'End of the window, exclusive: as_of',
    refresh     LowCardinality(String)  COMMENT 'live, or daily: ratings, in the window of 30d alone',
    measure     LowCardinality(String)  COMMENT 'What was measured; docs/metrics.md defines each, and those of scope source are counts of arrivals by append time, as they are known now',
    part        String                  COMMENT 'Deliverable, reason or the like; else empty',
    value       Nullable(Float64)       COMMENT 'The value; null for a reason',
    n           UInt64                  COMMENT 'What it rests on',
    k           Nullable(Int64)         COMMENT 'How many of those counted, for rates',
    low         Nullable(Float64)       COMMENT 'Lower end of its 95 % interval',
    high        Nullable(Float64)       COMMENT 'Upper end of its 95 % interval',
    reason      LowCardinality(String)  COMMENT 'Why it has no value; empty when it has one'
)
AS
WITH
    ((s, field) -> arraySort(arrayMap(cell -> (substring(cell.1, length(field) + 2), cell.2), arrayFilter(cell -> startsWith(cell.1, concat(field, '\x1f')) AND cell.2 != 0, CAST(s, 'Array(Tuple(String, Int64))'))))) AS keyed,
    ((s, field) -> arraySort(arrayMap(cell -> (if(cell.1 = 'zero', -1000000, toInt64OrZero(cell.1)), cell.2), keyed(s, field)))) AS buckets,
    ((rows) -> arrayMap(row -> (row.1, row.2, if(row.4 < 5, NULL, row.3 / row.4), toUInt64(row.4), toNullable(toInt64(row.3)), if(row.4 < 5, NULL, if(row.3 = 0, 0, ((row.3 / row.4 + 3.8414588206941254 / (2 * row.4)) - 1.959963984540054 * sqrt(row.3 / row.4 * (1 - row.3 / row.4) / row.4 + 3.8414588206941254 / (4 * row.4 * row.4))) / (1 + 3.8414588206941254 / row.4))), if(row.4 < 5, NULL, if(row.3 = row.4, 1, ((row.3 / row.4 + 3.8414588206941254 / (2 * row.4)) + 1.959963984540054 * sqrt(row.3 / row.4 * (1 - row.3 / row.4) / row.4 + 3.8414588206941254 / (4 * row.4 * row.4))) / (1 + 3.8414588206941254 / row.4))), if(row.4 < 5, 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS shares,
    ((rows) -> arrayMap(row -> (row.1, '', if(row.4 < 5 OR row.3 = 0, NULL, row.2), toUInt64(row.3), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), if(row.4 < 5 OR row.3 = 0, 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS means,
    ((rows) -> arrayMap(row -> (row.1, '', toNullable(toFloat64(row.2)), toUInt64(row.2), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(String)')), rows)) AS counts,
    ((rows) -> arrayMap(row -> (row.1, '', if(empty(row.2), NULL, row.3 / arraySum(cell -> cell.2, row.2) / 3600000), toUInt64(arraySum(cell -> cell.2, row.2)), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), if(empty(row.2), 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS mean_hours,
    ((rows) -> arrayMap(row -> (row.1, '', if(empty(row.2), NULL, if(row.2[arrayFirstIndex(c -> c > row.3 * (arraySum(cell -> cell.2, row.2) - 1), arrayCumSum(cell -> cell.2, row.2))].1 = -1000000, 0., 0.99 * pow(101 / 99, row.2[arrayFirstIndex(c -> c > row.3 * (arraySum(cell -> cell.2, row.2) - 1), arrayCumSum(cell -> cell.2, row.2))].1)) / 3600000), toUInt64(arraySum(cell -> cell.2, row.2)), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), if(empty(row.2), 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS quantile_hours,
    ((s, field) -> arrayMap(cell -> (arrayStringConcat(arrayPopBack(splitByChar('\x1f', cell.1)), '\x1f'), intDiv(toInt64OrZero(splitByChar('\x1f', cell.1)[-1]), 10), toInt64OrZero(splitByChar('\x1f', cell.1)[-1]) % 10, cell.2), keyed(s, field))) AS votes_of,
    ((votes) -> arrayMap(part -> arrayMap(mine -> (part, arraySum(cell -> cell.4, mine), arraySum(cell -> cell.2 * cell.4, mine), arraySum(cell -> cell.3 * cell.4, mine), arraySum(cell -> pow(cell.2 + cell.3, 2) * cell.4, mine)), [arrayFilter(cell -> part = '' OR cell.1 = part, votes)])[1], if(empty(votes), [], arraySort(arrayDistinct(arrayConcat([''], arrayMap(cell -> cell.1, votes))))))) AS graded,
    ((freedom) -> if(freedom <= 100, [12.706204736174676, 4.302652729749459, 3.1824463052837064, 2.7764451051977934, 2.5705818356363146, 2.446911851144968, 2.364624251592783, 2.306004135204166, 2.2621571627982044, 2.228138851986274, 2.200985160091639, 2.178812829667228, 2.160368656462789, 2.1447866879178026, 2.131449545559774, 2.119905299221254, 2.1098155778333165, 2.100922040241036, 2.0930240544083096, 2.085963447265862, 2.079613844727678, 2.0738730679040254, 2.068657610419047, 2.063898561628024, 2.0595385527532954, 2.0555294386428695, 2.051830516480285, 2.0484071417952467, 2.0452296421327043, 2.042272456301238, 2.039513446396408, 2.0369333434601007, 2.0345152974493397, 2.0322445093177164, 2.0301079282503407, 2.0280940009804516, 2.0261924630291084, 2.0243941639119685, 2.0226909200367613, 2.0210753903062715, 2.0195409704413763, 2.018081702818445, 2.0166921992278226, 2.0153675744437614, 2.0141033888808444, 2.012895598919429, 2.011740513729765, 2.010634757624234, 2.009575237129238, 2.008559112100759, 2.007583770315832, 2.0066468050616875, 2.0057459953178673, 2.0048792881880546, 2.004044783289147, 2.003240718847871, 2.0024654592910114, 2.001717484145238, 2.0009953780882688, 2.00029782201426, 1.9996235849949389, 1.998971517033385, 1.9983405425207388, 1.9977296543176934, 1.9971379083920135, 1.9965644189523095, 1.9960083540252964, 1.9954689314298468, 1.9949454151072397, 1.9944371117711865, 1.9939433678456244, 1.9934635666618723, 1.992997125889854, 1.992543495180933, 1.9921021540022412, 1.991672609644668, 1.991254395388387, 1.9908470688116875, 1.9904502102301338, 1.9900634212544395, 1.9896863234569024, 1.9893185571365701, 1.9889597801751617, 1.98860966697571, 1.9882679074772218, 1.9879342062390144, 1.9876082815890652, 1.9872898648311659, 1.9869786995062757, 1.986674540703775, 1.9863771544186202, 1.986086316951126, 1.9858018143458143, 1.985523441866599, 1.9852510035055007, 1.9849843115224655, 1.9847231860139853, 1.9844674545084775, 1.9842169515864234, 1.983971518523556][freedom], 1.959963984540054 + 2.372271230298562 / pow(freedom, 1) + 2.8224986157396112 / pow(freedom, 2) + 2.555849679507722 / pow(freedom, 3) + 1.5895340533938225 / pow(freedom, 4))) AS t_quantile,
    ((rows) -> arrayFlatten(arrayMap(row -> arrayMap(of -> (row.1, of.1, toNullable(toFloat64(multiIf(row.2 = 'both', ((of.3 + of.4) / (2 * of.2)), row.2 = 'effectiveness', of.3 / of.2, of.4 / of.2))), toUInt64(of.2), CAST(NULL, 'Nullable(Int64)'), if(row.3 AND of.2 > 1, greatest(((of.3 + of.4) / (2 * of.2)) - t_quantile(of.2 - 1) * sqrt(greatest((of.5 / 4 - of.2 * ((of.3 + of.4) / (2 * of.2)) * ((of.3 + of.4) / (2 * of.2))) / (of.2 - 1), 0)) / sqrt(of.2), 1), NULL), if(row.3 AND of.2 > 1, least(((of.3 + of.4) / (2 * of.2)) + t_quantile(of.2 - 1) * sqrt(greatest((of.5 / 4 - of.2 * ((of.3 + of.4) / (2 * of.2)) * ((of.3 + of.4) / (2 * of.2))) / (of.2 - 1), 0)) / sqrt(of.2), 5), NULL), CAST(NULL, 'Nullable(String)')), row.4), rows))) AS ratings,
    -- A duration's bucket of the sketch (measures/sketch.py): bounds grow by 101/99; 0.0200… is the logarithm of that.
    (ms -> if(ms > 0, toString(toInt64(ceil(log(ms) / 0.020000666706669525))), 'zero')) AS bucket,
    ((field, sums) -> CAST((arrayMap(key -> concat(field, '\x1f', key), sums.1), sums.2), 'Map(String, UInt64)')) AS keys_of,
    ['incomplete', 'wrong_format', 'defect', 'unclear_request', 'sent_back', 'wrong_team', 'wrong_content', 'missing_approval',
     'missing_information', 'duplicate', 'late', 'not_needed', 'not_agreed', 'not_tested', 'wrong_version', 'wrong_quantity',
     'damaged'] AS codes,
    {as_of:DateTime64(3, 'UTC')} AS then,
    ({as_of:DateTime64(3, 'UTC')} - toIntervalHour(toInt16({window:Enum16('1h' = 1, '24h' = 24, '7d' = 168, '30d' = 720)}))) AS begin,
    (at -> ifNull(at >= begin AND at < then, 0)) AS inside,
    known AS
    (
        SELECT
            h.item AS item, h.handoff AS handoff, h.supplier AS supplier, h.customer AS customer, h.deliverable AS deliverable,
            h.implicit AS implicit, h.due_at AS due_at, h.due_from AS due_from,
            if(ifNull(h.requested_at < then, 0), h.requested_at, NULL) AS requested_at,
            if(ifNull(h.completed_at < then, 0), h.completed_at, NULL) AS completed_at,
            if(ifNull(h.cancelled_at < then, 0), h.cancelled_at, NULL) AS cancelled_at,
            arrayMap(
                (offered, accepted, returned, passed, until, reason, rework, repair, recheck, changed) -> (
                    offered,
                    multiIf(ifNull(accepted < then, 0), accepted, ifNull(passed < then AND until >= then, 0), passed, NULL),
                    if(ifNull(returned < then, 0), returned, NULL),
                    if(ifNull(passed < then, 0) AND ifNull(until < then, 1), passed, NULL),
                    if(ifNull(returned < then, 0), toString(reason), ''),
                    if(ifNull(returned < then, 0), rework, NULL),
                    if(ifNull(accepted < then, 0), repair, NULL),
                    if(ifNull(accepted < then, 0), recheck, NULL),
                    changed
                ),
                h.offered_at, h.accepted_at, h.returned_at, h.passed_on_at, h.accepted_until, h.reasons, h.offer_rework_minutes,
                h.offer_repair_minutes, h.offer_recheck_minutes, h.due_changed
            ) AS told,
            arrayFilter((offer, told_at) -> offer.1 < then AND ifNull(told_at < then, 1), told, h.offer_told_at) AS lines
        FROM handoffs AS h
        WHERE h.first_at < {as_of:DateTime64(3, 'UTC')} AND h.first_at < then AND h.last_at >= ({as_of:DateTime64(3, 'UTC')} - toIntervalHour(toInt16({window:Enum16('1h' = 1, '24h' = 24, '7d' = 168, '30d' = 720)})))
    ),
    judged AS
    (
        SELECT
            *,
            multiIf(
                cancelled_at IS NOT NULL, 'cancelled', completed_at IS NOT NULL, 'completed', empty(lines), 'requested',
                lines[-1].3 IS NOT NULL, 'returned', lines[-1].4 IS NOT NULL, 'passed_on', lines[-1].2 IS NOT NULL, 'accepted', 'offered'
            ) AS state,
            ifNull(lines[1].2, lines[1].3) AS decision_at,
            cancelled_at IS NOT NULL AND decision_at IS NULL AS void,
            if(state = 'passed_on', NULL, decision_at) AS first_decision_at,
            lines[arrayLastIndex(offer -> offer.2 IS NOT NULL, lines)] AS taken,
            arrayFilter(minutes -> minutes IS NOT NULL, arrayConcat(arrayMap(offer -> offer.6, lines), arrayMap(offer -> offer.7, lines))) AS minutes,
            arrayFirst(
                offer -> ifNull(offer.1 <= due_at, 0) AND offer.3 IS NULL AND (offer.2 IS NOT NULL OR offer.4 IS NOT NULL), lines
            ) AS settled,
            arrayExists(offer -> ifNull(offer.1 <= due_at, 0) AND offer.3 IS NULL, lines) AS waits
        FROM known
        WHERE notEmpty(lines) OR requested_at IS NOT NULL
    ),
    stood AS
    (
        SELECT
            item, handoff, supplier, customer, deliverable, implicit, state, requested_at,
            if(empty(lines), NULL, lines[1].1) AS first_offer_at,
            first_decision_at,
            if(taken.3 IS NULL, taken.2, NULL) AS acceptance_at,
            length(lines) AS offers,
            arrayCount(offer -> offer.3 IS NOT NULL, lines) AS loops,
            if(
                first_decision_at IS NULL, NULL,
                lines[1].2 IS NOT NULL AND NOT arrayExists(offer -> ifNull(offer.3 <= lines[1].2 + INTERVAL 14 DAY, 0), lines)
            ) AS first_pass,
            if(first_decision_at IS NULL, NULL, first_pass AND NOT arrayExists(offer -> ifNull(offer.7 > 0, 0), lines)) AS complete_accurate,
            due_at, due_from,
            arrayCount(offer -> offer.9, lines) AS due_changes,
            multiIf(
                due_at IS NULL, if(void, 'void', 'unknown'),
                ifNull(cancelled_at <= due_at, 0), 'void',
                due_at >= then, 'future',
                settled.2 IS NOT NULL, 'hit',
                settled.4 IS NOT NULL, 'void',
                waits AND cancelled_at IS NULL, 'pending',
                'miss'
            ) AS sla,
            if(empty(minutes), NULL, least(arraySum(m -> toUInt64(assumeNotNull(m)), minutes), 2400)) AS rework_minutes,
            completed_at, cancelled_at, void,
            arrayMap(offer -> offer.1, lines) AS offered_at, arrayMap(offer -> offer.2, lines) AS accepted_at,
            arrayMap(offer -> offer.3, lines) AS returned_at, arrayMap(offer -> offer.4, lines) AS passed_on_at,
            arrayMap(offer -> offer.5, lines) AS reasons, arrayMap(offer -> offer.6, lines) AS offer_rework_minutes,
            arrayMap(offer -> offer.7, lines) AS offer_repair_minutes, arrayMap(offer -> offer.8, lines) AS offer_recheck_minutes
        FROM judged
    ),
    offered AS
    (
        SELECT item, arraySort(groupArray((assumeNotNull(first_offer_at), handoff, toString(supplier), toString(customer)))) AS links
        FROM handoffs
        WHERE item IN (SELECT item FROM handoffs WHERE first_at < {as_of:DateTime64(3, 'UTC')} AND last_at >= ({as_of:DateTime64(3, 'UTC')} - toIntervalHour(toInt16({window:Enum16('1h' = 1, '24h' = 24, '7d' = 168, '30d' = 720)}))))
            AND ifNull(first_offer_at < then, 0) AND ifNull(offer_told_at[1] < then, 1)
            AND NOT ifNull(
                cancelled_at < then AND NOT ifNull(accepted_at[1] < then, 0) AND NOT ifNull(returned_at[1] < then, 0), 0
            )
        GROUP BY item
        HAVING count() > 1
    ),
    paths AS
    (
        SELECT item, if(length(path_at) = length(path), arraySlice(path, 1, arrayCount(at -> at < then, path_at)), path) AS places
        FROM items
        WHERE item IN (SELECT item FROM handoffs WHERE first_at < {as_of:DateTime64(3, 'UTC')} AND last_at >= ({as_of:DateTime64(3, 'UTC')} - toIntervalHour(toInt16({window:Enum16('1h' = 1, '24h' = 24, '7d' = 168, '30d' = 720)}))))
    ),
    visited AS
    (
        SELECT
            o.item AS item,
            arrayDistinct(arrayFlatten(arrayMap(link -> [link.3, link.4], arraySort(
                link -> (link.1, if(has(p.places, link.4), indexOf(p.places, link.4), length(p.places) + 1), link.2, link.3, link.4), o.links
            )))) AS teams
        FROM offered AS o
        INNER JOIN paths AS p ON p.item = o.item
    ),
    prepared AS
    (
        SELECT
            *,
            NOT void AND inside(first_decision_at) AS decided,
            NOT void AND first_decision_at IS NOT NULL AND inside(acceptance_at) AS held,
            toUInt64(ifNull(dateDiff('millisecond', first_offer_at, acceptance_at), 0)) AS cycle,
            if(void, [], offered_at) AS offered,
            arraySum(m -> ifNull(toInt64(m), 0), arrayConcat(offer_rework_minutes, offer_repair_minutes)) AS reported,
            arrayFilter(line -> inside(line.1), if(void, [], arrayMap(
                (at, accepted, passed, returned) -> (
                    coalesce(accepted, passed, returned),
                    toUInt64(ifNull(dateDiff('millisecond', at, coalesce(accepted, passed, returned)), 0))
                ),
                offered_at, accepted_at, passed_on_at, returned_at
            ))) AS waited,
            if(void, [], arrayMap(
                reason -> multiIf(reason = '', 'unspecified', has(codes, reason), reason, 'other'),
                arrayFilter((reason, at) -> inside(at), reasons, returned_at)
            )) AS sent_back,
            if(void, 0, arrayCount((passed, returned) -> returned IS NULL AND inside(passed), passed_on_at, returned_at)) AS passed
        FROM stood
    ),
    of_handoffs AS
    (
        SELECT place.1 AS scope, place.2 AS parts, 'live' AS refresh, CAST(mapConcat(
            map(
                'offers', sum(arrayCount(at -> inside(at), offered)), 'reoffers', sum(arrayCount(at -> inside(at), arrayPopFront(offered))),
                'wait_ms', sum(arraySum(line -> line.2, waited)), 'returns', sum(toUInt64(length(sent_back))), 'passed_on', sum(passed),
                'dec', countIf(decided), 'pass', countIf(decided AND ifNull(first_pass, false)),
                'ca', countIf(decided AND ifNull(complete_accurate, false)), 'loops\x1f0', countIf(decided AND loops = 0),
                'loops\x1f1', countIf(decided AND loops = 1), 'loops\x1f2', countIf(decided AND loops = 2),
                'loops\x1f3+', countIf(decided AND loops > 2), 'loops_sum', sumIf(loops, decided),
                'rework_reported', countIf(decided AND rework_minutes IS NOT NULL AND (loops > 0 OR rework_minutes > 0)),
                'rework_min', sumIf(ifNull(rework_minutes, 0), decided),
                'rework_capped', countIf(decided AND ifNull(rework_minutes = 2400, 0) AND reported > 2400),
                'reworked', countIf(decided AND (loops > 0 OR ifNull(rework_minutes > 0, 0))), 'cycle_ms', sumIf(cycle, held),
                'due_hit', countIf(sla = 'hit' AND inside(due_at)), 'due_miss', countIf(sla = 'miss' AND inside(due_at)),
                'due_pending', countIf(sla = 'pending' AND inside(due_at)),
                'ontime_first', countIf(sla IN ('hit', 'miss', 'pending') AND inside(due_at) AND ifNull(first_offer_at <= due_at, 0)),
                'due_unknown', countIf(sla = 'unknown' AND inside(ifNull(first_offer_at, requested_at))),
                'due_changed', sumIf(due_changes, inside(first_offer_at)), 'cancelled', countIf(inside(cancelled_at)),
                'void', countIf(void AND inside(cancelled_at))
            ),
            keys_of('wait', sumMap(arrayMap(line -> bucket(line.2), waited), arrayMap(line -> 1, waited))),
            keys_of('cycle', sumMapIf([bucket(cycle)], [1], held)),
            keys_of('reasons', sumMap(sent_back, arrayMap(reason -> 1, sent_back)))
        ), 'Map(String, Int64)') AS s
        FROM prepared AS h
        LEFT JOIN (SELECT item, arraySlice(teams, 1, 50) AS parts FROM visited WHERE length(teams) >= 3) AS r ON r.item = h.item
        ARRAY JOIN
            arrayConcat([('pair', [toString(supplier), toString(customer)])], if(empty(r.parts), [], [('route', r.parts)])) AS place
        GROUP BY place
    ),
    of_paths AS
    (
        SELECT
            'both' AS scope, step.1 AS parts, 'live' AS refresh,
            CAST(map(
                'moves\x1fab', countIf(step.3 AND inside(step.2)), 'moves\x1fba', countIf(NOT step.3 AND inside(step.2)),
                'bounces', countIf(step.4 AND inside(step.2)), 'pp_pairs', countIf(step.5 AND inside(step.2)),
                'pp_b1', countIf(step.5 AND step.6 >= 1 AND inside(step.2)), 'pp_b3', countIf(step.5 AND step.6 >= 3 AND inside(step.2))
            ), 'Map(String, Int64)') AS s
        FROM
        (
            SELECT
                range(2, toUInt32(arrayCount(at -> at < then, path_at) + 1)) AS numbers,
                arrayMap(n -> arraySort([path[n - 1], path[n]]), numbers) AS both,
                arrayMap(n -> n > 2 AND path[n - 2] = path[n], numbers) AS bounced,
                -- Of each step: the two teams, when, whether to the second of them, whether straight back, whether the first between
                -- the two, and how often they bounced.
                arrayMap((n, two, back) -> (
                    two, path_at[n], path[n] = two[2], back, indexOf(both, two) = n - 1,
                    arrayCount((b, was_back) -> b = two AND was_back, both, bounced)
                ), numbers, both, bounced) AS steps
            FROM items
            WHERE length(path_at) = length(path) AND opened_at < {as_of:DateTime64(3, 'UTC')} AND last_event_at >= ({as_of:DateTime64(3, 'UTC')} - toIntervalHour(toInt16({window:Enum16('1h' = 1, '24h' = 24, '7d' = 168, '30d' = 720)})))
        )
        ARRAY JOIN steps AS step
        GROUP BY parts
    )
SELECT
    scope, parts, if(scope = 'pair', parts[1], '') AS supplier, if(scope = 'pair', parts[2], '') AS customer,
    toString({window:Enum16('1h' = 1, '24h' = 24, '7d' = 168, '30d' = 720)}) AS window, then AS window_end, refresh,
    row.measure AS measure, row.part AS part, row.value AS value, row.n AS n, row.k AS k, row.low AS low, row.high AS high,
    ifNull(row.reason, '') AS reason
FROM
(
    SELECT scope, parts, refresh, s FROM of_handoffs
    UNION ALL
    SELECT scope, parts, refresh, s FROM of_paths
    UNION ALL
    SELECT
        'pair' AS scope, [toString(supplier), toString(customer)] AS parts, 'daily' AS refresh,
        CAST(sumMap([concat(field, '\x1f', key)], [amount]), 'Map(String, Int64)') AS s
    FROM rating_entries
    WHERE toInt16({window:Enum16('1h' = 1, '24h' = 24, '7d' = 168, '30d' = 720)}) = 720 AND inside(at) AND field != 'self_votes'
    GROUP BY parts
    UNION ALL
    SELECT
        'source' AS scope, [source] AS parts, 'live' AS refresh,
        CAST(sumMap(mapKeys(counts), mapValues(counts)), 'Map(String, Int64)') AS s
    FROM
    (
        SELECT source, mapFilter((field, count) -> field IN ('anomaly', 'beyond_cap', 'corrected', 'duplicate', 'future', 'late', 'received', 'released', 'retracted', 'self_rating', 'stale', 'too_late') AND count != 0, counts) AS counts
        FROM intake
        WHERE inside(pane)
    )
    GROUP BY source
)
-- No HAVING and no WHERE above: a condition would be analysed again with everything that it rests on.
ARRAY JOIN if(arrayExists(amount -> amount != 0, mapValues(s)), multiIf(
        scope = 'source', CAST(arrayConcat(
        counts(arrayConcat(
            [('received', s['received'])],
            [('duplicate', s['duplicate'])],
            [('corrected', s['corrected'])],
            [('retracted', s['retracted'])],
            [('stale', s['stale'])],
            [('late', s['late'])],
            [('future', s['future'])],
            [('too_late', s['too_late'])],
            [('beyond_cap', s['beyond_cap'])],
            [('anomaly', s['anomaly'])],
            [('self_rating', s['self_rating'])],
            [('released', s['released'])]))
    ), 'Array(Tuple(measure String, part String, value Nullable(Float64), n UInt64, k Nullable(Int64), low Nullable(Float64), high Nullable(Float64), reason Nullable(String)))'),
        scope = 'both', CAST(arrayConcat(
        counts(arrayConcat(
            [('moves', (s['moves\x1fab'] + s['moves\x1fba']))])),
        shares(arrayConcat(
            [('bounce_ratio', '', least(s['bounces'], (s['moves\x1fab'] + s['moves\x1fba'])), (s['moves\x1fab'] + s['moves\x1fba']))],
            [('ping_pong_rate', '', least(s['pp_b3'], s['pp_pairs']), s['pp_pairs'])],
            [('bounced_rate', '', least(s['pp_b1'], s['pp_pairs']), s['pp_pairs'])]))
    ), 'Array(Tuple(measure String, part String, value Nullable(Float64), n UInt64, k Nullable(Int64), low Nullable(Float64), high Nullable(Float64), reason Nullable(String)))'),
        refresh = 'daily', CAST(arrayConcat(
        ratings(arrayConcat(
            [('rating', 'both', 1, graded(votes_of(s, 'votes')))],
            [('rating_effectiveness', 'effectiveness', 0, graded(votes_of(s, 'votes')))],
            [('rating_consistency', 'consistency', 0, graded(votes_of(s, 'votes')))],
            [('team_rating', 'both', 0, graded(votes_of(s, 'team_votes')))],
            [('team_rating_effectiveness', 'effectiveness', 0, graded(votes_of(s, 'team_votes')))],
            [('team_rating_consistency', 'consistency', 0, graded(votes_of(s, 'team_votes')))]))
    ), 'Array(Tuple(measure String, part String, value Nullable(Float64), n UInt64, k Nullable(Int64), low Nullable(Float64), high Nullable(Float64), reason Nullable(String)))'),
        CAST(arrayConcat(
        shares(arrayConcat(
            [('fpy', '', least(s['pass'], s['dec']), s['dec'])],
            [('complete_accurate', '', least(s['ca'], s['dec']), s['dec'])],
            [('rework_rate', '', least(s['reoffers'], s['offers']), s['offers'])],
            [('stubborn_share', '', least((s['loops\x1f2'] + s['loops\x1f3+']), s['dec']), s['dec'])],
            [('rework_coverage', '', least(s['rework_reported'], s['reworked']), s['reworked'])],
            arrayMap(cell -> ('return_share', cell.1, cell.2, s['returns']), keyed(s, 'reasons')),
            [('sla_hit_rate', '', least(s['due_hit'], (s['due_hit'] + s['due_miss'])), (s['due_hit'] + s['due_miss']))],
            [('ontime_first_rate', '', least(s['ontime_first'], (s['due_hit'] + s['due_miss'] + s['due_pending'])), (s['due_hit'] + s['due_miss'] + s['due_pending']))])),
        means(arrayConcat(
            [('loops_mean', s['loops_sum'] / 1 / s['dec'], s['dec'], s['dec'])],
            [('rework_hours', s['rework_min'] / 60, s['rework_reported'], s['rework_reported'])],
            [('rework_hours_per_handoff', s['rework_min'] / 60 / s['dec'], s['dec'], s['rework_reported'])],
            [('rework_hours_per_report', s['rework_min'] / 60 / s['rework_reported'], s['rework_reported'], s['rework_reported'])])),
        counts(arrayConcat(
            [('rework_capped', s['rework_capped'])],
            [('passed_on', s['passed_on'])],
            [('sla_pending', s['due_pending'])],
            [('unknown_due', s['due_unknown'])],
            [('changed_due', s['due_changed'])],
            [('cancelled', s['cancelled'])],
            [('void', s['void'])])),
        mean_hours(arrayConcat(
            [('wait_hours_mean', buckets(s, 'wait'), s['wait_ms'])],
            [('cycle_hours_mean', buckets(s, 'cycle'), s['cycle_ms'])])),
        quantile_hours(arrayConcat(
            [('wait_hours_p50', buckets(s, 'wait'), 0.5)],
            [('wait_hours_p90', buckets(s, 'wait'), 0.9)],
            [('wait_hours_p95', buckets(s, 'wait'), 0.95)],
            [('cycle_hours_p50', buckets(s, 'cycle'), 0.5)],
            [('cycle_hours_p90', buckets(s, 'cycle'), 0.9)]))
    ), 'Array(Tuple(measure String, part String, value Nullable(Float64), n UInt64, k Nullable(Int64), low Nullable(Float64), high Nullable(Float64), reason Nullable(String)))')
    ), []) AS row
COMMENT 'Every measure of every scope in the window that ends at as_of, as it stood then, in any home: scores_at(as_of = ''2016-05-01'', window = ''30d''); as_of is UTC, window 1h, 24h, 7d or 30d';

-- As it was, but for the words of field, which now stand in the comment.
CREATE OR REPLACE VIEW handoff_entries
(
    item         String                  COMMENT 'The work item that was handed over',
    supplier     LowCardinality(String)  COMMENT 'Team that delivers',
    customer     LowCardinality(String)  COMMENT 'Internal customer: the team that gets the deliverable',
    handoff      String                  COMMENT 'Id of the handoff',
    deliverable  LowCardinality(String)  COMMENT 'What is handed over',
    at           DateTime64(3, 'UTC')    COMMENT 'The moment in whose windows it counts',
    field        LowCardinality(String)  COMMENT 'What is counted: the view''s comment lists the words',
    key          String                  COMMENT 'Bucket of a duration, reason code or number of returns; else empty',
    amount       Int64                   COMMENT 'How much is added'
)
AS
WITH
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
COMMENT 'What each handoff gives to the measures, one row a count; add amounts up by supplier, customer, field and key. The fields, each with the moment at: offers: deliveries, at the offer; reoffers: deliveries after the first, at the offer; wait: offer to decision or passing on, key = bucket, at the decision; wait_ms: the same in milliseconds; returns: returns, at the return; reasons: returns by key = reason code, at the return; passed_on: offers passed on and not returned since, then; dec: decided handoffs, at the first decision, as are: pass, first passes; ca, complete and accurate; loops, by key = returns 0, 1, 2, 3+; loops_sum, their returns; reworked, returned or repaired; rework_reported, with minutes reported; rework_min, those minutes, at most 2400 a handoff; rework_capped, with more than 2400; cycle: first offer to the acceptance that holds, key = bucket, at that acceptance; cycle_ms: the same in milliseconds; due_hit, due_miss, due_pending: handoffs by what became of their due time, at that time; ontime_first: of these: first offered in time; due_unknown: nobody says when it is due, at the first offer, else the request; due_changed: offers with another due time, at the first offer; cancelled: cancellations; void: of these: before any decision';

CREATE OR REPLACE VIEW entries
(
    scope    LowCardinality(String)  COMMENT 'What it counts for: pair, both (two teams), route or source',
    parts    Array(String)           COMMENT 'pair: supplier, customer; both: two teams, sorted; route: teams in order; source: the source',
    subject  String                  COMMENT 'Whose fact it comes from: the work item, the rating group, the source',
    at       DateTime64(3, 'UTC')    COMMENT 'The moment in whose windows it counts',
    field    LowCardinality(String)  COMMENT 'What is counted: the view''s comment lists the words',
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
COMMENT 'What facts give to the measures, one row a count: add amounts up by scope, parts, field and key over a span of at. Pairs and routes have the fields of handoff_entries. Both: moves, steps of the path, key = ab or ba; bounces, steps straight back; pp_pairs, items that two teams shared, at their first step between the two; pp_b1 and pp_b3, of these: bounced once, three times; ratings: votes and team_votes, by deliverable and the two grades; source: what arrived, by the words of the view intake';

-- Which time zone's months a generation has: baton prepare writes it, as the installation's record says.
CREATE TABLE IF NOT EXISTS generation_zones
(
    generation  UInt32                               COMMENT 'Number of the generation',
    time_zone   LowCardinality(String)               COMMENT 'The organisation''s time zone, whose months it has',
    set_at      DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')  COMMENT 'When it was written'
)
ENGINE = ReplacingMergeTree(set_at)
ORDER BY generation
COMMENT 'The time zone of the months in pair_months and team_hours, by generation; UTC where none is told';

-- As scores_at adds up the handoffs of a window, here for each month of the organisation's time zone. What is due after the newest
-- event counts nothing yet: a log home and a live home, whose W goes on, so have the same months.
CREATE OR REPLACE VIEW pair_sums
(
    supplier  String              COMMENT 'Team that delivers',
    customer  String              COMMENT 'Internal customer: the team that gets the deliverable',
    month     Date                COMMENT 'Month, its first day; of the organisation''s time zone (time_zone), UTC where none was told',
    sums      Map(String, Int64)  COMMENT 'What was counted to how much, in the words of handoff_entries: the field, and where there is a key a unit separator and the key'
)
AS
WITH
    -- A duration's bucket of the sketch (measures/sketch.py): bounds grow by 101/99; 0.0200… is the logarithm of that.
    (ms -> if(ms > 0, toString(toInt64(ceil(log(ms) / 0.020000666706669525))), 'zero')) AS bucket,
    ((field, sums) -> CAST((arrayMap(key -> concat(field, '\x1f', key), sums.1), sums.2), 'Map(String, UInt64)')) AS keys_of,
    ['incomplete', 'wrong_format', 'defect', 'unclear_request', 'sent_back', 'wrong_team', 'wrong_content', 'missing_approval',
     'missing_information', 'duplicate', 'late', 'not_needed', 'not_agreed', 'not_tested', 'wrong_version', 'wrong_quantity',
     'damaged'] AS codes,
    (SELECT if(empty(z), 'UTC', z) FROM (SELECT argMax(time_zone, generation) AS z FROM generation_zones FINAL WHERE generation <= (SELECT max(generation) FROM generations WHERE complete))) AS zone,
    (SELECT max(last_event_at) FROM items) AS newest,
    ((month, at) -> ifNull(toStartOfMonth(at, zone) = month, 0)) AS within,
    prepared AS
    (
        SELECT
            * REPLACE (if(ifNull(due_at > newest, 0), 'future', sla) AS sla), month,
            NOT void AND within(month, first_decision_at) AS decided,
            NOT void AND first_decision_at IS NOT NULL AND within(month, acceptance_at) AS held,
            toUInt64(ifNull(dateDiff('millisecond', first_offer_at, acceptance_at), 0)) AS cycle,
            if(void, [], offered_at) AS offered,
            arraySum(m -> ifNull(toInt64(m), 0), arrayConcat(offer_rework_minutes, offer_repair_minutes)) AS reported,
            arrayFilter(line -> within(month, line.1), if(void, [], arrayMap(
                (at, accepted, passed, returned) -> (
                    coalesce(accepted, passed, returned),
                    toUInt64(ifNull(dateDiff('millisecond', at, coalesce(accepted, passed, returned)), 0))
                ),
                offered_at, accepted_at, passed_on_at, returned_at
            ))) AS waited,
            if(void, [], arrayMap(
                reason -> multiIf(reason = '', 'unspecified', has(codes, reason), reason, 'other'),
                arrayFilter((reason, at) -> within(month, at), reasons, returned_at)
            )) AS sent_back,
            if(void, 0, arrayCount((passed, returned) -> returned IS NULL AND within(month, passed), passed_on_at, returned_at)) AS passed
        FROM handoffs
        ARRAY JOIN arrayDistinct(arrayMap(
            at -> toStartOfMonth(assumeNotNull(at), zone),
            arrayFilter(
                at -> at IS NOT NULL,
                arrayConcat([requested_at, cancelled_at, due_at], offered_at, accepted_at, returned_at, passed_on_at)
            )
        )) AS month
    )
SELECT supplier, customer, month, CAST(mapConcat(
        map(
            'offers', sum(arrayCount(at -> within(month, at), offered)), 'reoffers', sum(arrayCount(at -> within(month, at), arrayPopFront(offered))),
            'wait_ms', sum(arraySum(line -> line.2, waited)), 'returns', sum(toUInt64(length(sent_back))), 'passed_on', sum(passed),
            'dec', countIf(decided), 'pass', countIf(decided AND ifNull(first_pass, false)),
            'ca', countIf(decided AND ifNull(complete_accurate, false)), 'loops\x1f0', countIf(decided AND loops = 0),
            'loops\x1f1', countIf(decided AND loops = 1), 'loops\x1f2', countIf(decided AND loops = 2),
            'loops\x1f3+', countIf(decided AND loops > 2), 'loops_sum', sumIf(loops, decided),
            'rework_reported', countIf(decided AND rework_minutes IS NOT NULL AND (loops > 0 OR rework_minutes > 0)),
            'rework_min', sumIf(ifNull(rework_minutes, 0), decided),
            'rework_capped', countIf(decided AND ifNull(rework_minutes = 2400, 0) AND reported > 2400),
            'reworked', countIf(decided AND (loops > 0 OR ifNull(rework_minutes > 0, 0))), 'cycle_ms', sumIf(cycle, held),
            'due_hit', countIf(sla = 'hit' AND within(month, due_at)), 'due_miss', countIf(sla = 'miss' AND within(month, due_at)),
            'due_pending', countIf(sla = 'pending' AND within(month, due_at)),
            'ontime_first', countIf(sla IN ('hit', 'miss', 'pending') AND within(month, due_at) AND ifNull(first_offer_at <= due_at, 0)),
            'due_unknown', countIf(sla = 'unknown' AND within(month, ifNull(first_offer_at, requested_at))),
            'due_changed', sumIf(due_changes, within(month, first_offer_at)), 'cancelled', countIf(within(month, cancelled_at)),
            'void', countIf(void AND within(month, cancelled_at))
        ),
        keys_of('wait', sumMap(arrayMap(line -> bucket(line.2), waited), arrayMap(line -> 1, waited))),
        keys_of('cycle', sumMapIf([bucket(cycle)], [1], held)),
        keys_of('reasons', sumMap(sent_back, arrayMap(reason -> 1, sent_back)))
    ), 'Map(String, Int64)') AS sums
FROM prepared
GROUP BY supplier, customer, month
HAVING arrayExists(amount -> amount != 0, mapValues(sums))
COMMENT 'What the handoffs of each pair gave in each month, as known now: sums that can be added up, from which pair_months and pair_totals take the measures';

CREATE OR REPLACE VIEW pair_months
(
    supplier  String                  COMMENT 'Team that delivers',
    customer  String                  COMMENT 'Internal customer: the team that gets the deliverable',
    month     Date                    COMMENT 'Month, its first day; of the organisation''s time zone (time_zone), UTC where none was told',
    measure   LowCardinality(String)  COMMENT 'What was measured; the glossary lists the measures',
    part      String                  COMMENT 'Deliverable, reason or the like; else empty',
    value     Nullable(Float64)       COMMENT 'The value; null for a reason',
    n         UInt64                  COMMENT 'What it rests on',
    k         Nullable(Int64)         COMMENT 'How many of those counted, for rates',
    low       Nullable(Float64)       COMMENT 'Lower end of its 95 % interval',
    high      Nullable(Float64)       COMMENT 'Upper end of its 95 % interval',
    reason    LowCardinality(String)  COMMENT 'Why it has no value; empty when it has one'
)
AS
WITH
    ((s, field) -> arraySort(arrayMap(cell -> (substring(cell.1, length(field) + 2), cell.2), arrayFilter(cell -> startsWith(cell.1, concat(field, '\x1f')) AND cell.2 != 0, CAST(s, 'Array(Tuple(String, Int64))'))))) AS keyed,
    ((s, field) -> arraySort(arrayMap(cell -> (if(cell.1 = 'zero', -1000000, toInt64OrZero(cell.1)), cell.2), keyed(s, field)))) AS buckets,
    ((rows) -> arrayMap(row -> (row.1, row.2, if(row.4 < 5, NULL, row.3 / row.4), toUInt64(row.4), toNullable(toInt64(row.3)), if(row.4 < 5, NULL, if(row.3 = 0, 0, ((row.3 / row.4 + 3.8414588206941254 / (2 * row.4)) - 1.959963984540054 * sqrt(row.3 / row.4 * (1 - row.3 / row.4) / row.4 + 3.8414588206941254 / (4 * row.4 * row.4))) / (1 + 3.8414588206941254 / row.4))), if(row.4 < 5, NULL, if(row.3 = row.4, 1, ((row.3 / row.4 + 3.8414588206941254 / (2 * row.4)) + 1.959963984540054 * sqrt(row.3 / row.4 * (1 - row.3 / row.4) / row.4 + 3.8414588206941254 / (4 * row.4 * row.4))) / (1 + 3.8414588206941254 / row.4))), if(row.4 < 5, 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS shares,
    ((rows) -> arrayMap(row -> (row.1, '', if(row.4 < 5 OR row.3 = 0, NULL, row.2), toUInt64(row.3), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), if(row.4 < 5 OR row.3 = 0, 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS means,
    ((rows) -> arrayMap(row -> (row.1, '', toNullable(toFloat64(row.2)), toUInt64(row.2), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(String)')), rows)) AS counts,
    ((rows) -> arrayMap(row -> (row.1, '', if(empty(row.2), NULL, row.3 / arraySum(cell -> cell.2, row.2) / 3600000), toUInt64(arraySum(cell -> cell.2, row.2)), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), if(empty(row.2), 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS mean_hours,
    ((rows) -> arrayMap(row -> (row.1, '', if(empty(row.2), NULL, if(row.2[arrayFirstIndex(c -> c > row.3 * (arraySum(cell -> cell.2, row.2) - 1), arrayCumSum(cell -> cell.2, row.2))].1 = -1000000, 0., 0.99 * pow(101 / 99, row.2[arrayFirstIndex(c -> c > row.3 * (arraySum(cell -> cell.2, row.2) - 1), arrayCumSum(cell -> cell.2, row.2))].1)) / 3600000), toUInt64(arraySum(cell -> cell.2, row.2)), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), if(empty(row.2), 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS quantile_hours,
    ((s, field) -> arrayMap(cell -> (arrayStringConcat(arrayPopBack(splitByChar('\x1f', cell.1)), '\x1f'), intDiv(toInt64OrZero(splitByChar('\x1f', cell.1)[-1]), 10), toInt64OrZero(splitByChar('\x1f', cell.1)[-1]) % 10, cell.2), keyed(s, field))) AS votes_of,
    ((votes) -> arrayMap(part -> arrayMap(mine -> (part, arraySum(cell -> cell.4, mine), arraySum(cell -> cell.2 * cell.4, mine), arraySum(cell -> cell.3 * cell.4, mine), arraySum(cell -> pow(cell.2 + cell.3, 2) * cell.4, mine)), [arrayFilter(cell -> part = '' OR cell.1 = part, votes)])[1], if(empty(votes), [], arraySort(arrayDistinct(arrayConcat([''], arrayMap(cell -> cell.1, votes))))))) AS graded,
    ((freedom) -> if(freedom <= 100, [12.706204736174676, 4.302652729749459, 3.1824463052837064, 2.7764451051977934, 2.5705818356363146, 2.446911851144968, 2.364624251592783, 2.306004135204166, 2.2621571627982044, 2.228138851986274, 2.200985160091639, 2.178812829667228, 2.160368656462789, 2.1447866879178026, 2.131449545559774, 2.119905299221254, 2.1098155778333165, 2.100922040241036, 2.0930240544083096, 2.085963447265862, 2.079613844727678, 2.0738730679040254, 2.068657610419047, 2.063898561628024, 2.0595385527532954, 2.0555294386428695, 2.051830516480285, 2.0484071417952467, 2.0452296421327043, 2.042272456301238, 2.039513446396408, 2.0369333434601007, 2.0345152974493397, 2.0322445093177164, 2.0301079282503407, 2.0280940009804516, 2.0261924630291084, 2.0243941639119685, 2.0226909200367613, 2.0210753903062715, 2.0195409704413763, 2.018081702818445, 2.0166921992278226, 2.0153675744437614, 2.0141033888808444, 2.012895598919429, 2.011740513729765, 2.010634757624234, 2.009575237129238, 2.008559112100759, 2.007583770315832, 2.0066468050616875, 2.0057459953178673, 2.0048792881880546, 2.004044783289147, 2.003240718847871, 2.0024654592910114, 2.001717484145238, 2.0009953780882688, 2.00029782201426, 1.9996235849949389, 1.998971517033385, 1.9983405425207388, 1.9977296543176934, 1.9971379083920135, 1.9965644189523095, 1.9960083540252964, 1.9954689314298468, 1.9949454151072397, 1.9944371117711865, 1.9939433678456244, 1.9934635666618723, 1.992997125889854, 1.992543495180933, 1.9921021540022412, 1.991672609644668, 1.991254395388387, 1.9908470688116875, 1.9904502102301338, 1.9900634212544395, 1.9896863234569024, 1.9893185571365701, 1.9889597801751617, 1.98860966697571, 1.9882679074772218, 1.9879342062390144, 1.9876082815890652, 1.9872898648311659, 1.9869786995062757, 1.986674540703775, 1.9863771544186202, 1.986086316951126, 1.9858018143458143, 1.985523441866599, 1.9852510035055007, 1.9849843115224655, 1.9847231860139853, 1.9844674545084775, 1.9842169515864234, 1.983971518523556][freedom], 1.959963984540054 + 2.372271230298562 / pow(freedom, 1) + 2.8224986157396112 / pow(freedom, 2) + 2.555849679507722 / pow(freedom, 3) + 1.5895340533938225 / pow(freedom, 4))) AS t_quantile,
    ((rows) -> arrayFlatten(arrayMap(row -> arrayMap(of -> (row.1, of.1, toNullable(toFloat64(multiIf(row.2 = 'both', ((of.3 + of.4) / (2 * of.2)), row.2 = 'effectiveness', of.3 / of.2, of.4 / of.2))), toUInt64(of.2), CAST(NULL, 'Nullable(Int64)'), if(row.3 AND of.2 > 1, greatest(((of.3 + of.4) / (2 * of.2)) - t_quantile(of.2 - 1) * sqrt(greatest((of.5 / 4 - of.2 * ((of.3 + of.4) / (2 * of.2)) * ((of.3 + of.4) / (2 * of.2))) / (of.2 - 1), 0)) / sqrt(of.2), 1), NULL), if(row.3 AND of.2 > 1, least(((of.3 + of.4) / (2 * of.2)) + t_quantile(of.2 - 1) * sqrt(greatest((of.5 / 4 - of.2 * ((of.3 + of.4) / (2 * of.2)) * ((of.3 + of.4) / (2 * of.2))) / (of.2 - 1), 0)) / sqrt(of.2), 5), NULL), CAST(NULL, 'Nullable(String)')), row.4), rows))) AS ratings
SELECT
    supplier, customer, month,
    row.measure AS measure, row.part AS part, row.value AS value, row.n AS n, row.k AS k, row.low AS low, row.high AS high,
    ifNull(row.reason, '') AS reason
FROM
(
    SELECT supplier, customer, month, 'live' AS refresh, sums AS s FROM pair_sums
    UNION ALL
    SELECT
        toString(supplier) AS supplier, toString(customer) AS customer, toDate(concat(period, '-01')) AS month, 'daily' AS refresh,
        CAST(sumMap(
            arrayMap(cell -> concat(if(mode = 'team', 'team_votes', 'votes'), '\x1f', deliverable, '\x1f', cell), mapKeys(cells)), mapValues(cells)
        ), 'Map(String, Int64)') AS s
    FROM rating_groups
    WHERE mode != 'self'
    GROUP BY supplier, customer, month
)
ARRAY JOIN if(
        refresh = 'daily',
        CAST(arrayConcat(
        ratings(arrayConcat(
            [('rating', 'both', 1, graded(votes_of(s, 'votes')))],
            [('rating_effectiveness', 'effectiveness', 0, graded(votes_of(s, 'votes')))],
            [('rating_consistency', 'consistency', 0, graded(votes_of(s, 'votes')))],
            [('team_rating', 'both', 0, graded(votes_of(s, 'team_votes')))],
            [('team_rating_effectiveness', 'effectiveness', 0, graded(votes_of(s, 'team_votes')))],
            [('team_rating_consistency', 'consistency', 0, graded(votes_of(s, 'team_votes')))]))
    ), 'Array(Tuple(measure String, part String, value Nullable(Float64), n UInt64, k Nullable(Int64), low Nullable(Float64), high Nullable(Float64), reason Nullable(String)))'),
        CAST(arrayConcat(
        shares(arrayConcat(
            [('fpy', '', least(s['pass'], s['dec']), s['dec'])],
            [('complete_accurate', '', least(s['ca'], s['dec']), s['dec'])],
            [('rework_rate', '', least(s['reoffers'], s['offers']), s['offers'])],
            [('stubborn_share', '', least((s['loops\x1f2'] + s['loops\x1f3+']), s['dec']), s['dec'])],
            [('rework_coverage', '', least(s['rework_reported'], s['reworked']), s['reworked'])],
            arrayMap(cell -> ('return_share', cell.1, cell.2, s['returns']), keyed(s, 'reasons')),
            [('sla_hit_rate', '', least(s['due_hit'], (s['due_hit'] + s['due_miss'])), (s['due_hit'] + s['due_miss']))],
            [('ontime_first_rate', '', least(s['ontime_first'], (s['due_hit'] + s['due_miss'] + s['due_pending'])), (s['due_hit'] + s['due_miss'] + s['due_pending']))])),
        means(arrayConcat(
            [('loops_mean', s['loops_sum'] / 1 / s['dec'], s['dec'], s['dec'])],
            [('rework_hours', s['rework_min'] / 60, s['rework_reported'], s['rework_reported'])],
            [('rework_hours_per_handoff', s['rework_min'] / 60 / s['dec'], s['dec'], s['rework_reported'])],
            [('rework_hours_per_report', s['rework_min'] / 60 / s['rework_reported'], s['rework_reported'], s['rework_reported'])])),
        counts(arrayConcat(
            [('rework_capped', s['rework_capped'])],
            [('passed_on', s['passed_on'])],
            [('sla_pending', s['due_pending'])],
            [('unknown_due', s['due_unknown'])],
            [('changed_due', s['due_changed'])],
            [('cancelled', s['cancelled'])],
            [('void', s['void'])])),
        mean_hours(arrayConcat(
            [('wait_hours_mean', buckets(s, 'wait'), s['wait_ms'])],
            [('cycle_hours_mean', buckets(s, 'cycle'), s['cycle_ms'])])),
        quantile_hours(arrayConcat(
            [('wait_hours_p50', buckets(s, 'wait'), 0.5)],
            [('wait_hours_p90', buckets(s, 'wait'), 0.9)],
            [('wait_hours_p95', buckets(s, 'wait'), 0.95)],
            [('cycle_hours_p50', buckets(s, 'cycle'), 0.5)],
            [('cycle_hours_p90', buckets(s, 'cycle'), 0.9)]))
    ), 'Array(Tuple(measure String, part String, value Nullable(Float64), n UInt64, k Nullable(Int64), low Nullable(Float64), high Nullable(Float64), reason Nullable(String)))')
    ) AS row
COMMENT 'Every measure of every pair in every month, as known now, in any home; ratings by the month they are about. Everything is read each time: of a large home ask scores_at, or handoffs of one month';

CREATE OR REPLACE VIEW pair_totals
(
    supplier         String             COMMENT 'Team that delivers',
    customer         String             COMMENT 'Internal customer: the team that gets the deliverable',
    handoffs         UInt64             COMMENT 'Handoffs that were offered, void ones left out',
    offers           UInt64             COMMENT 'Deliveries',
    redeliveries     UInt64             COMMENT 'Deliveries after the first',
    decided          UInt64             COMMENT 'Handoffs whose first offer was accepted or returned',
    first_passes     UInt64             COMMENT 'Of these: accepted at the first offer and not sent back',
    fpy              Nullable(Float64)  COMMENT 'First-pass yield: their share; null below five decided',
    fpy_low          Nullable(Float64)  COMMENT 'Lower end of its 95 % interval',
    fpy_high         Nullable(Float64)  COMMENT 'Upper end of its 95 % interval',
    returns          UInt64             COMMENT 'Returns',
    passed_on        UInt64             COMMENT 'Handoffs passed on without any work',
    cancelled        UInt64             COMMENT 'Handoffs cancelled',
    wait_hours_mean  Nullable(Float64)  COMMENT 'Mean hours from offer to decision',
    wait_hours_p50   Nullable(Float64)  COMMENT 'Median of these, within 1 %',
    wait_hours_p90   Nullable(Float64)  COMMENT 'The same, 90th percentile',
    cycle_hours_p50  Nullable(Float64)  COMMENT 'Median hours from first offer to the acceptance that holds, within 1 %',
    due_hits         UInt64             COMMENT 'Handoffs accepted in a delivery made in time',
    due_misses       UInt64             COMMENT 'Handoffs that missed their due time',
    sla_hit_rate     Nullable(Float64)  COMMENT 'Share of hits in both; null below five',
    rework_hours     Nullable(Float64)  COMMENT 'Reported hours lost; null below five reports',
    first_month      Date               COMMENT 'First month anything counts in',
    last_month       Date               COMMENT 'Last such month'
)
AS
WITH
    ((s, field) -> arraySort(arrayMap(cell -> (substring(cell.1, length(field) + 2), cell.2), arrayFilter(cell -> startsWith(cell.1, concat(field, '\x1f')) AND cell.2 != 0, CAST(s, 'Array(Tuple(String, Int64))'))))) AS keyed,
    ((s, field) -> arraySort(arrayMap(cell -> (if(cell.1 = 'zero', -1000000, toInt64OrZero(cell.1)), cell.2), keyed(s, field)))) AS buckets,
    ((rows) -> arrayMap(row -> (row.1, row.2, if(row.4 < 5, NULL, row.3 / row.4), toUInt64(row.4), toNullable(toInt64(row.3)), if(row.4 < 5, NULL, if(row.3 = 0, 0, ((row.3 / row.4 + 3.8414588206941254 / (2 * row.4)) - 1.959963984540054 * sqrt(row.3 / row.4 * (1 - row.3 / row.4) / row.4 + 3.8414588206941254 / (4 * row.4 * row.4))) / (1 + 3.8414588206941254 / row.4))), if(row.4 < 5, NULL, if(row.3 = row.4, 1, ((row.3 / row.4 + 3.8414588206941254 / (2 * row.4)) + 1.959963984540054 * sqrt(row.3 / row.4 * (1 - row.3 / row.4) / row.4 + 3.8414588206941254 / (4 * row.4 * row.4))) / (1 + 3.8414588206941254 / row.4))), if(row.4 < 5, 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS shares,
    ((rows) -> arrayMap(row -> (row.1, '', if(row.4 < 5 OR row.3 = 0, NULL, row.2), toUInt64(row.3), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), if(row.4 < 5 OR row.3 = 0, 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS means,
    ((rows) -> arrayMap(row -> (row.1, '', toNullable(toFloat64(row.2)), toUInt64(row.2), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(String)')), rows)) AS counts,
    ((rows) -> arrayMap(row -> (row.1, '', if(empty(row.2), NULL, row.3 / arraySum(cell -> cell.2, row.2) / 3600000), toUInt64(arraySum(cell -> cell.2, row.2)), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), if(empty(row.2), 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS mean_hours,
    ((rows) -> arrayMap(row -> (row.1, '', if(empty(row.2), NULL, if(row.2[arrayFirstIndex(c -> c > row.3 * (arraySum(cell -> cell.2, row.2) - 1), arrayCumSum(cell -> cell.2, row.2))].1 = -1000000, 0., 0.99 * pow(101 / 99, row.2[arrayFirstIndex(c -> c > row.3 * (arraySum(cell -> cell.2, row.2) - 1), arrayCumSum(cell -> cell.2, row.2))].1)) / 3600000), toUInt64(arraySum(cell -> cell.2, row.2)), CAST(NULL, 'Nullable(Int64)'), CAST(NULL, 'Nullable(Float64)'), CAST(NULL, 'Nullable(Float64)'), if(empty(row.2), 'min_n', CAST(NULL, 'Nullable(String)'))), rows)) AS quantile_hours,
    ((s, field) -> arrayMap(cell -> (arrayStringConcat(arrayPopBack(splitByChar('\x1f', cell.1)), '\x1f'), intDiv(toInt64OrZero(splitByChar('\x1f', cell.1)[-1]), 10), toInt64OrZero(splitByChar('\x1f', cell.1)[-1]) % 10, cell.2), keyed(s, field))) AS votes_of,
    ((votes) -> arrayMap(part -> arrayMap(mine -> (part, arraySum(cell -> cell.4, mine), arraySum(cell -> cell.2 * cell.4, mine), arraySum(cell -> cell.3 * cell.4, mine), arraySum(cell -> pow(cell.2 + cell.3, 2) * cell.4, mine)), [arrayFilter(cell -> part = '' OR cell.1 = part, votes)])[1], if(empty(votes), [], arraySort(arrayDistinct(arrayConcat([''], arrayMap(cell -> cell.1, votes))))))) AS graded,
    ((freedom) -> if(freedom <= 100, [12.706204736174676, 4.302652729749459, 3.1824463052837064, 2.7764451051977934, 2.5705818356363146, 2.446911851144968, 2.364624251592783, 2.306004135204166, 2.2621571627982044, 2.228138851986274, 2.200985160091639, 2.178812829667228, 2.160368656462789, 2.1447866879178026, 2.131449545559774, 2.119905299221254, 2.1098155778333165, 2.100922040241036, 2.0930240544083096, 2.085963447265862, 2.079613844727678, 2.0738730679040254, 2.068657610419047, 2.063898561628024, 2.0595385527532954, 2.0555294386428695, 2.051830516480285, 2.0484071417952467, 2.0452296421327043, 2.042272456301238, 2.039513446396408, 2.0369333434601007, 2.0345152974493397, 2.0322445093177164, 2.0301079282503407, 2.0280940009804516, 2.0261924630291084, 2.0243941639119685, 2.0226909200367613, 2.0210753903062715, 2.0195409704413763, 2.018081702818445, 2.0166921992278226, 2.0153675744437614, 2.0141033888808444, 2.012895598919429, 2.011740513729765, 2.010634757624234, 2.009575237129238, 2.008559112100759, 2.007583770315832, 2.0066468050616875, 2.0057459953178673, 2.0048792881880546, 2.004044783289147, 2.003240718847871, 2.0024654592910114, 2.001717484145238, 2.0009953780882688, 2.00029782201426, 1.9996235849949389, 1.998971517033385, 1.9983405425207388, 1.9977296543176934, 1.9971379083920135, 1.9965644189523095, 1.9960083540252964, 1.9954689314298468, 1.9949454151072397, 1.9944371117711865, 1.9939433678456244, 1.9934635666618723, 1.992997125889854, 1.992543495180933, 1.9921021540022412, 1.991672609644668, 1.991254395388387, 1.9908470688116875, 1.9904502102301338, 1.9900634212544395, 1.9896863234569024, 1.9893185571365701, 1.9889597801751617, 1.98860966697571, 1.9882679074772218, 1.9879342062390144, 1.9876082815890652, 1.9872898648311659, 1.9869786995062757, 1.986674540703775, 1.9863771544186202, 1.986086316951126, 1.9858018143458143, 1.985523441866599, 1.9852510035055007, 1.9849843115224655, 1.9847231860139853, 1.9844674545084775, 1.9842169515864234, 1.983971518523556][freedom], 1.959963984540054 + 2.372271230298562 / pow(freedom, 1) + 2.8224986157396112 / pow(freedom, 2) + 2.555849679507722 / pow(freedom, 3) + 1.5895340533938225 / pow(freedom, 4))) AS t_quantile,
    ((rows) -> arrayFlatten(arrayMap(row -> arrayMap(of -> (row.1, of.1, toNullable(toFloat64(multiIf(row.2 = 'both', ((of.3 + of.4) / (2 * of.2)), row.2 = 'effectiveness', of.3 / of.2, of.4 / of.2))), toUInt64(of.2), CAST(NULL, 'Nullable(Int64)'), if(row.3 AND of.2 > 1, greatest(((of.3 + of.4) / (2 * of.2)) - t_quantile(of.2 - 1) * sqrt(greatest((of.5 / 4 - of.2 * ((of.3 + of.4) / (2 * of.2)) * ((of.3 + of.4) / (2 * of.2))) / (of.2 - 1), 0)) / sqrt(of.2), 1), NULL), if(row.3 AND of.2 > 1, least(((of.3 + of.4) / (2 * of.2)) + t_quantile(of.2 - 1) * sqrt(greatest((of.5 / 4 - of.2 * ((of.3 + of.4) / (2 * of.2)) * ((of.3 + of.4) / (2 * of.2))) / (of.2 - 1), 0)) / sqrt(of.2), 5), NULL), CAST(NULL, 'Nullable(String)')), row.4), rows))) AS ratings
SELECT
    supplier, customer,
    toUInt64(s['offers'] - s['reoffers']) AS handoffs,
    toUInt64(s['offers']) AS offers,
    toUInt64(s['reoffers']) AS redeliveries,
    toUInt64(s['dec']) AS decided,
    toUInt64(s['pass']) AS first_passes,
    arrayFirst(row -> row.measure = 'fpy', results).value AS fpy,
    arrayFirst(row -> row.measure = 'fpy', results).low AS fpy_low,
    arrayFirst(row -> row.measure = 'fpy', results).high AS fpy_high,
    toUInt64(s['returns']) AS returns,
    toUInt64(s['passed_on']) AS passed_on,
    toUInt64(s['cancelled']) AS cancelled,
    arrayFirst(row -> row.measure = 'wait_hours_mean', results).value AS wait_hours_mean,
    arrayFirst(row -> row.measure = 'wait_hours_p50', results).value AS wait_hours_p50,
    arrayFirst(row -> row.measure = 'wait_hours_p90', results).value AS wait_hours_p90,
    arrayFirst(row -> row.measure = 'cycle_hours_p50', results).value AS cycle_hours_p50,
    toUInt64(s['due_hit']) AS due_hits,
    toUInt64(s['due_miss']) AS due_misses,
    arrayFirst(row -> row.measure = 'sla_hit_rate', results).value AS sla_hit_rate,
    arrayFirst(row -> row.measure = 'rework_hours', results).value AS rework_hours,
    first_month,
    last_month
FROM
(
    SELECT
        supplier, customer, first_month, last_month, s,
        CAST(arrayConcat(
            shares(arrayConcat(
                [('fpy', '', least(s['pass'], s['dec']), s['dec'])],
                [('complete_accurate', '', least(s['ca'], s['dec']), s['dec'])],
                [('rework_rate', '', least(s['reoffers'], s['offers']), s['offers'])],
                [('stubborn_share', '', least((s['loops\x1f2'] + s['loops\x1f3+']), s['dec']), s['dec'])],
                [('rework_coverage', '', least(s['rework_reported'], s['reworked']), s['reworked'])],
                arrayMap(cell -> ('return_share', cell.1, cell.2, s['returns']), keyed(s, 'reasons')),
                [('sla_hit_rate', '', least(s['due_hit'], (s['due_hit'] + s['due_miss'])), (s['due_hit'] + s['due_miss']))],
                [('ontime_first_rate', '', least(s['ontime_first'], (s['due_hit'] + s['due_miss'] + s['due_pending'])), (s['due_hit'] + s['due_miss'] + s['due_pending']))])),
            means(arrayConcat(
                [('loops_mean', s['loops_sum'] / 1 / s['dec'], s['dec'], s['dec'])],
                [('rework_hours', s['rework_min'] / 60, s['rework_reported'], s['rework_reported'])],
                [('rework_hours_per_handoff', s['rework_min'] / 60 / s['dec'], s['dec'], s['rework_reported'])],
                [('rework_hours_per_report', s['rework_min'] / 60 / s['rework_reported'], s['rework_reported'], s['rework_reported'])])),
            counts(arrayConcat(
                [('rework_capped', s['rework_capped'])],
                [('passed_on', s['passed_on'])],
                [('sla_pending', s['due_pending'])],
                [('unknown_due', s['due_unknown'])],
                [('changed_due', s['due_changed'])],
                [('cancelled', s['cancelled'])],
                [('void', s['void'])])),
            mean_hours(arrayConcat(
                [('wait_hours_mean', buckets(s, 'wait'), s['wait_ms'])],
                [('cycle_hours_mean', buckets(s, 'cycle'), s['cycle_ms'])])),
            quantile_hours(arrayConcat(
                [('wait_hours_p50', buckets(s, 'wait'), 0.5)],
                [('wait_hours_p90', buckets(s, 'wait'), 0.9)],
                [('wait_hours_p95', buckets(s, 'wait'), 0.95)],
                [('cycle_hours_p50', buckets(s, 'cycle'), 0.5)],
                [('cycle_hours_p90', buckets(s, 'cycle'), 0.9)]))
        ), 'Array(Tuple(measure String, part String, value Nullable(Float64), n UInt64, k Nullable(Int64), low Nullable(Float64), high Nullable(Float64), reason Nullable(String)))') AS results
    FROM
    (
        SELECT supplier, customer, min(month) AS first_month, max(month) AS last_month, CAST(sumMap(sums), 'Map(String, Int64)') AS s
        FROM pair_sums
        GROUP BY supplier, customer
    )
)
COMMENT 'Every pair over the whole span, as known now: one row each, counts and chief measures';

CREATE OR REPLACE VIEW team_hours
(
    team         String   COMMENT 'Team that had items',
    month        Date     COMMENT 'Month of the last event of an item, whose hours count there in full; of the organisation''s time zone, UTC where none was told',
    items        UInt64   COMMENT 'Items it had',
    touch_hours  Float64  COMMENT 'Hours it had them with work under way',
    queue_hours  Float64  COMMENT 'Hours it had them without work under way'
)
AS
WITH (SELECT if(empty(z), 'UTC', z) FROM (SELECT argMax(time_zone, generation) AS z FROM generation_zones FINAL WHERE generation <= (SELECT max(generation) FROM generations WHERE complete))) AS zone
SELECT
    team, toStartOfMonth(last_event_at, zone) AS month, count() AS items,
    sum(touch_ms[team]) / 3600000 AS touch_hours, sum(queue_ms[team]) / 3600000 AS queue_hours
FROM items
ARRAY JOIN arrayDistinct(arrayConcat(mapKeys(touch_ms), mapKeys(queue_ms))) AS team
GROUP BY team, month
COMMENT 'How long each team had items, by month, in hours: with work under way (touch) and without (queue)';
