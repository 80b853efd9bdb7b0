-- As lieux.sql, for the lieux that give a service.
SELECT l.id, l.nom, l.commune, t.nom AS commune_nom, l.adresse, l.horaires, l.site_web,
       (SELECT array_agg(s.service ORDER BY s.service) FROM lieux_services s WHERE s.lieu = l.id)
           AS services,
       ST_X(l.geom) AS lon, ST_Y(l.geom) AS lat, l.source, l.localisation
FROM (
    SELECT c.rang, l.*
    FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c (code, rang)
    JOIN lieux l ON l.commune = c.code
    WHERE EXISTS (
        SELECT FROM lieux_services s WHERE s.service = %(service)s AND s.lieu = l.id
    )
    ORDER BY c.rang, l.nom, l.id
    LIMIT %(limite)s OFFSET %(sautees)s
) l
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
ORDER BY l.rang, l.nom, l.id
