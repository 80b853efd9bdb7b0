-- For each service, the places of the territories that carry actions of it and how many they carry:
-- int4, big-endian, one after the other.
SELECT a.service,
       string_agg(int4send(p.place::int4), ''::bytea),
       string_agg(int4send(a.actions), ''::bytea)
FROM actions_par_porteur a
JOIN porteurs p ON p.niveau = a.porteur_niveau AND p.code = a.porteur_code
WHERE a.service <> ''
GROUP BY a.service
