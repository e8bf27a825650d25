-- Items of teams that have, or ever had, several names, which are given in one form. Which of them an item knows is the journeys' business.
-- Without any such name the first condition is false before anything is read.
WITH {several:Array(String)} AS several
SELECT DISTINCT e.item AS item
FROM surviving_events AS e
WHERE notEmpty(several)
    AND hasAny([toString(e.to_team), toString(e.from_team), toString(e.supplier), toString(e.customer)], several)
