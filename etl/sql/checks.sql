-- Figures that must all be zero before a publication is shown; each row is a check and its count.
SELECT 'lieux_sans_commune' AS controle, count(*) AS ecarts
FROM lieux l
WHERE NOT EXISTS (SELECT FROM territoires t WHERE t.niveau = 'commune' AND t.code = l.commune)
UNION ALL
SELECT 'lieux_sans_service', count(*)
FROM lieux l
WHERE NOT EXISTS (SELECT FROM lieux_services s WHERE s.lieu = l.id)
UNION ALL
SELECT 'lieux_sans_provenance', count(*)
FROM lieux l
WHERE NOT EXISTS (SELECT FROM lieux_provenances p WHERE p.lieu = l.id AND p.source = l.source)
UNION ALL
SELECT 'actions_sans_porteur', count(*)
FROM actions a
WHERE NOT EXISTS (
    SELECT FROM appartenances t WHERE t.niveau = a.porteur_niveau AND t.code = a.porteur_code
)
UNION ALL
SELECT 'actions_sans_service', count(*)
FROM actions a
WHERE NOT EXISTS (SELECT FROM actions_services s WHERE s.action = a.id)
UNION ALL
SELECT 'exhaustivites_sans_commune', count(*)
FROM exhaustivites e
WHERE NOT EXISTS (SELECT FROM territoires t WHERE t.niveau = 'commune' AND t.code = e.commune)
UNION ALL
SELECT 'communes_sans_departement', count(*)
FROM territoires t
WHERE t.niveau = 'commune' AND NOT EXISTS (
    SELECT FROM appartenances a WHERE a.commune = t.code AND a.niveau = 'departement'
)
UNION ALL
-- The collectivités without polygons are of no région nor of the pays.
SELECT 'communes_sans_region', count(*)
FROM appartenances p
WHERE p.niveau = 'pays' AND NOT EXISTS (
    SELECT FROM appartenances a WHERE a.commune = p.commune AND a.niveau = 'region'
)
UNION ALL
-- The population of a territory is that of its communes, unknown when that of one of them is.
SELECT 'populations_sans_somme', count(*)
FROM (
    SELECT t.niveau, t.code
    FROM territoires t
    JOIN appartenances a USING (niveau, code)
    JOIN territoires c ON c.niveau = 'commune' AND c.code = a.commune
    GROUP BY t.niveau, t.code, t.population
    HAVING t.population IS DISTINCT FROM
        CASE WHEN bool_and(c.population IS NOT NULL) THEN sum(c.population) END
) p
UNION ALL
-- The pays sees as many lieux and covered people as the communes together.
SELECT 'couverture_du_pays', count(*)
FROM (
    SELECT c.service
    FROM couvertures c
    WHERE c.niveau = 'pays' OR (c.niveau = 'commune' AND EXISTS (
        SELECT FROM appartenances a WHERE a.niveau = 'pays' AND a.commune = c.code
    ))
    GROUP BY c.service
    HAVING sum(c.lieux) FILTER (WHERE c.niveau = 'commune')
               IS DISTINCT FROM sum(c.lieux) FILTER (WHERE c.niveau = 'pays')
        OR sum(c.population_couverte) FILTER (WHERE c.niveau = 'commune')
               IS DISTINCT FROM sum(c.population_couverte) FILTER (WHERE c.niveau = 'pays')
) p
UNION ALL
SELECT 'lieux_perdus', abs((SELECT count(*) FROM lieux_services)
    - (SELECT coalesce(sum(lieux), 0) FROM couvertures WHERE niveau = 'commune'))
UNION ALL
SELECT 'taux_hors_bornes', count(*) FROM taux WHERE taux NOT BETWEEN 0 AND 1;
