-- For each service, the places (from 0) among the porteurs given of those that carry actions of it,
-- and how many they carry: int4, big-endian, one after the other.
SELECT a.service,
       string_agg(int4send(p.rang::int4 - 1), ''::bytea),
       string_agg(int4send(a.actions), ''::bytea)
FROM (
    SELECT service, porteur_niveau, porteur_code, count(*)::int AS actions
    FROM actions_par_porteur
    GROUP BY service, porteur_niveau, porteur_code
) a
JOIN unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS p (niveau, code, rang)
    ON p.niveau = a.porteur_niveau AND p.code = a.porteur_code
GROUP BY a.service
