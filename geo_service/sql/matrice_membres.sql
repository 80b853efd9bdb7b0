-- Every territory larger than a commune that is made of communes, with their rows: int4, big-endian,
-- one after the other, a single value for psycopg to carry.
WITH lignes AS (
    SELECT code, row_number() OVER (ORDER BY code COLLATE "C") - 1 AS ligne
    FROM territoires
    WHERE niveau = 'commune'
)
SELECT a.niveau, a.code, string_agg(int4send(l.ligne::int4), ''::bytea)
FROM appartenances a
JOIN lignes l ON l.code = a.commune
WHERE a.niveau <> 'commune'
GROUP BY a.niveau, a.code
