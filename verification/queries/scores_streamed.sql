-- What the streamed rows of one kind of scope say in each of some windows. A live row holds until the next one of its window.
SELECT window, parts, arrayZip(measure, part, value, n, k, low, high, reason) AS results, toUnixTimestamp64Milli(w) AS w_ms
FROM score_rows FINAL
WHERE generation = {generation:UInt32} AND scope = {scope:String} AND refresh = {refresh:String}
    AND arrayExists(
        (name, end) -> name = window AND toUnixTimestamp64Milli(window_end) <= end
            AND (refresh = 'live' OR toUnixTimestamp64Milli(window_end) = end),
        {windows:Array(String)}, {ends:Array(Int64)}
    )
ORDER BY window_end DESC
LIMIT 1 BY window, parts
