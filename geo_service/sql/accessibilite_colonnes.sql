-- What is known of the access to each service with lieux, for the rows of the communes that have a
-- chef-lieu: row (int4), index (float4), place of the cluster in the list given (int2, -1 for none),
-- zone (int2, 0 for none), whether the nearest lieu is imprecise (1) or on another land (2), as bits.
WITH lignes AS (
    SELECT code, row_number() OVER (ORDER BY code COLLATE "C") - 1 AS ligne
    FROM territoires
    WHERE niveau = 'commune'
)
SELECT a.service,
       string_agg(int4send(n.ligne::int4), ''::bytea),
       string_agg(float4send(a.e2sfca::float4), ''::bytea),
       string_agg(
           int2send((coalesce(array_position(%(grappes)s::text[], a.grappe), 0) - 1)::int2),
           ''::bytea
       ),
       string_agg(int2send(coalesce(a.zone, 0)::int2), ''::bytea),
       string_agg(
           int2send(
               (coalesce((l.localisation <> 'point')::int, 0)
                + 2 * coalesce(d.autre_terre::int, 0))::int2
           ),
           ''::bytea
       )
FROM accessibilites a
JOIN lignes n ON n.code = a.commune
LEFT JOIN distances d ON d.service = a.service AND d.commune = a.commune
LEFT JOIN lieux l ON l.id = d.lieu
GROUP BY a.service
