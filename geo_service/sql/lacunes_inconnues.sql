-- Pairs commune × service nobody said anything of: no row records them.
SELECT m.commune, s.service
FROM (
    SELECT a.commune,
           array_agg(c.service) FILTER (WHERE c.service IS NOT NULL) AS connus
    FROM appartenances a
    LEFT JOIN couvertures c
        ON c.niveau = 'commune' AND c.code = a.commune
        AND c.service = ANY (%(services)s::text[]) AND c.statut <> 'non_renseigne'
    WHERE a.niveau = %(niveau)s AND a.code = %(code)s
    GROUP BY a.commune
) m
CROSS JOIN LATERAL unnest(%(services)s::text[]) AS s (service)
WHERE m.connus IS NULL OR s.service <> ALL (m.connus)
