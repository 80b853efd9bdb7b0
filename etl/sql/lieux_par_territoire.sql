-- Lieux of each service in each territory, as services count them: the one join of the coverage that
-- grows with the lieux. A distributed engine may have counted them instead (etl/engine/places.py).
INSERT INTO lieux_par_territoire (niveau, code, service, lieux)
WITH lieux_par_commune AS (
    SELECT l.commune, s.service, count(*) AS lieux
    FROM lieux l
    JOIN lieux_services s ON s.lieu = l.id
    GROUP BY l.commune, s.service
)
SELECT a.niveau, a.code, c.service, sum(c.lieux)
FROM lieux_par_commune c
JOIN appartenances a ON a.commune = c.commune
GROUP BY a.niveau, a.code, c.service;
