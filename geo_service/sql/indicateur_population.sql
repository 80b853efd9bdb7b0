-- Population of every territory of a niveau of the map.
SELECT code, population AS valeur
FROM territoires
WHERE niveau = %(niveau)s AND geom IS NOT NULL
ORDER BY code
