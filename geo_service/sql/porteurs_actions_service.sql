-- Territories that carry actions of a service, and how many they carry: three lists, in one order.
SELECT coalesce(array_agg(niveau), '{}') AS niveaux, coalesce(array_agg(code), '{}') AS codes,
       coalesce(array_agg(nombre), '{}') AS nombres
FROM (
    SELECT porteur_niveau AS niveau, porteur_code AS code, count(*)::int AS nombre
    FROM actions_par_porteur
    WHERE service = %(service)s
    GROUP BY porteur_niveau, porteur_code
) p
