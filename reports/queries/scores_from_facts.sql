-- Scores once more, from the facts: the entries of one kind of scope in one window are added up by field and key, and every
-- measure is taken from the sums. {results} stands for the measures, each told once in SQL by measures/rules.py.
SELECT
    parts,
    {results} AS results
FROM
(
    SELECT parts, CAST((groupArray(name), groupArray(total)), 'Map(String, Int64)') AS s
    FROM
    (
        SELECT parts, if(key = '', toString(field), concat(field, '\x1f', key)) AS name, sum(amount) AS total
        FROM entries
        WHERE scope = {scope:String}
            AND field IN {fields:Array(String)}
            AND at >= fromUnixTimestamp64Milli({begin_ms:Int64}, 'UTC')
            AND at < fromUnixTimestamp64Milli({end_ms:Int64}, 'UTC')
        GROUP BY parts, name
        HAVING total != 0
    )
    GROUP BY parts
)
