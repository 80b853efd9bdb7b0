-- Polygons of some territories of a niveau, in EPSG:4326.
SELECT code, ST_AsBinary(geom) AS geom
FROM territoires
WHERE niveau = %(niveau)s AND code = ANY (%(codes)s::text[]) AND geom IS NOT NULL
