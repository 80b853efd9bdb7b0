-- The most populated territories.
SELECT t.niveau, t.code
FROM territoires t
LEFT JOIN unnest(%(niveaux)s::text[]) WITH ORDINALITY AS n (niveau, rang) ON n.niveau = t.niveau
WHERE %(niveau)s::text IS NULL OR t.niveau = %(niveau)s
ORDER BY t.population DESC NULLS LAST, n.rang, t.code
LIMIT %(limite)s
