-- Upserts like item_facts; the key of each is the generation and the fact's id.
CREATE TABLE IF NOT EXISTS handoff_facts
(
    generation             UInt32                                 COMMENT 'Generation that wrote the fact',
    item                   String                                 COMMENT 'The work item that was handed over',
    source                 String                                 COMMENT 'Implicit handoffs: source of the move that offered it; else empty',
    id                     String                                 COMMENT 'Id of that move, or of the handoff',
    version                UInt64                                 COMMENT 'generation << 48 | tick offset: the highest holds',
    is_deleted             UInt8                                  COMMENT '1: the handoff did not happen after all',
    partition              UInt16                                 COMMENT 'Partition of baton.events.v1 that holds the item',
    w                      DateTime64(3, 'UTC')                   COMMENT 'W of the tick the fact was published for',
    handoff                String                                 COMMENT 'Id of the handoff; of an implicit one that of the move',
    supplier               LowCardinality(String)                 COMMENT 'Team that delivers',
    customer               LowCardinality(String)                 COMMENT 'Internal customer: the team that gets the deliverable',
    deliverable            LowCardinality(String)                 COMMENT 'What is handed over',
    implicit               Bool                                   COMMENT 'True: inferred from moves and statuses',
    state                  LowCardinality(String)                 COMMENT 'requested, offered, accepted, returned, completed or cancelled',
    requested_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the customer asked for it',
    offered_at             Array(DateTime64(3, 'UTC'))            COMMENT 'For each offer: when it was made',
    accepted_at            Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer: when it was accepted',
    returned_at            Array(Nullable(DateTime64(3, 'UTC')))  COMMENT 'For each offer: when it was returned; after an acceptance, a defect found later',
    reasons                Array(LowCardinality(String))          COMMENT 'For each offer: why it was returned, in the source''s own word; empty = not returned, or not said',
    offer_rework_minutes   Array(Nullable(UInt32))                COMMENT 'For each offer: minutes of rework its return reported',
    offer_repair_minutes   Array(Nullable(UInt32))                COMMENT 'For each offer: minutes the customer spent on repairing what it accepted',
    offer_recheck_minutes  Array(Nullable(UInt32))                COMMENT 'For each offer: minutes the customer spent on checking it',
    completed_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the customer had finished what the delivery was for',
    cancelled_at           Nullable(DateTime64(3, 'UTC'))         COMMENT 'When it was called off',
    due_at                 Nullable(DateTime64(3, 'UTC'))         COMMENT 'When the deliverable is due',
    due_from               LowCardinality(String)                 COMMENT 'Who says so: event or agreement; empty = nobody',
    due_changes            UInt64                                 COMMENT 'Other due times on redeliveries; they are ignored',
    sla                    LowCardinality(String)                 COMMENT 'As of w: hit, miss, pending, future, void or unknown',
    void                   Bool                                   COMMENT 'True: cancelled before any decision; counts in custody only',
    first_pass             Nullable(Bool)                         COMMENT 'Whether the first offer was accepted and not returned in time; null = not decided',
    complete_accurate      Nullable(Bool)                         COMMENT 'First pass, and the customer had nothing to repair; null = not decided',
    rework_minutes         Nullable(UInt64)                       COMMENT 'Reported minutes as lost time counts them, at most 40 hours; null = none reported'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (generation, item, source, id)
COMMENT 'Handoff facts as versioned upserts, of every generation; read the view handoffs instead';

CREATE TABLE IF NOT EXISTS vote_facts
(
    generation     UInt32                  COMMENT 'Generation that wrote the fact',
    subject        String                  COMMENT 'The pair: supplier > customer',
    source         String                  COMMENT 'The rater, a pseudonym; of a team''s rating the team',
    id             String                  COMMENT 'Deliverable and month',
    version        UInt64                  COMMENT 'generation << 48 | tick offset: the highest holds',
    is_deleted     UInt8                   COMMENT '1: there is no such vote any more',
    partition      UInt16                  COMMENT 'Partition of baton.events.v1 that holds the pair',
    w              DateTime64(3, 'UTC')    COMMENT 'W of the tick the fact was published for',
    rater          String                  COMMENT 'Who rated, a pseudonym; of a team''s rating the team',
    team           LowCardinality(String)  COMMENT 'The rater''s team',
    supplier       LowCardinality(String)  COMMENT 'Team that delivers',
    customer       LowCardinality(String)  COMMENT 'Internal customer: the team that gets the deliverable',
    deliverable    LowCardinality(String)  COMMENT 'What was rated',
    month          LowCardinality(String)  COMMENT 'Local month of the vote, YYYY-MM: a later vote in it replaces an earlier one',
    at             DateTime64(3, 'UTC')    COMMENT 'When it was given',
    effectiveness  UInt8                   COMMENT 'Whether the deliverable did what it was for, 1 (poor) to 5 (excellent)',
    consistency    UInt8                   COMMENT 'Whether it does so every time, 1 (poor) to 5 (excellent)',
    mode           LowCardinality(String)  COMMENT 'individual, team (one agreed vote) or self (a supplier on its own work)',
    handoff        String                  COMMENT 'The handoff it was given for; empty = none'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (generation, subject, source, id)
COMMENT 'Vote facts as versioned upserts, of every generation: single votes, not for readers';

CREATE TABLE IF NOT EXISTS outcome_facts
(
    generation    UInt32                          COMMENT 'Generation that wrote the fact',
    item          String                          COMMENT 'The work item',
    version       UInt64                          COMMENT 'generation << 48 | tick offset: the highest holds',
    is_deleted    UInt8                           COMMENT '1: nothing is known of the external customer any more',
    partition     UInt16                          COMMENT 'Partition of baton.events.v1 that holds the item',
    w             DateTime64(3, 'UTC')            COMMENT 'W of the tick the fact was published for',
    delivered_at  Nullable(DateTime64(3, 'UTC'))  COMMENT 'When the external customer got what the item was for',
    on_time       Nullable(Bool)                  COMMENT 'Whether in time; null = not said',
    complaints    UInt64                          COMMENT 'Complaints of the external customer',
    defects       UInt64                          COMMENT 'Defects that reached the external customer',
    csat          Nullable(UInt8)                 COMMENT 'Satisfaction of the external customer, 1 to 5; null = not answered'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (generation, item)
COMMENT 'Outcome facts as versioned upserts, of every generation; read the view outcomes instead';

CREATE TABLE IF NOT EXISTS intake_facts
(
    generation  UInt32                              COMMENT 'Generation that wrote the fact',
    source      String                              COMMENT 'Source of the events',
    partition   UInt16                              COMMENT 'Partition of baton.events.v1 they arrived in',
    pane        DateTime64(3, 'UTC')                COMMENT 'Begin of the five minutes of append time',
    version     UInt64                              COMMENT 'generation << 48 | tick offset: the highest holds',
    is_deleted  UInt8                               COMMENT '1: withdrawn',
    w           DateTime64(3, 'UTC')                COMMENT 'W of the tick the fact was published for',
    counts      Map(LowCardinality(String), Int64)  COMMENT 'received, duplicate, corrected, retracted, stale, late, future, too_late, anomaly, self_rating: how many'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY (generation, source, partition, pane)
COMMENT 'What arrived, by source and pane, as versioned upserts, of every generation; read the view intake instead';
