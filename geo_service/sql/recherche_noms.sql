-- Territories whose name has every word asked (each at the start of a word of the name; a number
-- may be the start of an INSEE code or postcode instead), the whole name first, then names that
-- begin so, the most populated first.
SELECT t.niveau, t.code
FROM territoires t
LEFT JOIN unnest(%(niveaux)s::text[]) WITH ORDINALITY AS n (niveau, rang) ON n.niveau = t.niveau
WHERE t.recherche LIKE ALL (%(contient)s::text[])
  AND (' ' || t.recherche) LIKE ALL (%(mots)s::text[])
  AND (%(niveau)s::text IS NULL OR t.niveau = %(niveau)s)
  AND (
      %(nombre)s::text IS NULL
      OR (' ' || t.recherche) LIKE '%% ' || %(nombre)s || '%%'
      OR t.code LIKE %(nombre)s || '%%'
      OR EXISTS (SELECT FROM unnest(t.codes_postaux) c WHERE c LIKE %(nombre)s || '%%')
  )
ORDER BY CASE WHEN t.recherche = %(texte)s THEN 1
              WHEN t.recherche LIKE %(texte)s || '%%' THEN 2
              ELSE 3 END,
         t.population DESC NULLS LAST, n.rang, t.code
LIMIT %(limite)s
