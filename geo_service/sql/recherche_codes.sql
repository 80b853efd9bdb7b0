-- Territories of a code or postcode, whole or begun, the most populated first. A code that is no
-- commune any more gives the commune it has become.
WITH trouves AS (
    SELECT t.niveau, t.code, t.population,
           CASE WHEN t.code = %(code)s THEN 1
                WHEN t.codes_postaux @> ARRAY[%(code)s::text] THEN 2
                WHEN EXISTS (SELECT FROM unnest(t.codes_postaux) c WHERE c LIKE %(code)s || '%%')
                THEN 3
                ELSE 4 END AS rang
    FROM territoires t
    WHERE (t.code LIKE %(code)s || '%%'
           OR EXISTS (SELECT FROM unnest(t.codes_postaux) c WHERE c LIKE %(code)s || '%%'))
      AND (%(niveau)s::text IS NULL OR t.niveau = %(niveau)s)
    UNION ALL
    SELECT t.niveau, t.code, t.population, 1
    FROM codes_anciens o
    JOIN territoires t ON t.niveau = 'commune' AND t.code = o.commune
    WHERE o.code = %(code)s
      AND (%(niveau)s::text IS NULL OR t.niveau = %(niveau)s)
)
SELECT t.niveau, t.code
FROM trouves t
LEFT JOIN unnest(%(niveaux)s::text[]) WITH ORDINALITY AS n (niveau, rang) ON n.niveau = t.niveau
GROUP BY t.niveau, t.code, t.population, n.rang
ORDER BY min(t.rang), t.population DESC NULLS LAST, n.rang, t.code
LIMIT %(limite)s
