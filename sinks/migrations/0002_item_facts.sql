-- Upserts: the row with the highest version holds, a row with is_deleted = 1 takes the fact away. The key starts with the
-- generation because readers see the older complete generation while a rebuild writes the next one.
-- No PARTITION BY: a row whose partition key changed would show twice.
CREATE TABLE IF NOT EXISTS item_facts
(
    generation          UInt32                          COMMENT 'Generation that wrote the fact; readers see only the newest complete one',
    item                String                          COMMENT 'The work item: the subject of its events',
    version             UInt64                          COMMENT 'generation << 48 | tick offset: the highest holds',
    is_deleted          UInt8                           COMMENT '1: the item has no surviving event any more',
    partition           UInt16                          COMMENT 'Partition of baton.events.v1 that holds the item',
    w                   DateTime64(3, 'UTC')            COMMENT 'W of the tick the fact was published for',
    path                Array(String)                   COMMENT 'Teams that had the item, in order, repeats merged, the unassigned queue left out',
    reassignments       UInt64                          COMMENT 'Steps of the path',
    bounces             UInt64                          COMMENT 'Direct ping-pongs in the path: A, B, A',
    revisits            UInt64                          COMMENT 'Steps into a team that had the item before',
    assignment_changes  UInt64                          COMMENT 'Steps with the unassigned queue counted as a place of its own',
    reopens             UInt64                          COMMENT 'Times the item went on after it was resolved or closed',
    reopened_teams      Array(String)                   COMMENT 'For each reopen the team that had resolved the item',
    moves               UInt64                          COMMENT 'Surviving moves',
    events              UInt64                          COMMENT 'Surviving events',
    holder              LowCardinality(String)          COMMENT 'Team that has the item, or had it last; empty = none known',
    status              LowCardinality(String)          COMMENT 'Last status: queued, working, waiting, resolved or closed; empty = none known',
    deliverable         LowCardinality(String)          COMMENT 'What is handed over; empty = not said',
    due_at              Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the deliverable is due',
    opened_at           DateTime64(3, 'UTC')            COMMENT 'Time of the first surviving event',
    last_event_at       DateTime64(3, 'UTC')            COMMENT 'Time of the last surviving event',
    resolved_at         Nullable(DateTime64(3, 'UTC'))  COMMENT 'Start of the resolved or closed run the item is in',
    closed_at           Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the item was closed in that run',
    touch_ms            Map(String, Int64)              COMMENT 'Team to milliseconds it had the item with work under way',
    queue_ms            Map(String, Int64)              COMMENT 'Team to milliseconds it had the item without work under way'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (generation, item)
COMMENT 'Item facts as versioned upserts, of every generation; read the view items instead';
