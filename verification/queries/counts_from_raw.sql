-- Events by partition and type, up to each partition's published tick: as they arrived, as different events, and what survives.
SELECT
    arrived.partition AS partition,
    arrived.type AS type,
    arrived.records AS records,
    arrived.different AS different,
    survived.surviving AS surviving
FROM
(
    SELECT e.partition AS partition, toString(e.type) AS type, count() AS records, uniqExact(e.subject, e.source, e.id) AS different
    FROM raw_events AS e FINAL
    INNER JOIN progress AS p ON p.partition = e.partition
    WHERE toInt64(e.offset) < p.offset
    GROUP BY partition, type
) AS arrived
LEFT JOIN
(
    SELECT s.partition AS partition, toString(s.type) AS type, count() AS surviving
    FROM surviving_events AS s
    GROUP BY partition, type
) AS survived ON survived.partition = arrived.partition AND survived.type = arrived.type
ORDER BY partition, type
