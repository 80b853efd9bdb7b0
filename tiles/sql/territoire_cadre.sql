-- A territory, and the frame of all that is drawn of it: its outline and its lieux, some of which lie
-- beyond it (a mairie whose point is wrong stays a lieu of its commune).
--
-- Parameters: niveau, code. Result: nom, west, south, east, north (degrees; null when nothing is drawn).
SELECT
    t.nom,
    least(t.emprise[1], ST_XMin(l.frame)) AS west,
    least(t.emprise[2], ST_YMin(l.frame)) AS south,
    greatest(t.emprise[3], ST_XMax(l.frame)) AS east,
    greatest(t.emprise[4], ST_YMax(l.frame)) AS north
FROM territoires AS t
CROSS JOIN (
    SELECT ST_Extent(l.geom) AS frame
    FROM lieux AS l
    INNER JOIN appartenances AS a ON a.commune = l.commune
    WHERE a.niveau = %(niveau)s::text AND a.code = %(code)s::text
) AS l
WHERE t.niveau = %(niveau)s::text AND t.code = %(code)s::text
