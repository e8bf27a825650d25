-- Every name that means, or is meant by, another one, as its record spells it.
SELECT DISTINCT
    arrayJoin(arrayFlatten(arrayMap(line -> [line.1, line.2], JSONExtractKeysAndValues(value, 'data', 'teams', 'String')))) AS name
FROM raw_events
WHERE type = 'baton.teams.set.v1'
    AND (partition, offset) NOT IN
        (SELECT toUInt16(partition), position FROM dead_letter_log WHERE origin = 'baton.events.v1')
