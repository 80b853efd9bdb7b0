-- Share of the population covered by a service in every territory of a niveau of the map.
SELECT t.code, coalesce(c.population_couverte, 0)::float8 / nullif(t.population, 0) AS valeur
FROM territoires t
LEFT JOIN couvertures c
    ON c.niveau = t.niveau AND c.code = t.code AND c.service = %(service)s
WHERE t.niveau = %(niveau)s AND t.geom IS NOT NULL
ORDER BY t.code
