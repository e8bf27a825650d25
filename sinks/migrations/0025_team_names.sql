-- Names that mean another team, as of the published W: of each record the survivor, without retractions and those from W on, and
-- without what was parked.
CREATE OR REPLACE VIEW team_names
(
    name        String                  COMMENT 'A name as events spell it',
    team        String                  COMMENT 'The team it means from valid_from on; before, the name is a team of its own',
    valid_from  DateTime64(3, 'UTC')    COMMENT 'From when on; 1970: it always has'
)
AS
SELECT tupleElement(line, 1) AS name, tupleElement(line, 2) AS team, time AS valid_from
FROM
(
    SELECT e.subject AS subject, e.source AS source, e.id AS id, e.deleted AS deleted, e.time AS time, e.value AS value, p.w AS w
    FROM raw_events AS e FINAL
    INNER JOIN (SELECT partition, offset, assumeNotNull(w) AS w FROM progress WHERE w IS NOT NULL) AS p ON p.partition = e.partition
    WHERE e.type = 'baton.teams.set.v1' AND toInt64(e.offset) < p.offset
        AND (e.partition, e.offset) NOT IN
            (SELECT toUInt16(partition), position FROM dead_letter_log WHERE origin = 'baton.events.v1')
    ORDER BY
        e.revision DESC, ifNull(toUnixTimestamp64Milli(e.recorded_at), -1) DESC, e.deleted DESC, e.time DESC, e.nanos DESC,
        e.sequence DESC, e.value DESC
    LIMIT 1 BY subject, source, id
)
ARRAY JOIN JSONExtractKeysAndValues(value, 'data', 'teams', 'String') AS line
WHERE NOT deleted AND time < w
COMMENT 'Which team a name means, and from when: renamed and merged teams, as of the published W';
