-- Every tile of one zoom of the tileset `lieux`, in one set-based query.
--
-- Parameters: zoom, grouped (false: each lieu is a point of its own; true: one point for each square
-- of an eighth of a tile, at the mean of its lieux). Result: zoom, x, y, mvt (uncompressed), lieux
-- (how many the tile stands for). Points have no buffer: each is on one tile only, and sums are exact.
WITH placed AS MATERIALIZED (
    SELECT
        id,
        nom,
        floor((0.5 + ST_X(geom) / 40075016.685578488) * 4096 * 2 ^ %(zoom)s::int)::bigint AS px,
        floor((0.5 - ST_Y(geom) / 40075016.685578488) * 4096 * 2 ^ %(zoom)s::int)::bigint AS py
    FROM (
        SELECT id, nom, ST_Transform(geom, 3857) AS geom
        FROM lieux
        OFFSET 0 -- keeps the planner from transforming twice
    ) AS projected
),

-- What each lieu gives, by service and by thème, one row for each.
given AS MATERIALIZED (
    SELECT lieu, 'service_' || service AS cle
    FROM lieux_services
    UNION
    SELECT ls.lieu, 'theme_' || e.theme
    FROM lieux_services AS ls
    INNER JOIN services AS s ON s.code = ls.service
    INNER JOIN enjeux AS e ON e.code = s.enjeu
),

lists AS (
    SELECT lieu, string_agg(service, ',' ORDER BY service COLLATE "C") AS services
    FROM lieux_services
    GROUP BY lieu
),

-- Grouped: the square of each lieu, and the sums of each square.
squares AS (
    SELECT
        px / 512 AS sx,
        py / 512 AS sy,
        count(*)::int AS nombre,
        (sum(px) / count(*))::bigint AS px, -- exact sums: the mean has the same digits every time
        (sum(py) / count(*))::bigint AS py,
        min(id) AS id,
        min(nom) AS nom
    FROM placed
    GROUP BY px / 512, py / 512
),

counts AS (
    SELECT sx, sy, jsonb_object_agg(cle, nombre) AS nombres
    FROM (
        SELECT p.px / 512 AS sx, p.py / 512 AS sy, g.cle, count(*)::int AS nombre
        FROM placed AS p
        INNER JOIN given AS g ON g.lieu = p.id
        GROUP BY p.px / 512, p.py / 512, g.cle
    ) AS by_key
    GROUP BY sx, sy
),

features AS (
    SELECT
        s.px,
        s.py,
        s.nombre AS lieux,
        s.nombre,
        CASE WHEN s.nombre = 1 THEN s.id END AS id,
        CASE WHEN s.nombre = 1 THEN s.nom END AS nom,
        CASE WHEN s.nombre = 1 THEN l.services END AS services,
        c.nombres
    FROM squares AS s
    LEFT JOIN counts AS c ON c.sx = s.sx AND c.sy = s.sy
    LEFT JOIN lists AS l ON l.lieu = s.id
    WHERE %(grouped)s::bool
    UNION ALL
    SELECT p.px, p.py, 1, NULL, p.id, p.nom, l.services, NULL
    FROM placed AS p
    LEFT JOIN lists AS l ON l.lieu = p.id
    WHERE NOT %(grouped)s::bool
)

SELECT
    %(zoom)s::int AS zoom,
    (px / 4096)::int AS x,
    (py / 4096)::int AS y,
    ST_AsMVT((
        SELECT feature FROM (
            SELECT id, nom, services, nombre, nombres, ST_MakePoint(px %% 4096, py %% 4096) AS geom
        ) AS feature
    ), 'lieux', 4096, 'geom' ORDER BY lieux DESC, px, py, id COLLATE "C") AS mvt,
    sum(lieux)::int AS lieux
FROM features
GROUP BY px / 4096, py / 4096
