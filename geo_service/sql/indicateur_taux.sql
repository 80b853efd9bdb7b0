-- Rate of an axis in every territory of a niveau of the map.
SELECT x.code, x.taux AS valeur
FROM taux x
JOIN territoires t USING (niveau, code)
WHERE x.niveau = %(niveau)s AND x.axe = %(axe)s AND x.axe_code = %(axe_code)s
  AND t.geom IS NOT NULL
ORDER BY x.code
