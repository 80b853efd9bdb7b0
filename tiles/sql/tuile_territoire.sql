-- One tile of a territory of its own: its outline, and its communes with their rates.
--
-- Parameters: zoom, x, y; west, south, east, north (degrees: the tile and a tenth of it around); niveau,
-- code. Result: mvt (uncompressed, layers `communes` then `territoire`; null when there is nothing).
--
-- Vertices are rounded to the grid of the zoom and cut as in the archive (decoupe.sql), so that both
-- may be drawn together. A territory that has no outline at this zoom is drawn as the union of its
-- parts, régions for the pays and communes otherwise: exact, since their borders are the same to the bit.
WITH grid AS (
    SELECT
        20037508.342789244 AS half_world,
        20037508.342789244 / (2048 * 2 ^ %(zoom)s::int) AS unit,
        ST_MakeEnvelope(-63.618, -63.618, 4159.618, 4159.618) AS box
),

members AS MATERIALIZED (
    SELECT t.code, t.nom, t.population
    FROM territoires AS t
    INNER JOIN appartenances AS a ON a.commune = t.code
    WHERE
        t.niveau = 'commune'
        AND a.niveau = %(niveau)s::text
        AND a.code = %(code)s::text
        AND t.geom && ST_MakeEnvelope(
            %(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4326
        )
),

outlines AS MATERIALIZED (
    SELECT 'communes' AS layer, m.code, m.nom, m.population, c.geom
    FROM members AS m
    INNER JOIN contours AS c
        ON c.zoom = %(zoom)s::int AND c.niveau = 'commune' AND c.code = m.code
    UNION ALL
    SELECT 'territoire', t.code, t.nom, t.population, c.geom
    FROM territoires AS t
    INNER JOIN contours AS c
        ON c.zoom = %(zoom)s::int AND c.niveau = t.niveau AND c.code = t.code
    WHERE t.niveau = %(niveau)s::text AND t.code = %(code)s::text
    UNION ALL
    SELECT 'regions', code, NULL, NULL, geom
    FROM contours
    WHERE %(niveau)s::text = 'pays' AND niveau = 'region' AND zoom = %(zoom)s::int
),

-- Steps of rounding and mending are kept apart by OFFSET 0: each geometry is computed once.
snapped AS MATERIALIZED (
    SELECT
        layer,
        code,
        nom,
        population,
        ST_Translate(CASE
            WHEN ST_IsEmpty(geom) THEN ST_MakeEnvelope(west, north, west + 1, north + 1)
            WHEN ST_IsValid(geom) THEN geom
            ELSE ST_SnapToGrid(ST_CollectionExtract(ST_MakeValid(geom, 'method=structure'), 3), 1)
        END, -4096 * %(x)s::float8, -4096 * %(y)s::float8) AS geom
    FROM (
        SELECT
            layer,
            code,
            nom,
            population,
            ST_SnapToGrid(world, 1) AS geom,
            floor(ST_XMin(world)) AS west,
            floor(ST_YMin(world)) AS north
        FROM (
            SELECT
                layer,
                code,
                nom,
                population,
                ST_SetSRID(ST_Affine(
                    geom, 1 / unit, 0, 0, -1 / unit, half_world / unit, half_world / unit
                ), 0) AS world
            FROM outlines
            CROSS JOIN grid
            OFFSET 0
        ) AS scaled
        OFFSET 0
    ) AS rounded
    OFFSET 0
),

-- Many territories have an outline of their own; else it is made of the parts around the tile, each
-- cut first, not to unite the whole country for a tile of it.
whole AS (
    SELECT * FROM snapped WHERE layer <> 'regions'
    UNION ALL
    SELECT 'territoire', t.code, t.nom, t.population, u.geom
    FROM territoires AS t
    CROSS JOIN (
        SELECT ST_UnaryUnion(ST_Collect(ST_ClipByBox2D(geom, ST_Expand(box, 128)))) AS geom
        FROM snapped
        CROSS JOIN grid
        WHERE layer = CASE WHEN %(niveau)s::text = 'pays' THEN 'regions' ELSE 'communes' END
    ) AS u
    WHERE
        t.niveau = %(niveau)s::text
        AND t.code = %(code)s::text
        AND u.geom IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM outlines WHERE layer = 'territoire')
),

placed AS MATERIALIZED (
    SELECT
        layer,
        code,
        nom,
        population,
        ST_ForcePolygonCCW(ST_SnapToGrid(ST_ClipByBox2D(geom, box), 1)) AS geom
    FROM whole
    CROSS JOIN grid
),

described AS (
    SELECT
        p.layer,
        p.code,
        p.nom,
        p.population,
        p.geom,
        round(r.taux::numeric, 4)::float8 AS taux,
        r.presents AS services_presents,
        r.documentes AS services_documentes,
        th.taux AS themes
    FROM placed AS p
    LEFT JOIN taux AS r
        ON
            r.niveau = CASE WHEN p.layer = 'communes' THEN 'commune' ELSE %(niveau)s::text END
            AND r.code = p.code
            AND r.axe = 'ensemble'
    LEFT JOIN LATERAL (
        SELECT jsonb_object_agg('taux_' || axe_code, round(th.taux::numeric, 4)) AS taux
        FROM taux AS th
        WHERE th.niveau = r.niveau AND th.code = r.code AND th.axe = 'theme' AND th.taux IS NOT NULL
    ) AS th ON true
    WHERE NOT ST_IsEmpty(p.geom)
),

layers AS (
    SELECT
        layer,
        ST_AsMVT((
            SELECT feature FROM (
                SELECT
                    code, nom, population, taux, services_presents, services_documentes, themes, geom
            ) AS feature
        ), layer, 4096, 'geom' ORDER BY code COLLATE "C") AS mvt
    FROM described
    GROUP BY layer
)

SELECT string_agg(mvt, ''::bytea ORDER BY layer) AS mvt FROM layers
