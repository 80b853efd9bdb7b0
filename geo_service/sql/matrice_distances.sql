-- Rows of the communes that have a distance to each service (int4, big-endian, one after the other),
-- and these distances in km, as float4.
WITH lignes AS (
    SELECT code, row_number() OVER (ORDER BY code COLLATE "C") - 1 AS ligne
    FROM territoires
    WHERE niveau = 'commune'
)
SELECT d.service,
       string_agg(int4send(l.ligne::int4), ''::bytea),
       string_agg(float4send(d.distance_km::float4), ''::bytea)
FROM distances d
JOIN lignes l ON l.code = d.commune
GROUP BY d.service
