-- The grouped tiles of the tileset `lieux`, at several zooms, in one set-based query.
--
-- Parameters: first, last (zooms); side of the squares, in units of a tile (4096; a power of 2); columns,
-- rows: only these tiles (null: all; otherwise first = last). Result: zoom, x, y, mvt (uncompressed),
-- lieux (how many the tile stands for). One point for each square, at the mean of its lieux. Points
-- have no buffer: each is on one tile only, and sums are exact.
--
-- Squares of a zoom are made of whole squares of the next: everything is counted once, in the squares
-- of the last zoom, in units of its grid (4096 a tile), then added up.
WITH projected AS MATERIALIZED (
    SELECT
        id,
        nom,
        floor((0.5 + ST_X(geom) / 40075016.685578488) * 4096 * 2 ^ %(last)s::int)::bigint AS px,
        floor((0.5 - ST_Y(geom) / 40075016.685578488) * 4096 * 2 ^ %(last)s::int)::bigint AS py
    FROM (
        SELECT id, nom, ST_Transform(geom, 3857) AS geom
        FROM lieux
        OFFSET 0 -- keeps the planner from transforming twice
    ) AS points
),

-- The lieux of the tiles wanted.
placed AS MATERIALIZED (
    SELECT id, nom, px, py
    FROM projected
    WHERE %(columns)s::bigint[] IS NULL OR (px / 4096, py / 4096) IN (
        SELECT x, y FROM unnest(%(columns)s::bigint[], %(rows)s::bigint[]) AS wanted (x, y)
    )
),

small AS MATERIALIZED (
    SELECT
        px / %(side)s AS sx,
        py / %(side)s AS sy,
        count(*) AS nombre,
        sum(px) AS px,
        sum(py) AS py,
        min(id) AS id,
        min(nom) AS nom
    FROM placed
    GROUP BY px / %(side)s, py / %(side)s
),

-- How many lieux of each square give each service, and something of each thème.
small_counts AS MATERIALIZED (
    SELECT p.px / %(side)s AS sx, p.py / %(side)s AS sy, given.cle, count(*) AS nombre
    FROM placed AS p
    INNER JOIN (
        SELECT lieu, 'service_' || service AS cle
        FROM lieux_services
        UNION ALL
        SELECT DISTINCT ls.lieu, 'theme_' || e.theme
        FROM lieux_services AS ls
        INNER JOIN services AS s ON s.code = ls.service
        INNER JOIN enjeux AS e ON e.code = s.enjeu
    ) AS given ON given.lieu = p.id
    GROUP BY p.px / %(side)s, p.py / %(side)s, given.cle
),

zooms AS (
    SELECT zoom, %(last)s::int - zoom AS shift
    FROM generate_series(%(first)s::int, %(last)s::int) AS zoom
),

squares AS (
    SELECT
        z.zoom,
        s.sx >> z.shift AS sx,
        s.sy >> z.shift AS sy,
        sum(s.nombre)::int AS nombre,
        floor(sum(s.px) / sum(s.nombre))::bigint >> z.shift AS px,
        floor(sum(s.py) / sum(s.nombre))::bigint >> z.shift AS py,
        CASE WHEN sum(s.nombre) = 1 THEN min(s.id) END AS id,
        CASE WHEN sum(s.nombre) = 1 THEN min(s.nom) END AS nom
    FROM small AS s
    CROSS JOIN zooms AS z
    GROUP BY z.zoom, z.shift, s.sx >> z.shift, s.sy >> z.shift
),

counts AS (
    SELECT zoom, sx, sy, jsonb_object_agg(cle, nombre) AS nombres
    FROM (
        SELECT
            z.zoom,
            s.sx >> z.shift AS sx,
            s.sy >> z.shift AS sy,
            s.cle,
            sum(s.nombre)::int AS nombre
        FROM small_counts AS s
        CROSS JOIN zooms AS z
        GROUP BY z.zoom, s.sx >> z.shift, s.sy >> z.shift, s.cle
    ) AS by_key
    GROUP BY zoom, sx, sy
),

features AS (
    SELECT s.*, c.nombres, l.services
    FROM squares AS s
    LEFT JOIN counts AS c ON c.zoom = s.zoom AND c.sx = s.sx AND c.sy = s.sy
    LEFT JOIN (
        SELECT lieu, string_agg(service, ',' ORDER BY service COLLATE "C") AS services
        FROM lieux_services
        GROUP BY lieu
    ) AS l ON l.lieu = s.id
)

SELECT
    zoom,
    (px / 4096)::int AS x,
    (py / 4096)::int AS y,
    ST_AsMVT((
        SELECT feature FROM (
            SELECT id, nom, services, nombre, nombres, ST_MakePoint(px %% 4096, py %% 4096) AS geom
        ) AS feature
    ), 'lieux', 4096, 'geom' ORDER BY nombre DESC, px, py) AS mvt,
    sum(nombre)::int AS lieux
FROM features
GROUP BY zoom, px / 4096, py / 4096
