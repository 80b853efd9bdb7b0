-- The label points of every zoom of the tileset `territoires`, in one set-based query.
--
-- Parameters: none. Result: zoom, x, y, mvt (uncompressed, one layer). One point per territory on one
-- tile only, at the zooms where its outline is drawn. Communes come in by size instead, from the first
-- zoom: each is named where it is the most populous of its square of a quarter of a tile, stays so in the
-- smaller squares of the next zooms, and all are there at the last zoom.
WITH zooms AS (
    SELECT niveau, zoom
    FROM (SELECT DISTINCT niveau, zoom FROM contours WHERE niveau <> 'commune') AS drawn
    UNION ALL
    SELECT 'commune', generate_series(min(zoom)::int, max(zoom)::int)
    FROM contours
    HAVING bool_or(niveau = 'commune')
),

points AS MATERIALIZED (
    SELECT
        niveau,
        code,
        nom,
        population,
        row_number() OVER (
            PARTITION BY niveau ORDER BY population DESC NULLS LAST, code COLLATE "C"
        ) AS rang,
        0.5 + ST_X(geom) / 40075016.685578488 AS u,
        0.5 - ST_Y(geom) / 40075016.685578488 AS v
    FROM (
        SELECT t.niveau, t.code, t.nom, t.population, ST_Transform(t.centre, 3857) AS geom
        FROM territoires AS t
        WHERE t.centre IS NOT NULL AND (t.niveau, t.code) IN (SELECT niveau, code FROM contours)
        OFFSET 0 -- keeps the planner from transforming twice
    ) AS centres
),

last AS (SELECT max(zoom) AS zoom FROM contours),

-- A commune ahead at some zoom is ahead at the zoom before the last: the others need no comparing.
leaders AS (
    SELECT DISTINCT ON (floor(u * 4 * 2 ^ (zoom - 1)), floor(v * 4 * 2 ^ (zoom - 1))) code
    FROM points CROSS JOIN last
    WHERE niveau = 'commune'
    ORDER BY floor(u * 4 * 2 ^ (zoom - 1)), floor(v * 4 * 2 ^ (zoom - 1)), rang
),

chosen AS (
    SELECT p.*, z.zoom
    FROM points AS p
    INNER JOIN zooms AS z ON z.niveau = p.niveau
    WHERE p.niveau <> 'commune' OR z.zoom = (SELECT zoom FROM last)
    UNION ALL
    (
        SELECT DISTINCT ON (z.zoom, floor(p.u * 4 * 2 ^ z.zoom), floor(p.v * 4 * 2 ^ z.zoom))
            p.*, z.zoom
        FROM points AS p
        INNER JOIN leaders AS l ON l.code = p.code
        INNER JOIN zooms AS z ON z.niveau = p.niveau AND z.zoom < (SELECT zoom FROM last)
        WHERE p.niveau = 'commune'
        ORDER BY z.zoom, floor(p.u * 4 * 2 ^ z.zoom), floor(p.v * 4 * 2 ^ z.zoom), p.rang
    )
),

placed AS (
    SELECT
        niveau,
        code,
        nom,
        population,
        rang,
        zoom,
        floor(u * 4096 * 2 ^ zoom)::bigint AS px,
        floor(v * 4096 * 2 ^ zoom)::bigint AS py
    FROM chosen
)

SELECT
    zoom::int AS zoom,
    (px / 4096)::int AS x,
    (py / 4096)::int AS y,
    ST_AsMVT((
        SELECT feature FROM (
            SELECT niveau, code, nom, population, rang, ST_MakePoint(px %% 4096, py %% 4096) AS geom
        ) AS feature
    ), 'etiquettes', 4096, 'geom' ORDER BY rang, niveau COLLATE "C") AS mvt
FROM placed
GROUP BY zoom, px / 4096, py / 4096
