-- One row: control records that count, those of them that stand in every partition, and some that don't. Of each record the newest revision:
-- an older one that a crash of the clock left in some partitions means nothing there. A partition is asked that has published the same W or a
-- later one, and whose rows go back as far as the record.
WITH
    sources AS
    (
        SELECT p.partition AS partition, assumeNotNull(p.w) AS w, p.offset AS tick, k.since AS since
        FROM progress AS p
        INNER JOIN
        (
            SELECT partition, if(min(offset) = 0, toDateTime64(0, 3, 'UTC'), min(append_time)) AS since FROM raw_events GROUP BY partition
        ) AS k ON k.partition = p.partition
        WHERE p.w IS NOT NULL
    ),
    told AS
    (
        SELECT
            toString(e.type) AS type, e.subject AS subject, toString(e.source) AS source, e.id AS id, e.revision AS revision,
            groupUniqArray(e.partition) AS stands_in,
            minIf(s.w, toInt64(e.offset) < s.tick) AS w,
            min(e.append_time) AS appended,
            countIf(toInt64(e.offset) < s.tick) AS counted,
            max(e.revision) OVER (PARTITION BY type, subject, source, id) AS newest
        FROM raw_events AS e FINAL
        INNER JOIN sources AS s ON s.partition = e.partition
        WHERE splitByChar('.', toString(e.type))[2] IN ('agreement', 'teams', 'holidays', 'priors')
            AND (e.partition, e.offset) NOT IN
                (SELECT toUInt16(partition), position FROM dead_letter_log WHERE origin = 'baton.events.v1')
        GROUP BY type, subject, source, id, revision, e.value
    ),
    compared AS
    (
        SELECT
            type, subject, arraySort(stands_in) AS stands,
            arraySort(arrayMap(s -> s.1, arrayFilter(
                s -> s.2 >= w AND s.3 <= appended AND NOT has(stands_in, s.1),
                (SELECT groupArray((partition, w, since)) FROM sources)
            ))) AS lacks
        FROM told
        WHERE revision = newest AND counted > 0
    )
SELECT
    count() AS records,
    countIf(empty(lacks)) AS everywhere,
    groupArrayIf(10)((type, subject, stands, lacks), notEmpty(lacks)) AS examples
FROM compared
