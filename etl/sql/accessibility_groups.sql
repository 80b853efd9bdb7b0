-- How many lieux each service has in each zone, in the order of accessibility_lieux.sql.
SELECT s.service, t.srid_legal, count(*)
FROM lieux_services s
JOIN lieux l ON l.id = s.lieu
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
GROUP BY s.service, t.srid_legal
ORDER BY s.service, t.srid_legal;
