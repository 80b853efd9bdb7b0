-- Lieux of each service: where they are (degrees), in which commune, and what they can give.
SELECT s.service, l.id, l.commune, t.srid_legal, ST_X(l.geom), ST_Y(l.geom), l.capacite
FROM lieux_services s
JOIN lieux l ON l.id = s.lieu
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
WHERE t.srid_legal IS NOT NULL
ORDER BY s.service, l.id;
