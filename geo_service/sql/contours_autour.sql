-- Outlines of the départements that a box (EPSG:3857) touches, as they are drawn at a zoom, cut
-- by that box.
WITH vue AS (
    SELECT ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 3857) AS cadre
)
SELECT code, ST_AsBinary(ST_CollectionExtract(ST_ClipByBox2D(geom, cadre), 3)) AS geom
FROM contours, vue
WHERE zoom = %(zoom)s AND niveau = 'departement' AND geom && cadre
ORDER BY code COLLATE "C"
