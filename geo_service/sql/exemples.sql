-- For each pair territory × service: the action or the lieu that gives it, the first found in the
-- order of the carriers that are asked for it. One with a page comes first, then an action.
WITH demandes AS (
    SELECT *
    FROM unnest(%(paires)s::int4[], %(services)s::text[], %(niveaux)s::text[], %(codes)s::text[])
        WITH ORDINALITY AS d (paire, service, niveau, code, rang)
)
SELECT DISTINCT ON (d.paire) d.paire, d.niveau, d.code, f.nature, f.id, f.titre, f.page
FROM demandes d
CROSS JOIN LATERAL (
    (
        SELECT 'action' AS nature, a.id, a.titre, a.url AS page
        FROM actions a
        WHERE a.porteur_niveau = d.niveau AND a.porteur_code = d.code AND EXISTS (
            SELECT FROM actions_services s WHERE s.action = a.id AND s.service = d.service
        )
        ORDER BY a.url IS NULL, a.date_debut DESC NULLS LAST, a.id
        LIMIT 1
    )
    UNION ALL
    (
        SELECT 'lieu', l.id, l.nom, l.site_web
        FROM lieux l
        WHERE d.niveau = 'commune' AND l.commune = d.code AND EXISTS (
            SELECT FROM lieux_services s WHERE s.lieu = l.id AND s.service = d.service
        )
        ORDER BY l.site_web IS NULL, l.id
        LIMIT 1
    )
) f
ORDER BY d.paire, d.rang, f.page IS NULL, f.nature
