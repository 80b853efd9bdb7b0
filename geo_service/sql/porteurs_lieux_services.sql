-- For each service, the places (from 0) among the communes given of those that have lieux of it, and
-- how many they have: int4, big-endian, one after the other.
SELECT c.service,
       string_agg(int4send(p.rang::int4 - 1), ''::bytea),
       string_agg(int4send(c.lieux), ''::bytea)
FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS p (niveau, code, rang)
JOIN couvertures c ON c.niveau = p.niveau AND c.code = p.code
WHERE c.lieux > 0
GROUP BY c.service
