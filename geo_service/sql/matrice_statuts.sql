-- Rows of the communes of which something is known for each service (int4, big-endian, one after the
-- other), and the statut of each: its place in the list given, as int2.
WITH lignes AS (
    SELECT code, row_number() OVER (ORDER BY code COLLATE "C") - 1 AS ligne
    FROM territoires
    WHERE niveau = 'commune'
)
SELECT c.service,
       string_agg(int4send(l.ligne::int4), ''::bytea),
       string_agg(
           int2send((array_position(%(statuts)s::text[], c.statut) - 1)::int2), ''::bytea
       )
FROM couvertures c
JOIN lignes l ON l.code = c.code
WHERE c.niveau = 'commune'
GROUP BY c.service
