-- Item paths once more, from the raw events alone: order (time, nanoseconds, sequence, rank, source, id), custody from moves when the item has
-- any, else from offers and returns that were no anomaly. The first move's from_team counts as the first place.
WITH
    steps AS
    (
        SELECT
            e.item AS item,
            any(e.partition) AS partition,
            toUInt64(count()) AS events,
            arraySort(groupArray((
                e.time, (e.nanos, e.sequence), e.rank, toString(e.source), e.id, toString(e.to_team), toString(e.from_team), e.handoff,
                toString(e.supplier), toString(e.customer), v.verdict = 'anomaly'
            ))) AS ordered
        FROM surviving_events AS e
        LEFT JOIN (SELECT * FROM verdicts WHERE verdict = 'anomaly') AS v ON v.item = e.item AND v.source = e.source AND v.id = e.id
        WHERE e.of_item
        GROUP BY e.item
    ),
    custody AS
    (
        SELECT
            item,
            partition,
            events,
            arrayFilter(s -> s.3 = 0, ordered) AS moved,
            arrayFilter(s -> s.3 IN (3, 5) AND NOT s.11, ordered) AS handed,
            arrayMap(
                (s, i) -> arrayLast(offer -> offer.3 = 3 AND offer.8 = s.8, arraySlice(handed, 1, i)), handed, arrayEnumerate(handed)
            ) AS offers,
            if(
                notEmpty(moved),
                arrayConcat(arrayFilter(team -> team != '', [moved[1].7]), arrayMap(s -> s.6, moved)),
                arrayFlatten(arrayMap((s, offer) -> if(s.3 = 3, [offer.9, offer.10], [offer.10, offer.9]), handed, offers))
            ) AS places,
            arrayCompact(arrayFilter(team -> team != '', places)) AS path
        FROM steps
    )
SELECT
    item,
    partition,
    path,
    toUInt64(greatest(toInt64(length(path)) - 1, 0)) AS reassignments,
    toUInt64(arrayCount(i -> i > 2 AND path[i] = path[i - 2], arrayEnumerate(path))) AS bounces,
    toUInt64(length(path) - length(arrayDistinct(path))) AS revisits,
    toUInt64(greatest(toInt64(length(arrayCompact(places))) - 1, 0)) AS assignment_changes,
    toUInt64(length(moved)) AS moves,
    events
FROM custody
