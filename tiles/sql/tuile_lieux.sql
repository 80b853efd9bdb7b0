-- One tile of the tileset `lieux`, of the lieux that a filter keeps: drawn and described as in the
-- archive (lieux.sql, lieux_groupes.sql), of which it is the tile when the filter keeps all.
--
-- Parameters: zoom, x, y; west, south, east, north (degrees, a little more than the tile); services (null:
-- all; otherwise the lieu gives one of them); niveau, code (null: anywhere; otherwise its commune is in
-- that territory); grid (zoom on whose grid places are averaged), alone (first zoom where a lieu is a
-- point of its own), crowded (bytes that single points may weigh), side (of the squares that are one
-- point otherwise, in units of a tile). Result: mvt (uncompressed; null when there is nothing), lieux.
WITH kept AS MATERIALIZED (
    SELECT
        id,
        nom,
        nullif(localisation IN ('rue', 'lieu_dit', 'chef_lieu', 'centre_commune'), false)
            AS approximatif,
        ST_Transform(geom, 3857) AS geom
    FROM lieux AS l
    WHERE
        geom && ST_MakeEnvelope(
            %(west)s::float8, %(south)s::float8, %(east)s::float8, %(north)s::float8, 4326
        )
        AND (%(services)s::text[] IS NULL OR id IN (
            SELECT lieu FROM lieux_services WHERE service = ANY(%(services)s::text[])
        ))
        AND (%(niveau)s::text IS NULL OR commune IN (
            SELECT commune FROM appartenances
            WHERE niveau = %(niveau)s::text AND code = %(code)s::text
        ))
),

placed AS MATERIALIZED (
    SELECT *
    FROM (
        SELECT
            id,
            nom,
            approximatif,
            floor((0.5 + ST_X(geom) / 40075016.685578488) * 4096 * 2 ^ %(grid)s::int)::bigint AS px,
            floor((0.5 - ST_Y(geom) / 40075016.685578488) * 4096 * 2 ^ %(grid)s::int)::bigint AS py
        FROM kept
    ) AS everywhere
    -- CASE, since the planner takes two equalities for one row left, and joins what follows row by row.
    WHERE CASE
        WHEN
            (px >> (%(grid)s::int - %(zoom)s::int)) / 4096 = %(x)s::int
            AND (py >> (%(grid)s::int - %(zoom)s::int)) / 4096 = %(y)s::int
            THEN true
        ELSE false
    END
),

given AS MATERIALIZED (
    SELECT ls.lieu, ls.service, e.theme
    FROM lieux_services AS ls
    INNER JOIN placed AS p ON p.id = ls.lieu
    INNER JOIN services AS s ON s.code = ls.service
    INNER JOIN enjeux AS e ON e.code = s.enjeu
),

listed AS MATERIALIZED (
    SELECT
        lieu,
        string_agg(service, ',' ORDER BY service COLLATE "C") AS services,
        jsonb_object_agg('theme_' || theme, 1) AS themes
    FROM given
    GROUP BY lieu
),

single AS (
    SELECT %(zoom)s::int >= %(alone)s::int AND sum(
        40 + octet_length(p.id) + coalesce(octet_length(p.nom), 0)
        + coalesce(octet_length(l.services), 0)
    ) <= %(crowded)s::bigint AS points
    FROM placed AS p
    LEFT JOIN listed AS l ON l.lieu = p.id
),

-- Squares of the zoom are whole squares of the grid, whatever their side.
squared AS MATERIALIZED (
    SELECT
        id,
        nom,
        px,
        py,
        (px >> (%(grid)s::int - %(zoom)s::int)) / %(side)s::int AS sx,
        (py >> (%(grid)s::int - %(zoom)s::int)) / %(side)s::int AS sy
    FROM placed
    WHERE NOT (SELECT points FROM single)
),

counts AS (
    SELECT sx, sy, jsonb_object_agg(cle, nombre) AS nombres
    FROM (
        SELECT q.sx, q.sy, g.cle, count(*)::int AS nombre
        FROM squared AS q
        INNER JOIN (
            SELECT lieu, 'service_' || service AS cle FROM given
            UNION ALL
            SELECT DISTINCT lieu, 'theme_' || theme FROM given
        ) AS g ON g.lieu = q.id
        GROUP BY q.sx, q.sy, g.cle
    ) AS by_key
    GROUP BY sx, sy
),

squares AS (
    SELECT
        sx,
        sy,
        count(*)::int AS nombre,
        floor(sum(px) / count(*))::bigint >> (%(grid)s::int - %(zoom)s::int) AS px,
        floor(sum(py) / count(*))::bigint >> (%(grid)s::int - %(zoom)s::int) AS py,
        CASE WHEN count(*) = 1 THEN min(id) END AS id,
        CASE WHEN count(*) = 1 THEN min(nom) END AS nom
    FROM squared
    GROUP BY sx, sy
),

features AS (
    SELECT
        p.id, p.nom, l.services, 1 AS nombre, p.approximatif, l.themes AS nombres, p.px, p.py
    FROM placed AS p
    LEFT JOIN listed AS l ON l.lieu = p.id
    WHERE (SELECT points FROM single)
    UNION ALL
    SELECT q.id, q.nom, l.services, q.nombre, NULL::boolean, c.nombres, q.px, q.py
    FROM squares AS q
    LEFT JOIN counts AS c ON c.sx = q.sx AND c.sy = q.sy
    LEFT JOIN listed AS l ON l.lieu = q.id
)

SELECT
    ST_AsMVT((
        SELECT feature FROM (
            SELECT
                id, nom, services, nombre, approximatif, nombres,
                ST_MakePoint(px - 4096 * %(x)s::bigint, py - 4096 * %(y)s::bigint) AS geom
        ) AS feature
    ), 'lieux', 4096, 'geom' ORDER BY nombre DESC, px, py, id COLLATE "C") AS mvt,
    coalesce(sum(nombre), 0)::int AS lieux
FROM features
