-- Communes that have lieux of a service, and how many they have: three lists, in one order.
SELECT coalesce(array_agg(niveau), '{}') AS niveaux, coalesce(array_agg(code), '{}') AS codes,
       coalesce(array_agg(lieux), '{}') AS nombres
FROM couvertures
WHERE niveau = 'commune' AND service = %(service)s AND lieux > 0
