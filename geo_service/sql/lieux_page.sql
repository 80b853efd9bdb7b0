-- Lieux of some communes, in the order given, then by name: by its start, which an index can hold. Of
-- each commune no more than the page may need: that index gives them in order, and a large city may
-- have thousands.
WITH page AS (
    SELECT c.rang, l.*
    FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c (code, rang)
    CROSS JOIN LATERAL (
        SELECT * FROM lieux WHERE commune = c.code
        ORDER BY left(nom, 100), id
        LIMIT %(sautees)s::bigint + %(limite)s::bigint
    ) l
    ORDER BY c.rang, left(l.nom, 100), l.id
    LIMIT %(limite)s OFFSET %(sautees)s
)
