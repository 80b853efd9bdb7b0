-- The chef-lieu of each commune asked, as WKB.
SELECT commune AS code, ST_AsBinary(geom) AS geom
FROM chefs_lieux
WHERE commune = ANY (%(codes)s::text[])
