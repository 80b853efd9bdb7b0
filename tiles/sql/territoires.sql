-- The outlines of every tile of one zoom of the tileset `territoires`, in one set-based query.
--
-- Parameters: zoom. Result: zoom, x, y, mvt (uncompressed, layers in drawing order); a row without x and
-- y lists in `mvt` (UTF-8) the territories that would be on no tile: the caller refuses the archive.
--
-- The outlines are already generalised on the whole coverage. Here each vertex is only rounded to
-- the grid of the tiles of this zoom (4096 units a tile, y downwards), the same grid for the whole
-- world and the same rounding for both neighbours: a shared border stays shared to the unit.
-- ST_AsMVTGeom is not used: it simplifies each polygon alone by half a unit, which tears borders.
--
-- Clip boxes overflow tiles by 63.618 units, which rounds outwards to a buffer of 64. The fraction
-- keeps the box off the grid: no vertex lies on it, and no cut falls half way between two units.
--
-- OFFSET 0 keeps the planner from merging levels and computing a geometry at each of its uses.
WITH snapped AS MATERIALIZED (
    SELECT
        row_number() OVER () AS id,
        niveau,
        code,
        ST_ForcePolygonCCW(CASE -- a territory below the grid is drawn as one unit of it
            WHEN ST_IsEmpty(geom) THEN ST_MakeEnvelope(west, north, west + 1, north + 1)
            ELSE geom
        END) AS geom
    FROM (
        SELECT
            niveau,
            code,
            CASE -- rounding pinches a few dozen narrow outlines; mended, they are integers again
                WHEN ST_IsValid(geom) THEN geom
                ELSE ST_SnapToGrid(
                    ST_CollectionExtract(ST_MakeValid(geom, 'method=structure'), 3), 1)
            END AS geom,
            floor(ST_XMin(world)) AS west,
            floor(ST_YMin(world)) AS north
        FROM (
            SELECT niveau, code, world, ST_SnapToGrid(world, 1) AS geom
            FROM (
                SELECT
                    niveau,
                    code,
                    ST_SetSRID(ST_Affine(
                        geom, 1 / unit, 0, 0, -1 / unit, half_world / unit, half_world / unit
                    ), 0) AS world
                FROM contours
                CROSS JOIN (SELECT
                    20037508.342789244 AS half_world,
                    20037508.342789244 / (2048 * 2 ^ %(zoom)s::int) AS unit
                ) AS grid
                WHERE zoom = %(zoom)s::int
                OFFSET 0
            ) AS scaled
            OFFSET 0
        ) AS rounded
        OFFSET 0
    ) AS mended
    OFFSET 0
),

-- The tiles each territory touches, buffer included, and what is said of it there.
ranged AS MATERIALIZED (
    SELECT
        s.*,
        t.nom,
        t.population,
        round(r.taux::numeric, 4)::float8 AS taux,
        greatest(0, floor((ST_XMin(s.geom) - 63.618) / 4096)::int) AS x0,
        least(2 ^ %(zoom)s::int - 1, floor((ST_XMax(s.geom) + 63.618) / 4096))::int AS x1,
        greatest(0, floor((ST_YMin(s.geom) - 63.618) / 4096)::int) AS y0,
        least(2 ^ %(zoom)s::int - 1, floor((ST_YMax(s.geom) + 63.618) / 4096))::int AS y1
    FROM snapped AS s
    INNER JOIN territoires AS t ON t.niveau = s.niveau AND t.code = s.code
    LEFT JOIN taux AS r ON r.niveau = s.niveau AND r.code = s.code AND r.axe = 'ensemble'
),

-- Territories wider than three tiles are cut twice, by blocks of 8 × 8 tiles then by tile, not
-- to walk along the whole outline of a région for each of its hundreds of tiles. The block overflows
-- by more than the tile does, so that the first cut is never seen.
blocks AS MATERIALIZED (
    SELECT
        id,
        niveau,
        code,
        nom,
        population,
        taux,
        greatest(x0, bx * 8) AS x0,
        least(x1, bx * 8 + 7) AS x1,
        greatest(y0, by * 8) AS y0,
        least(y1, by * 8 + 7) AS y1,
        false AS on_one_tile,
        ST_ClipByBox2D(geom, ST_MakeEnvelope(
            bx * 32768 - 127.618, by * 32768 - 127.618, bx * 32768 + 32895.618, by * 32768 + 32895.618
        )) AS geom
    FROM ranged, generate_series(x0 / 8, x1 / 8) AS bx, generate_series(y0 / 8, y1 / 8) AS by
    WHERE x1 - x0 >= 3 OR y1 - y0 >= 3
    UNION ALL
    SELECT id, niveau, code, nom, population, taux, x0, x1, y0, y1, x0 = x1 AND y0 = y1, geom
    FROM ranged
    WHERE x1 - x0 < 3 AND y1 - y0 < 3
),

placed AS MATERIALIZED (
    SELECT
        id,
        niveau,
        code,
        nom,
        population,
        taux,
        x,
        y,
        ST_Translate(CASE
            WHEN on_one_tile THEN geom
            ELSE ST_ForcePolygonCCW(ST_SnapToGrid(ST_ClipByBox2D(geom, ST_MakeEnvelope(
                x * 4096 - 63.618, y * 4096 - 63.618, x * 4096 + 4159.618, y * 4096 + 4159.618
            )), 1))
        END, -4096 * x, -4096 * y) AS geom
    FROM blocks, generate_series(x0, x1) AS x, generate_series(y0, y1) AS y
),

layers AS (
    SELECT
        p.x,
        p.y,
        layer.ordre,
        ST_AsMVT(
            (SELECT feature FROM (SELECT p.code, p.nom, p.population, p.taux, p.geom) AS feature),
            layer.nom, 4096, 'geom' ORDER BY p.code COLLATE "C"
        ) AS mvt
    FROM placed AS p
    INNER JOIN (VALUES
        ('region', 1, 'regions'),
        ('departement', 2, 'departements'),
        ('epci', 3, 'epcis'),
        ('commune', 4, 'communes'),
        ('arrondissement', 5, 'arrondissements')
    ) AS layer (niveau, ordre, nom) ON layer.niveau = p.niveau
    WHERE NOT ST_IsEmpty(p.geom)
    GROUP BY p.x, p.y, layer.ordre, layer.nom
)

SELECT %(zoom)s::int AS zoom, x, y, string_agg(mvt, ''::bytea ORDER BY ordre) AS mvt
FROM layers
GROUP BY x, y
UNION ALL
SELECT
    %(zoom)s::int,
    NULL,
    NULL,
    convert_to(string_agg(s.niveau || ' ' || s.code, ', ' ORDER BY s.niveau, s.code), 'UTF8')
FROM snapped AS s
INNER JOIN (
    SELECT id FROM snapped
    EXCEPT
    SELECT id FROM placed WHERE NOT ST_IsEmpty(geom)
) AS lost ON lost.id = s.id
HAVING count(*) > 0
