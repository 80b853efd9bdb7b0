-- Distance of every commune of the map to the nearest lieu that gives a service; null without any.
SELECT t.code, d.distance_km AS valeur
FROM territoires t
LEFT JOIN distances d ON d.commune = t.code AND d.service = %(service)s
WHERE t.niveau = 'commune' AND t.geom IS NOT NULL
ORDER BY t.code
