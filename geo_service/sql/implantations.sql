-- Communes of a territory that have a chef-lieu, by code, as numbers put end to end (float8,
-- big-endian): a single value each for psycopg to carry, however many communes. NaN: unknown.
SELECT coalesce(array_agg(t.code ORDER BY t.code), '{}') AS codes,
       coalesce(array_agg(t.srid_legal ORDER BY t.code), '{}') AS zones,
       string_agg(float8send(ST_X(p.point)), ''::bytea ORDER BY t.code) AS x,
       string_agg(float8send(ST_Y(p.point)), ''::bytea ORDER BY t.code) AS y,
       string_agg(float8send(coalesce(t.population, 'NaN'::float8)), ''::bytea ORDER BY t.code)
           AS population,
       string_agg(float8send(coalesce(d.distance_km, 'NaN'::float8)), ''::bytea ORDER BY t.code)
           AS distance_km
FROM appartenances m
JOIN territoires t ON t.niveau = 'commune' AND t.code = m.commune
JOIN chefs_lieux c ON c.commune = m.commune
LEFT JOIN distances d ON d.commune = m.commune AND d.service = %(service)s
CROSS JOIN LATERAL (SELECT ST_Transform(c.geom, t.srid_legal) AS point) p
WHERE m.niveau = %(niveau)s AND m.code = %(code)s
