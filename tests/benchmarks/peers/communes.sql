-- The communes of a publication as the peers read them: one table with the columns that the service
-- gives in its own collection `communes`, in the order of their codes.
SELECT t.code, t.nom, t.population, t.population_annee, t.superficie_km2,
       d.code AS departement, r.code AS region, e.code AS epci, t.codes_postaux,
       x.taux, x.presents AS services_presents, x.documentes AS services_documentes,
       t.geom
FROM territoires t
LEFT JOIN taux x ON x.niveau = t.niveau AND x.code = t.code AND x.axe = 'ensemble'
LEFT JOIN appartenances d ON d.niveau = 'departement' AND d.commune = t.code
LEFT JOIN appartenances r ON r.niveau = 'region' AND r.commune = t.code
LEFT JOIN appartenances e ON e.niveau = 'epci' AND e.commune = t.code
WHERE t.niveau = 'commune'
ORDER BY t.code
