-- The W up to which facts and scores are complete (null: not yet), the partitions that stand there while others are beyond it and
-- the newest W of these, and how many facts are ahead of theirs.
SELECT
    (SELECT toUnixTimestamp64Milli(max(w)) FROM as_of) AS facts_w,
    (SELECT toUnixTimestamp64Milli(max(w)) FROM progress) AS newest_w,
    (
        SELECT arraySort(groupArray(partition)) FROM progress WHERE w < (SELECT max(w) FROM progress)
    ) AS lagging,
    (SELECT toUnixTimestamp64Milli(max(w)) FROM score_as_of) AS scores_w,
    (SELECT max(generation) FROM score_as_of) AS generation,
    (
        SELECT count()
        FROM
        (
            SELECT partition, version FROM items
            UNION ALL SELECT partition, version FROM handoffs
            UNION ALL SELECT partition, version FROM rating_groups
            UNION ALL SELECT partition, version FROM intake
        ) AS f
        INNER JOIN progress AS p ON p.partition = f.partition
        WHERE toInt64(bitAnd(f.version, bitShiftLeft(toUInt64(1), 48) - 1)) > p.offset
    ) AS ahead
