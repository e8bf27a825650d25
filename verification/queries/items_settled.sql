-- Items whose fact is of the published W or older; a fact that is ahead of it can't be compared with raw events yet.
SELECT
    i.item AS item, i.partition AS partition, i.path AS path, i.reassignments AS reassignments, i.bounces AS bounces,
    i.revisits AS revisits, i.assignment_changes AS assignment_changes, i.moves AS moves, i.events AS events
FROM items AS i
INNER JOIN progress AS p ON p.partition = i.partition
WHERE toInt64(bitAnd(i.version, bitShiftLeft(toUInt64(1), 48) - 1)) <= p.offset
