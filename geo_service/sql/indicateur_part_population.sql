-- Share of the population covered by a service in every territory of a niveau of the map; null where
-- nobody said anything (non_renseigne): it is a question, not a gap.
SELECT t.code,
       CASE
           WHEN c.statut <> 'non_renseigne'
               THEN c.population_couverte::float8 / nullif(t.population, 0)
       END AS valeur
FROM territoires t
LEFT JOIN couvertures c
    ON c.niveau = t.niveau AND c.code = t.code AND c.service = %(service)s
WHERE t.niveau = %(niveau)s AND t.geom IS NOT NULL
ORDER BY t.code
