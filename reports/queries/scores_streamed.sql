-- The streamed rows of one kind of scope in one window.
SELECT parts, arrayZip(measure, part, value, n, k, low, high, reason) AS results, toUnixTimestamp64Milli(w) AS w_ms
FROM score_rows FINAL
WHERE generation = {generation:UInt32} AND scope = {scope:String} AND window = {window:String} AND refresh = {refresh:String}
    AND window_end = fromUnixTimestamp64Milli({end_ms:Int64}, 'UTC')
