-- Lieux of some communes, in the order given, then by name.
WITH page AS (
    SELECT c.rang, l.*
    FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c (code, rang)
    JOIN lieux l ON l.commune = c.code
    ORDER BY c.rang, l.nom, l.id
    LIMIT %(limite)s OFFSET %(sautees)s
)
