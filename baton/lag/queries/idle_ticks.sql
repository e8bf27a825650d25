-- What follows the published tick and says nothing new: a second clock's copies of ticks, and markers of transactions.
SELECT uniqExact(offset)
FROM
(
    SELECT offset
    FROM raw_events
    WHERE partition = {partition:UInt16} AND type = 'baton.clock.ticked.v1' AND time <= fromUnixTimestamp64Milli({w_ms:Int64})
    UNION ALL
    SELECT arrayJoin(range(first_offset, last_offset + 1))
    FROM log_holes
    WHERE topic = 'baton.events.v1' AND partition = {partition:UInt16}
)
WHERE offset > {after:Int64} AND offset < {end:UInt64}
