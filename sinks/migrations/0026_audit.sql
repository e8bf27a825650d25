-- What was read besides the readers' views, and by whom. Also: which period a rating says it is about.
CREATE TABLE IF NOT EXISTS audit
(
    at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')  COMMENT 'When it was asked',
    who    String                                        COMMENT 'Account of the operating system that asked',
    query  String                                        COMMENT 'What was asked'
)
ENGINE = MergeTree
ORDER BY at
COMMENT 'Every read of private tables by baton sql --private, written before its answer is given';

ALTER TABLE raw_events
    ADD COLUMN IF NOT EXISTS period LowCardinality(String) COMMENT 'Ratings: month it is about, YYYY-MM; empty = the month of its time' AFTER kind;
