-- A commune and those around it, as paths of SVG: metres from the south-west corner of its box, y
-- down, on a plane that keeps lengths there. Then points put in the same plane.
--
-- The commune comes first; neighbours follow, of the same zoom, cut to twice its box.
WITH cadre AS (
    SELECT ST_Transform(geom, 4326) AS degres
    FROM contours WHERE niveau = 'commune' AND code = %(commune)s AND zoom = 11
), plan AS (
    SELECT ST_XMin(degres) AS ouest, ST_YMin(degres) AS sud, ST_XMax(degres) AS est,
           ST_YMax(degres) AS nord,
           111320 * cos(radians((ST_YMin(degres) + ST_YMax(degres)) / 2)) AS kx, 110574 AS ky,
           ST_Expand(ST_Envelope(degres), greatest(ST_XMax(degres) - ST_XMin(degres),
                                                   ST_YMax(degres) - ST_YMin(degres)) / 4) AS vue
    FROM cadre
)
SELECT c.code, t.nom, (p.est - p.ouest) * p.kx AS largeur, (p.nord - p.sud) * p.ky AS hauteur,
       p.ouest, p.sud, p.kx, p.ky,
       ST_AsSVG(
           ST_Affine(
               ST_ClipByBox2D(ST_Transform(c.geom, 4326), p.vue),
               p.kx, 0, 0, p.ky, -p.ouest * p.kx, -p.sud * p.ky
           ), 1, 0
       ) AS trace
FROM plan p
JOIN contours c ON c.niveau = 'commune' AND c.zoom = 11
     AND c.geom && ST_Transform(p.vue, 3857)
JOIN territoires t ON t.niveau = 'commune' AND t.code = c.code
ORDER BY c.code <> %(commune)s, c.code COLLATE "C"
