-- W of the first accepted tick that stands behind every record below an offset; the newest one where only idle ticks follow.
SELECT if(countIf(offset + 1 >= {end:Int64}) > 0, minIf(toUnixTimestamp64Milli(w), offset + 1 >= {end:Int64}), {newest:Int64})
FROM watermark_history
WHERE generation = {generation:UInt32} AND partition = {partition:UInt16}
