-- Of each service, which territories carry actions (their places in the lists given, from 0) and how
-- many: int4, big-endian, one after the other.
WITH porteurs AS (
    SELECT niveau, code, (rang - 1)::int4 AS place
    FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS q (niveau, code, rang)
), nombres AS (
    SELECT service, porteur_niveau, porteur_code, count(*)::int4 AS nombre
    FROM actions_par_porteur
    GROUP BY service, porteur_niveau, porteur_code
)
SELECT n.service,
       string_agg(int4send(p.place), ''::bytea),
       string_agg(int4send(n.nombre), ''::bytea)
FROM nombres n
JOIN porteurs p ON p.niveau = n.porteur_niveau AND p.code = n.porteur_code
GROUP BY n.service
