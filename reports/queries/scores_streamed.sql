-- The streamed rows of one kind of scope in each of some windows.
SELECT window, parts, arrayZip(measure, part, value, n, k, low, high, reason) AS results, toUnixTimestamp64Milli(w) AS w_ms
FROM score_rows FINAL
WHERE generation = {generation:UInt32} AND scope = {scope:String} AND refresh = {refresh:String}
    AND has(
        arrayZip({windows:Array(String)}, {ends:Array(Int64)}),
        (toString(window), toUnixTimestamp64Milli(window_end))
    )
