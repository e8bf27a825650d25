-- One row: how many items both sides have, how many differ and in what, and some that do.
-- Items whose fact is ahead of the published W are left out on both sides; so are those of teams with several names.
WITH
    compared AS
    (
        SELECT
            if(r.item = '', i.item, r.item) AS item,
            r.item = '' AS only_facts,
            i.item = '' AS only_raw,
            r.path AS raw_path,
            i.path AS fact_path,
            (r.path, r.reassignments, r.bounces, r.revisits, r.assignment_changes, r.moves, r.events) AS raw,
            (i.path, i.reassignments, i.bounces, i.revisits, i.assignment_changes, i.moves, i.events) AS fact
        FROM
        (
            SELECT * FROM ({item_paths_from_raw})
            WHERE item NOT IN (SELECT i.item FROM items AS i WHERE i.item NOT IN (SELECT s.item FROM ({items_settled}) AS s))
                AND item NOT IN ({items_renamed})
        ) AS r
        FULL OUTER JOIN (SELECT * FROM ({items_settled}) WHERE item NOT IN ({items_renamed})) AS i ON i.item = r.item
    )
SELECT
    countIf(NOT only_facts) AS items_from_raw,
    countIf(NOT only_raw) AS items_from_facts,
    (SELECT count() FROM items) - (SELECT count() FROM ({items_settled})) AS items_ahead,
    (SELECT count() FROM ({items_renamed})) AS items_renamed,
    countIf(raw != fact OR only_facts OR only_raw) AS differences,
    (sum(raw.2), sum(raw.3), sum(raw.4), sum(raw.5), sum(raw.6), sum(raw.7)) AS sums_from_raw,
    (sum(fact.2), sum(fact.3), sum(fact.4), sum(fact.5), sum(fact.6), sum(fact.7)) AS sums_from_facts,
    groupArrayIf(10)((item, raw_path, fact_path), raw != fact OR only_facts OR only_raw) AS examples
FROM compared
