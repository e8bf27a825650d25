-- Items of teams that have, or ever had, several names. Which of them an item knows is the journeys' business, not told here.
-- Without any such record the first condition is false before anything is read.
WITH
    broadcast AS
    (
        SELECT value
        FROM raw_events
        WHERE type = 'baton.teams.set.v1'
            AND (partition, offset) NOT IN
                (SELECT toUInt16(partition), position FROM dead_letter_log WHERE origin = 'baton.events.v1')
    )
SELECT DISTINCT e.item AS item
FROM surviving_events AS e
WHERE (SELECT count() FROM broadcast) > 0 AND hasAny(
    [toString(e.to_team), toString(e.from_team), toString(e.supplier), toString(e.customer)],
    (
        SELECT arrayFlatten(groupArray([tupleElement(line, 1), tupleElement(line, 2)]))
        FROM (SELECT arrayJoin(JSONExtractKeysAndValues(value, 'data', 'teams', 'String')) AS line FROM broadcast)
    )
)
