-- A commune and those around it, as paths of SVG: metres from the south-west corner of its box, y
-- down, on a plane that keeps lengths there.
--
-- The commune comes first, then its neighbours and theirs, cut to a box half as wide again.
WITH cadre AS (
    SELECT ST_Transform(geom, 4326) AS degres
    FROM contours WHERE niveau = 'commune' AND code = %(commune)s AND zoom = 11
), plan AS MATERIALIZED (
    SELECT ST_XMin(degres) AS ouest, ST_YMin(degres) AS sud, ST_XMax(degres) AS est,
           ST_YMax(degres) AS nord,
           111320 * cos(radians((ST_YMin(degres) + ST_YMax(degres)) / 2)) AS kx, 110574 AS ky,
           ST_Expand(ST_Envelope(degres), greatest(ST_XMax(degres) - ST_XMin(degres),
                                                   ST_YMax(degres) - ST_YMin(degres)) / 2) AS vue
    FROM cadre
), autour AS MATERIALIZED (
    SELECT %(commune)s::text AS code
    UNION
    SELECT voisin FROM voisinages WHERE niveau = 'commune' AND code = %(commune)s
    UNION
    SELECT w.voisin
    FROM voisinages v JOIN voisinages w ON w.niveau = 'commune' AND w.code = v.voisin
    WHERE v.niveau = 'commune' AND v.code = %(commune)s
)
SELECT a.code, (p.est - p.ouest) * p.kx AS largeur, (p.nord - p.sud) * p.ky AS hauteur,
       p.ouest, p.sud, p.kx, p.ky,
       ST_AsSVG(
           ST_Affine(
               CASE WHEN a.code = %(commune)s THEN ST_Transform(c.geom, 4326)
                    ELSE ST_ClipByBox2D(ST_Transform(c.geom, 4326), p.vue) END,
               p.kx, 0, 0, p.ky, -p.ouest * p.kx, -p.sud * p.ky
           ), 1, 0
       ) AS trace
FROM plan p
CROSS JOIN autour a
JOIN contours c ON c.niveau = 'commune' AND c.zoom = 11 AND c.code = a.code
ORDER BY a.code <> %(commune)s, a.code COLLATE "C"
