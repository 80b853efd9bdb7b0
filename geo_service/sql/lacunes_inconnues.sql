-- Pairs commune × service nobody said anything of: no row records them.
SELECT m.commune, s.service
FROM appartenances m
LEFT JOIN (
    SELECT c.code, array_agg(c.service) AS services
    FROM couvertures c
    WHERE c.niveau = 'commune' AND c.service = ANY (%(services)s::text[])
      AND c.statut <> 'non_renseigne'
    GROUP BY c.code
) c ON c.code = m.commune
CROSS JOIN LATERAL unnest(%(services)s::text[]) AS s (service)
WHERE m.niveau = %(niveau)s AND m.code = %(code)s
  AND (c.services IS NULL OR s.service <> ALL (c.services))
