-- Candidates for a misspelt name: one keystroke away from it, or sharing most of its trigrams.
SELECT t.niveau, t.code, t.recherche, t.population
FROM territoires t
WHERE t.recherche = ANY (%(variantes)s::text[])
  AND (%(niveau)s::text IS NULL OR t.niveau = %(niveau)s)
UNION
SELECT t.niveau, t.code, t.recherche, t.population
FROM territoires t
WHERE t.recherche %% %(texte)s
  AND (%(niveau)s::text IS NULL OR t.niveau = %(niveau)s)
