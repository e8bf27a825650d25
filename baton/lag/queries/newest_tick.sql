-- Offset of the newest tick below an offset; -1 where there is none.
SELECT if(count() = 0, -1, toInt64(max(offset)))
FROM raw_events
WHERE partition = {partition:UInt16} AND type = 'baton.clock.ticked.v1' AND offset < {end:UInt64}
