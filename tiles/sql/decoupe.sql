-- The outlines of one zoom of the tileset `territoires`, cut into its tiles, in one set-based query.
--
-- Parameter: zoom. Result: x, y, niveau, codes (sorted), mvt (a layer whose features are the outlines of
-- these codes, in that order, without attributes: tiles/layers.py adds them).
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
WITH pieces AS (
    SELECT niveau, code, 0 AS part, geom
    FROM contours
    WHERE zoom = %(zoom)s::int AND niveau <> 'groupe'
    UNION ALL
    -- A groupe is hundreds of communes apart: each piece of it is on few of its tiles.
    SELECT niveau, code, piece.path[1], piece.geom
    FROM contours, ST_Dump(geom) AS piece
    WHERE zoom = %(zoom)s::int AND niveau = 'groupe'
),

snapped AS MATERIALIZED (
    SELECT
        niveau,
        code,
        part,
        ST_ForcePolygonCCW(CASE -- what is below the grid is drawn as one unit of it
            WHEN ST_IsEmpty(geom) THEN ST_MakeEnvelope(west, north, west + 1, north + 1)
            ELSE geom
        END) AS geom
    FROM (
        SELECT
            niveau,
            code,
            part,
            CASE -- rounding pinches a few dozen narrow outlines; mended, they are integers again
                WHEN ST_IsValid(geom) THEN geom
                ELSE ST_SnapToGrid(
                    ST_CollectionExtract(ST_MakeValid(geom, 'method=structure'), 3), 1)
            END AS geom,
            floor(ST_XMin(world)) AS west,
            floor(ST_YMin(world)) AS north
        FROM (
            SELECT niveau, code, part, world, ST_SnapToGrid(world, 1) AS geom
            FROM (
                SELECT
                    niveau,
                    code,
                    part,
                    ST_SetSRID(ST_Affine(
                        geom, 1 / unit, 0, 0, -1 / unit, half_world / unit, half_world / unit
                    ), 0) AS world
                FROM pieces
                CROSS JOIN (SELECT
                    20037508.342789244 AS half_world,
                    20037508.342789244 / (2048 * 2 ^ %(zoom)s::int) AS unit
                ) AS grid
                OFFSET 0
            ) AS scaled
            OFFSET 0
        ) AS rounded
        OFFSET 0
    ) AS mended
    OFFSET 0
),

-- The tiles each piece touches, buffer included.
ranged AS MATERIALIZED (
    SELECT
        niveau,
        code,
        part,
        geom,
        greatest(0, floor((ST_XMin(geom) - 63.618) / 4096)::int) AS x0,
        least(2 ^ %(zoom)s::int - 1, floor((ST_XMax(geom) + 63.618) / 4096))::int AS x1,
        greatest(0, floor((ST_YMin(geom) - 63.618) / 4096)::int) AS y0,
        least(2 ^ %(zoom)s::int - 1, floor((ST_YMax(geom) + 63.618) / 4096))::int AS y1
    FROM snapped
),

-- Pieces wider than three tiles are cut twice, by blocks of 8 × 8 tiles then by tile, not to walk
-- along the whole outline of a région for each of its hundreds of tiles. The block overflows by
-- more than the tile does, so that the first cut is never seen.
blocks AS MATERIALIZED (
    SELECT
        niveau,
        code,
        part,
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
    SELECT niveau, code, part, x0, x1, y0, y1, x0 = x1 AND y0 = y1, geom
    FROM ranged
    WHERE x1 - x0 < 3 AND y1 - y0 < 3
),

cut AS MATERIALIZED (
    SELECT
        niveau,
        code,
        part,
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

placed AS (
    SELECT niveau, code, x, y, geom
    FROM cut
    WHERE part = 0 AND NOT ST_IsEmpty(geom)
    UNION ALL
    SELECT
        niveau,
        code,
        x,
        y,
        CASE -- rounded one by one, pieces may touch
            WHEN ST_IsValid(geom) THEN geom
            ELSE ST_ForcePolygonCCW(ST_SnapToGrid(
                ST_CollectionExtract(ST_MakeValid(geom, 'method=structure'), 3), 1))
        END
    FROM (
        SELECT
            niveau, code, x, y, ST_CollectionExtract(ST_Collect(geom ORDER BY part), 3) AS geom
        FROM cut
        WHERE part > 0 AND NOT ST_IsEmpty(geom)
        GROUP BY niveau, code, x, y
        OFFSET 0
    ) AS collected
)

SELECT
    x,
    y,
    niveau,
    array_agg(code ORDER BY code COLLATE "C") AS codes,
    ST_AsMVT(
        (SELECT feature FROM (SELECT geom) AS feature), niveau, 4096, 'geom'
        ORDER BY code COLLATE "C"
    ) AS mvt
FROM placed
GROUP BY x, y, niveau
ORDER BY x, y, niveau
