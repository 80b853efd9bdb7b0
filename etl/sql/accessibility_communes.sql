-- Communes that distances are measured from: where the chef-lieu is (degrees), who lives there, and
-- the polygon that tells which communes touch. The collectivités without polygons have no distances.
SELECT c.commune, t.population, t.srid_legal, ST_X(c.geom), ST_Y(c.geom), ST_AsBinary(t.geom)
FROM chefs_lieux c
JOIN territoires t ON t.niveau = 'commune' AND t.code = c.commune
WHERE t.geom IS NOT NULL AND t.srid_legal IS NOT NULL
ORDER BY c.commune;
