-- Every tile of one zoom of the tileset `lieux` where each lieu is a point of its own.
--
-- Parameters: zoom. Result: zoom, x, y, mvt (uncompressed), lieux (how many are on the tile). Points have
-- no buffer: each is on one tile only.
WITH placed AS (
    SELECT
        id,
        nom,
        approximatif,
        floor((0.5 + ST_X(geom) / 40075016.685578488) * 4096 * 2 ^ %(zoom)s::int)::bigint AS px,
        floor((0.5 - ST_Y(geom) / 40075016.685578488) * 4096 * 2 ^ %(zoom)s::int)::bigint AS py
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
    ) AS projected
)

SELECT
    %(zoom)s::int AS zoom,
    (p.px / 4096)::int AS x,
    (p.py / 4096)::int AS y,
    ST_AsMVT((
        SELECT feature FROM (
            SELECT p.id, p.nom, l.services, p.approximatif, ST_MakePoint(p.px %% 4096, p.py %% 4096) AS geom
        ) AS feature
    ), 'lieux', 4096, 'geom' ORDER BY p.px, p.py, p.id COLLATE "C") AS mvt,
    count(*)::int AS lieux
FROM placed AS p
LEFT JOIN (
    SELECT lieu, string_agg(service, ',' ORDER BY service COLLATE "C") AS services
    FROM lieux_services
    GROUP BY lieu
) AS l ON l.lieu = p.id
GROUP BY p.px / 4096, p.py / 4096
