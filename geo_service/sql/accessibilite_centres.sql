-- Communes whose distances are measured from the middle of their polygon, their mairie being nowhere
-- known: rows, int4.
WITH lignes AS (
    SELECT code, row_number() OVER (ORDER BY code COLLATE "C") - 1 AS ligne
    FROM territoires
    WHERE niveau = 'commune'
)
SELECT coalesce(string_agg(int4send(n.ligne::int4), ''::bytea), ''::bytea)
FROM chefs_lieux c
JOIN lignes n ON n.code = c.commune
WHERE c.origine = 'centre'
