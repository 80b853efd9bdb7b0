-- The action or the lieu that shows each service of each territory that carries one: those of
-- exemples.sql, in the same order, for all of them at once. A row holds a service and a niveau:
-- the codes, and as many lines of JSON.
SELECT
    service, niveau, string_agg(code, ',' ORDER BY code) AS codes,
    convert_to(
        string_agg(json_build_array(nature, id, titre, page)::text, E'\n' ORDER BY code), 'UTF8'
    ) AS exemples
FROM (
    SELECT DISTINCT ON (service, niveau, code)
        service, niveau, code, nature, id, titre, page
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
) e
GROUP BY service, niveau
ORDER BY service, niveau
