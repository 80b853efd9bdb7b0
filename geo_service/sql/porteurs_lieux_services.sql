-- For each service, the places in porteurs_lieux.sql of the communes that have lieux of it and how
-- many they have: int4, big-endian, one after the other.
WITH porteurs AS (
    SELECT l.commune,
           row_number() OVER (ORDER BY t.recherche COLLATE "C", l.commune COLLATE "C") - 1 AS place
    FROM (SELECT DISTINCT commune FROM lieux) l
    JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
)
SELECT c.service,
       string_agg(int4send(p.place::int4), ''::bytea),
       string_agg(int4send(c.lieux), ''::bytea)
FROM couvertures c
JOIN porteurs p ON p.commune = c.code
WHERE c.niveau = 'commune' AND c.lieux > 0
GROUP BY c.service
