-- Scores once more, from the facts: the entries of one kind of scope in each of some windows are added up by field and key, and
-- every measure is taken from the sums. {results} stands for the measures, each told once in SQL by measures/rules.py, and {words} for
-- the words they use.
WITH
{words}
SELECT
    window,
    parts,
    {results} AS results
FROM
(
    SELECT window, parts, CAST((groupArray(name), groupArray(total)), 'Map(String, Int64)') AS s
    FROM
    (
        SELECT window, parts, if(key = '', toString(field), concat(field, '\x1f', key)) AS name, sum(amount) AS total
        FROM entries
        CROSS JOIN
        (
            SELECT w.1 AS window, w.2 AS begin_ms, w.3 AS end_ms
            FROM (SELECT arrayJoin(arrayZip({windows:Array(String)}, {begins:Array(Int64)}, {ends:Array(Int64)})) AS w)
        ) AS of_window
        WHERE scope = {scope:String}
            AND field IN {fields:Array(String)}
            AND toUnixTimestamp64Milli(at) >= begin_ms
            AND toUnixTimestamp64Milli(at) < end_ms
        GROUP BY window, parts, name
        HAVING total != 0
    )
    GROUP BY window, parts
)
