-- Lieux of some communes, in the order given, then by name.
WITH page AS (
    SELECT c.rang, l.id, l.nom
    FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c (code, rang)
    JOIN lieux l ON l.commune = c.code
    WHERE %(service)s::text IS NULL OR EXISTS (
        SELECT FROM lieux_services s WHERE s.lieu = l.id AND s.service = %(service)s
    )
    ORDER BY c.rang, l.nom, l.id
    LIMIT %(limite)s OFFSET %(sautees)s
)
SELECT l.id, l.nom, l.commune, t.nom AS commune_nom, l.adresse, l.horaires, l.site_web,
       (SELECT array_agg(s.service ORDER BY s.service) FROM lieux_services s WHERE s.lieu = l.id)
           AS services,
       ST_X(l.geom) AS lon, ST_Y(l.geom) AS lat, l.source, l.localisation
FROM page p
JOIN lieux l ON l.id = p.id
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
ORDER BY p.rang, p.nom, p.id
