-- Ticks after the published one that say nothing new: a second clock's copies, which journeys ignore.
SELECT uniqExact(offset)
FROM raw_events
WHERE partition = {partition:UInt16} AND offset > {after:Int64} AND offset < {end:UInt64}
    AND type = 'baton.clock.ticked.v1' AND time <= fromUnixTimestamp64Milli({w_ms:Int64})
