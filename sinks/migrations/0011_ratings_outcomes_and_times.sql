-- What ratings and outcomes say, and when an item reached each place of its path.
ALTER TABLE raw_events
    ADD COLUMN IF NOT EXISTS rater          String                  COMMENT 'Ratings: who rates, a pseudonym; else empty' AFTER recheck_minutes,
    ADD COLUMN IF NOT EXISTS team           LowCardinality(String)  COMMENT 'Ratings: the rater''s team; else empty' AFTER rater,
    ADD COLUMN IF NOT EXISTS effectiveness  Nullable(UInt8)         COMMENT 'Ratings: whether the deliverable did what it was for, 1 (poor) to 5 (excellent)' AFTER team,
    ADD COLUMN IF NOT EXISTS consistency    Nullable(UInt8)         COMMENT 'Ratings: whether it does so every time, 1 (poor) to 5 (excellent)' AFTER effectiveness,
    ADD COLUMN IF NOT EXISTS kind           LowCardinality(String)  COMMENT 'Ratings: customer, or self for the supplier''s own; else empty' AFTER consistency,
    ADD COLUMN IF NOT EXISTS on_time        Nullable(Bool)          COMMENT 'Deliveries to the external customer: whether in time; null = not said' AFTER kind,
    ADD COLUMN IF NOT EXISTS csat           Nullable(UInt8)         COMMENT 'Surveys of the external customer: satisfaction, 1 to 5' AFTER on_time;

ALTER TABLE item_facts
    ADD COLUMN IF NOT EXISTS path_at        Array(DateTime64(3, 'UTC'))  COMMENT 'When each place of the path was reached; empty in facts from before it was told' AFTER path;
