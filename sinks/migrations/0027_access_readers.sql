-- Who may read what, on a server of your own. The account needs CREATE ROLE, and SELECT with the right to pass it on. {readers} stands for the database of the readers' views (BATON_CLICKHOUSE_DATABASE).
-- Give a person's or a tool's account this role and nothing else: no table with a single vote can be reached with it.
CREATE ROLE IF NOT EXISTS `{readers}_reader`;

GRANT SELECT ON `{readers}`.* TO `{readers}_reader`;
