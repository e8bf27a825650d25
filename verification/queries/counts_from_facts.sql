-- Events that the items' facts count, by partition, and how many items have changed after the published W.
SELECT
    p.partition AS partition,
    sum(i.events) AS events,
    countIf(toInt64(bitAnd(i.version, bitShiftLeft(toUInt64(1), 48) - 1)) > p.offset) AS ahead
FROM progress AS p
LEFT JOIN items AS i ON i.partition = p.partition
WHERE p.w IS NOT NULL
GROUP BY p.partition
ORDER BY p.partition
