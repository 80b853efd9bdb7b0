-- The action or the lieu that shows each service of each territory that carries one: those of
-- exemples.sql, in the same order, for all of them at once. As JSON, which is kept as it comes.
SELECT DISTINCT ON (service, niveau, code)
    service, niveau, code, json_build_array(nature, id, titre, page)::text AS exemple
FROM (
    (
        SELECT DISTINCT ON (s.service, a.porteur_niveau, a.porteur_code)
            s.service, a.porteur_niveau AS niveau, a.porteur_code AS code,
            'action' AS nature, a.id, a.titre, a.url AS page
        FROM actions a
        JOIN actions_services s ON s.action = a.id
        ORDER BY s.service, a.porteur_niveau, a.porteur_code,
            a.url IS NULL, a.date_debut DESC NULLS LAST, a.id
    )
    UNION ALL
    (
        SELECT DISTINCT ON (s.service, l.commune)
            s.service, 'commune', l.commune, 'lieu', l.id, l.nom, l.site_web
        FROM lieux l
        JOIN lieux_services s ON s.lieu = l.id
        ORDER BY s.service, l.commune, l.site_web IS NULL, l.id
    )
) f
ORDER BY service, niveau, code, page IS NULL, nature
