-- Area (km²) and place of every territory that can be compared with others of its niveau. A commune
-- is where its chef-lieu is, a larger territory at a point inside it (degrees).
SELECT t.niveau, t.code, t.superficie_km2,
       ST_X(coalesce(c.geom, t.centre)), ST_Y(coalesce(c.geom, t.centre))
FROM territoires t
LEFT JOIN chefs_lieux c ON t.niveau = 'commune' AND c.commune = t.code
WHERE t.niveau = ANY (%(niveaux)s)
ORDER BY t.niveau COLLATE "C", t.code COLLATE "C"
