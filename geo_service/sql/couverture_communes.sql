-- Rows of the communes that have actions or lieux of each service, and how many of both: int4,
-- big-endian, one after the other.
WITH lignes AS (
    SELECT code, row_number() OVER (ORDER BY code COLLATE "C") - 1 AS ligne
    FROM territoires
    WHERE niveau = 'commune'
)
SELECT c.service,
       string_agg(int4send(l.ligne::int4), ''::bytea),
       string_agg(int4send(c.actions), ''::bytea),
       string_agg(int4send(c.lieux), ''::bytea)
FROM couvertures c
JOIN lignes l ON l.code = c.code
WHERE c.niveau = 'commune' AND (c.actions > 0 OR c.lieux > 0)
GROUP BY c.service
