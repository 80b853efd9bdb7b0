-- Lieux of each service: where they are (degrees), in which commune, and what they can give. Those of
-- collectivités without polygons, last, have no zone. The order is that of sums, to the last bit: by
-- cells of half a degree, so that neighbours are read together (sorting by the points themselves, along
-- PostGIS's curve, takes three times longer).
SELECT s.service, l.id, l.commune, t.srid_legal, ST_X(l.geom), ST_Y(l.geom), l.capacite
FROM lieux_services s
JOIN lieux l ON l.id = s.lieu
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
ORDER BY s.service, t.srid_legal,
         (floor(ST_X(l.geom) * 2) * 1000 + floor(ST_Y(l.geom) * 2))::integer, l.id;
