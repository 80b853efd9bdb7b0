-- The tiles of the tileset `lieux` at the zooms where each lieu is a point of its own, in one set-based
-- query; crowded tiles are only named (`lieux_groupes.sql` makes them).
--
-- Parameters: first, last (zooms); crowded (bytes that a tile of single points may weigh). Result: zoom,
-- x, y, mvt (uncompressed; null for a crowded tile), lieux (how many are on the tile). Points have no
-- buffer: each is on one tile only.
WITH given AS MATERIALIZED (
    SELECT
        ls.lieu,
        string_agg(ls.service, ',' ORDER BY ls.service COLLATE "C") AS services,
        jsonb_object_agg('theme_' || e.theme, 1) AS themes
    FROM lieux_services AS ls
    INNER JOIN services AS s ON s.code = ls.service
    INNER JOIN enjeux AS e ON e.code = s.enjeu
    GROUP BY ls.lieu
),

described AS MATERIALIZED (
    SELECT
        p.id,
        p.nom,
        p.approximatif,
        g.services,
        g.themes,
        0.5 + ST_X(p.geom) / 40075016.685578488 AS u,
        0.5 - ST_Y(p.geom) / 40075016.685578488 AS v,
        -- Place, kind and ranks of the values take less than 40 bytes.
        40 + octet_length(p.id) + coalesce(octet_length(p.nom), 0)
            + coalesce(octet_length(g.services), 0) AS weight
    FROM (
        SELECT
            id,
            nom,
            -- Null, hence written on no tile, where the point is precise.
            nullif(localisation IN ('rue', 'lieu_dit', 'chef_lieu', 'centre_commune'), false)
                AS approximatif,
            ST_Transform(geom, 3857) AS geom
        FROM lieux
        OFFSET 0 -- keeps the planner from transforming twice
    ) AS p
    LEFT JOIN given AS g ON g.lieu = p.id
),

placed AS (
    SELECT
        d.*,
        zoom,
        floor(u * 4096 * 2 ^ zoom)::bigint AS px,
        floor(v * 4096 * 2 ^ zoom)::bigint AS py
    FROM described AS d
    CROSS JOIN generate_series(%(first)s::int, %(last)s::int) AS zoom
)

SELECT
    zoom,
    (px / 4096)::int AS x,
    (py / 4096)::int AS y,
    CASE WHEN sum(weight) <= %(crowded)s THEN ST_AsMVT((
        SELECT feature FROM (
            SELECT id, nom, services, 1 AS nombre, approximatif, themes,
                ST_MakePoint(px %% 4096, py %% 4096) AS geom
        ) AS feature
    ), 'lieux', 4096, 'geom' ORDER BY px, py, id COLLATE "C") END AS mvt,
    count(*)::int AS lieux
FROM placed
GROUP BY zoom, px / 4096, py / 4096
