-- The territories each commune belongs to.
SELECT commune, array_agg(niveau ORDER BY niveau, code), array_agg(code ORDER BY niveau, code)
FROM appartenances
GROUP BY commune
