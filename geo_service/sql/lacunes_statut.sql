-- Pairs commune × service of a statut that a row records.
SELECT c.code AS commune, c.service
FROM appartenances m
JOIN couvertures c ON c.niveau = 'commune' AND c.code = m.commune
WHERE m.niveau = %(niveau)s AND m.code = %(code)s
  AND c.service = ANY (%(services)s::text[]) AND c.statut = %(statut)s
