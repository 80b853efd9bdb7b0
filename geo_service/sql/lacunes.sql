-- Communes of the pairs found, most populated first, with their exact count and population before
-- the page is cut. A commune's statut is the worst of its services concerned, its distance the
-- longest.
, retenues AS MATERIALIZED (
    SELECT t.code, t.population, array_agg(p.service) AS services
    FROM paires p
    JOIN territoires t ON t.niveau = 'commune' AND t.code = p.commune
    WHERE %(population_min)s::int IS NULL OR t.population >= %(population_min)s
    GROUP BY t.code, t.population
), total AS (
    SELECT count(*) AS total,
           -- Unknown, not 0, when the population of none of them is known.
           CASE WHEN count(*) = 0 THEN 0 ELSE sum(population) END AS population_totale
    FROM retenues
), page AS (
    SELECT *
    FROM retenues r
    WHERE %(apres_code)s::text IS NULL
       OR (-coalesce(r.population, -1), r.code) > (-%(apres_population)s::int, %(apres_code)s)
    ORDER BY -coalesce(r.population, -1), r.code
    LIMIT %(limite)s
)
SELECT total.total, total.population_totale, p.code, n.nom, p.population, p.services, e.statut,
       d.distance_km, d.id AS lieu_id, d.nom AS lieu_nom, d.commune_nom AS lieu_commune
FROM total
LEFT JOIN page p ON true
LEFT JOIN territoires n ON n.niveau = 'commune' AND n.code = p.code
LEFT JOIN LATERAL (
    SELECT (ARRAY['absent', 'non_renseigne', 'partage', 'present'])[min(
        CASE coalesce(c.statut, 'non_renseigne')
            WHEN 'absent' THEN 1 WHEN 'non_renseigne' THEN 2 WHEN 'partage' THEN 3 ELSE 4
        END)] AS statut
    FROM unnest(p.services) AS s (service)
    LEFT JOIN couvertures c
        ON c.niveau = 'commune' AND c.code = p.code AND c.service = s.service
) e ON true
LEFT JOIN LATERAL (
    SELECT d.distance_km, l.id, l.nom, t.nom AS commune_nom
    FROM distances d
    JOIN lieux l ON l.id = d.lieu
    LEFT JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
    WHERE d.commune = p.code AND d.service = ANY (p.services)
    ORDER BY d.distance_km DESC, d.service
    LIMIT 1
) d ON true
ORDER BY -coalesce(p.population, -1), p.code
