-- What came before an item was forgotten was in time, whether or not its fact changed by it: an older revision of a late event, or
-- a retraction whose event came back under another id. The verdict says at which tick it was forgotten.
ALTER TABLE verdict_facts
    ADD COLUMN IF NOT EXISTS forgotten_tick Nullable(UInt64) COMMENT 'too_late: offset of the tick at which the item was forgotten; an earlier record of the event was in time' AFTER reason,
    COMMENT COLUMN IF EXISTS verdict 'too_late: arrived after the item was forgotten; beyond_cap: the item has as many as are kept; anomaly: made no sense where it stood; self_rating: of one''s own work, not said to be so; released: would change a rating group';

CREATE OR REPLACE VIEW verdicts
(
    item       String                  COMMENT 'The work item of the judged event',
    source     String                  COMMENT 'Source of the judged event',
    id         String                  COMMENT 'Id of the judged event',
    verdict    LowCardinality(String)  COMMENT 'too_late: arrived after the item was forgotten; beyond_cap: the item has as many as are kept; anomaly: made no sense where it stood; self_rating: of one''s own work, not said to be so; released: would change a rating group',
    reason     LowCardinality(String)  COMMENT 'Why, in one word',
    partition  UInt16                  COMMENT 'Partition of baton.events.v1 that holds the item',
    version    UInt64                  COMMENT 'generation << 48 | tick offset: the highest holds',
    w          DateTime64(3, 'UTC')    COMMENT 'W of the tick the verdict was published for',
    forgotten_tick  Nullable(UInt64)   COMMENT 'too_late: offset of the tick at which the item was forgotten; an earlier record of the event was in time'
)
AS
SELECT subject AS item, source, id, verdict, reason, partition, version, w, forgotten_tick
FROM verdict_facts FINAL
WHERE generation = (SELECT max(generation) FROM generations WHERE complete)
COMMENT 'Events that calculations leave out, and why; of the newest complete generation';
