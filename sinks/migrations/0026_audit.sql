-- What was read besides the readers' views, and by whom.
CREATE TABLE IF NOT EXISTS audit
(
    at     DateTime64(3, 'UTC') DEFAULT now64(3, 'UTC')  COMMENT 'When it was asked',
    who    String                                        COMMENT 'Account of the operating system that asked',
    query  String                                        COMMENT 'What was asked'
)
ENGINE = MergeTree
ORDER BY at
COMMENT 'Every read of private tables by baton sql --private, written before its answer is given';
