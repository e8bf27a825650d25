-- How far a generation has come in each source: its published tick, when all targets have it (else -1).
SELECT
    m.partition AS partition,
    any(m.generation) AS generation,
    if(uniqExact(m.target) = max(m.targets), min(m.offset), -1) AS tick_offset,
    toUnixTimestamp64Milli(min(m.w)) AS w_ms
FROM (SELECT * FROM watermarks FINAL WHERE generation = {generation:UInt32}) AS m
GROUP BY m.partition
ORDER BY m.partition
