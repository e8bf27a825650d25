-- How far a generation's scores have come in each source: the W they are of, when all targets have them (else before 1970), and
-- the offset of the record that completed it.
SELECT
    m.partition AS partition,
    if(uniqExact(m.target) = max(m.targets), toUnixTimestamp64Milli(min(m.w)), -1) AS w_ms,
    min(m.offset) AS offset
FROM (SELECT * FROM score_watermarks FINAL WHERE generation = {generation:UInt32}) AS m
GROUP BY m.partition
ORDER BY m.partition
