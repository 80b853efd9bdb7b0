-- Rates of coverage of every territory, over all services, by thème and by enjeu (DESIGN §5).
-- A commune's rate is k / n, services present or shared over documented services. A larger
-- territory's is the mean of its communes' weighted by population, which is the same as
-- sum over services of population_couverte / (n * population).

INSERT INTO taux (niveau, code, axe, axe_code, documentes, presents, taux)
WITH axes AS (
    SELECT d.service, x.axe, x.axe_code
    FROM services_documentes d
    JOIN services s ON s.code = d.service
    JOIN enjeux e ON e.code = s.enjeu
    CROSS JOIN LATERAL (
        VALUES ('ensemble', ''), ('theme', e.theme), ('enjeu', e.code)
    ) AS x (axe, axe_code)
), documentes AS (
    SELECT axe, axe_code, count(*) AS documentes FROM axes GROUP BY axe, axe_code
), mesures AS (
    SELECT c.niveau, c.code, a.axe, a.axe_code,
           count(*) FILTER (WHERE c.statut IN ('present', 'partage')) AS presents,
           sum(c.population_couverte) AS population_couverte
    FROM couvertures c
    JOIN axes a USING (service)
    GROUP BY c.niveau, c.code, a.axe, a.axe_code
), membres AS (
    SELECT DISTINCT niveau, code FROM appartenances
)
SELECT t.niveau, t.code, d.axe, d.axe_code, d.documentes, coalesce(m.presents, 0),
       CASE
           WHEN t.niveau = 'commune' THEN coalesce(m.presents, 0)::float8 / d.documentes
           ELSE coalesce(m.population_couverte, 0)::float8
                / nullif(d.documentes * t.population::float8, 0)
       END
FROM territoires t
JOIN membres USING (niveau, code)
CROSS JOIN documentes d
LEFT JOIN mesures m
    ON m.niveau = t.niveau AND m.code = t.code AND m.axe = d.axe AND m.axe_code = d.axe_code
ORDER BY t.niveau, t.code, d.axe, d.axe_code;
