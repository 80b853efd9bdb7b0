-- Lieux of the communes that several sources know: the only ones that may be one.
SELECT l.id, l.source, l.commune, t.nom, t.srid_legal, ST_X(l.geom), ST_Y(l.geom), l.localisation,
       l.nom, l.adresse, l.telephone, l.site_web, l.siret,
       (SELECT string_agg(s.service, ',' ORDER BY s.service COLLATE "C")
        FROM lieux_services s WHERE s.lieu = l.id)
FROM lieux l
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
WHERE l.commune IN (
    SELECT commune FROM lieux GROUP BY commune HAVING count(DISTINCT source) > 1
)
ORDER BY l.id COLLATE "C";
