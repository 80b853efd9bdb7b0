-- Outlines of some territories of a niveau, as they are drawn at a zoom (EPSG:3857).
SELECT code, ST_AsBinary(geom) AS geom
FROM contours
WHERE zoom = %(zoom)s AND niveau = %(niveau)s AND code = ANY (%(codes)s::text[])
ORDER BY code COLLATE "C"
