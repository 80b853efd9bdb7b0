-- Pairs commune × service nobody said anything of: no row records them.
SELECT m.commune, s.service
FROM appartenances m
CROSS JOIN unnest(%(services)s::text[]) AS s (service)
WHERE m.niveau = %(niveau)s AND m.code = %(code)s
  AND NOT EXISTS (
      SELECT FROM couvertures c
      WHERE c.niveau = 'commune' AND c.code = m.commune AND c.service = s.service
        AND c.statut <> 'non_renseigne'
  )
