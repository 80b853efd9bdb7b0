-- Chefs-lieux of the communes (service null), or lieux of a service, in degrees, with what the index
-- needs of them: the zone's legal projection and the capacity (people, for a commune).
SELECT c.commune AS code, t.srid_legal AS srid, ST_X(c.geom) AS x, ST_Y(c.geom) AS y,
       NULL::float8 AS capacite
FROM chefs_lieux c
JOIN territoires t ON t.niveau = 'commune' AND t.code = c.commune
WHERE %(service)s::text IS NULL AND t.geom IS NOT NULL AND t.srid_legal IS NOT NULL
UNION ALL
SELECT l.id, t.srid_legal, ST_X(l.geom), ST_Y(l.geom), l.capacite
FROM lieux_services s
JOIN lieux l ON l.id = s.lieu
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
WHERE s.service = %(service)s AND t.srid_legal IS NOT NULL
