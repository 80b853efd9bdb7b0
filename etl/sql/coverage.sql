-- Statut of each service in each territory, from lieux, actions and exhaustive sources (DESIGN §5).
-- Runs in the schema of a publication being built, `lieux_par_territoire` filled. Rows exist only
-- where something is known: no row in `couvertures` means non_renseigne.

INSERT INTO services_documentes (service)
SELECT service FROM lieux_services
UNION SELECT service FROM actions_services
UNION SELECT service FROM exhaustivites
ORDER BY service;

-- Which territories each carrier reaches, and whether it lies wholly inside them. An action is
-- carried *in* the territories that hold all communes of its carrier, and shared *with* the others.
CREATE TEMPORARY TABLE portees ON COMMIT DROP AS
WITH porteurs AS (
    SELECT DISTINCT porteur_niveau, porteur_code FROM actions
), etendues AS (
    SELECT p.porteur_niveau, p.porteur_code, a.commune,
           count(*) OVER (PARTITION BY p.porteur_niveau, p.porteur_code) AS communes
    FROM porteurs p
    JOIN appartenances a ON a.niveau = p.porteur_niveau AND a.code = p.porteur_code
)
SELECT e.porteur_niveau, e.porteur_code, t.niveau, t.code, count(*) = max(e.communes) AS dedans
FROM etendues e
JOIN appartenances t ON t.commune = e.commune
GROUP BY e.porteur_niveau, e.porteur_code, t.niveau, t.code;

INSERT INTO actions_par_porteur (service, porteur_niveau, porteur_code, action)
SELECT s.service, a.porteur_niveau, a.porteur_code, s.action
FROM actions_services s
JOIN actions a ON a.id = s.action
ORDER BY s.service, a.porteur_niveau, a.porteur_code, s.action;

-- An action that is only planned, or that was given up, is shown but covers nobody.
CREATE TEMPORARY TABLE actions_comptees ON COMMIT DROP AS
SELECT p.service, p.porteur_niveau, p.porteur_code, p.action
FROM actions_par_porteur p
JOIN actions a ON a.id = p.action
WHERE a.statut IS NULL OR a.statut NOT IN ('prevue', 'abandonnee');

CREATE TEMPORARY TABLE actions_par_territoire ON COMMIT DROP AS
WITH par_porteur AS (
    SELECT porteur_niveau, porteur_code, service, count(*) AS actions
    FROM actions_comptees
    GROUP BY porteur_niveau, porteur_code, service
)
SELECT p.niveau, p.code, a.service,
       sum(a.actions) AS actions,
       bool_or(p.dedans) AS dedans
FROM par_porteur a
JOIN portees p USING (porteur_niveau, porteur_code)
GROUP BY p.niveau, p.code, a.service;

-- Of the communes an action is for, it is present in those where it takes place.
CREATE TEMPORARY TABLE actions_sur_place ON COMMIT DROP AS
SELECT DISTINCT p.commune, a.service
FROM actions_points p
JOIN actions_comptees a ON a.action = p.action
JOIN portees r ON r.porteur_niveau = a.porteur_niveau AND r.porteur_code = a.porteur_code
              AND r.niveau = 'commune' AND r.code = p.commune;

-- Communes.
INSERT INTO couvertures (niveau, code, service, statut, actions, lieux, communes_presentes,
                         communes_partagees, communes_absentes, population_couverte,
                         population_absente)
WITH lieux_par_commune AS (
    SELECT code AS commune, service, lieux FROM lieux_par_territoire WHERE niveau = 'commune'
), faits AS (
    SELECT coalesce(l.commune, a.code, e.commune) AS commune,
           coalesce(l.service, a.service, e.service) AS service,
           coalesce(l.lieux, 0) AS lieux,
           coalesce(a.actions, 0) AS actions,
           CASE
               WHEN l.lieux > 0 OR a.dedans OR p.service IS NOT NULL THEN 'present'
               WHEN a.actions > 0 THEN 'partage'
               ELSE 'absent'
           END AS statut
    FROM lieux_par_commune l
    FULL JOIN (SELECT * FROM actions_par_territoire WHERE niveau = 'commune') a
        ON a.code = l.commune AND a.service = l.service
    FULL JOIN (SELECT DISTINCT service, commune FROM exhaustivites) e
        ON e.commune = coalesce(l.commune, a.code) AND e.service = coalesce(l.service, a.service)
    LEFT JOIN actions_sur_place p ON p.commune = a.code AND p.service = a.service
)
SELECT 'commune', f.commune, f.service, f.statut, f.actions, f.lieux,
       (f.statut = 'present')::int, (f.statut = 'partage')::int, (f.statut = 'absent')::int,
       CASE WHEN f.statut IN ('present', 'partage') THEN coalesce(t.population, 0) ELSE 0 END,
       CASE WHEN f.statut = 'absent' THEN coalesce(t.population, 0) ELSE 0 END
FROM faits f
JOIN territoires t ON t.niveau = 'commune' AND t.code = f.commune
ORDER BY f.commune, f.service;

ANALYZE couvertures;

-- Larger territories: sums over their communes. Absent only when every commune is known to lack it.
INSERT INTO couvertures (niveau, code, service, statut, actions, lieux, communes_presentes,
                         communes_partagees, communes_absentes, population_couverte,
                         population_absente)
WITH tailles AS (
    SELECT niveau, code, count(*) AS communes FROM appartenances GROUP BY niveau, code
), sommes AS (
    SELECT a.niveau, a.code, c.service,
           sum(c.communes_presentes) AS presentes,
           sum(c.communes_partagees) AS partagees,
           sum(c.communes_absentes) AS absentes,
           sum(c.population_couverte) AS population_couverte,
           sum(c.population_absente) AS population_absente
    FROM couvertures c
    JOIN appartenances a ON a.commune = c.code
    WHERE c.niveau = 'commune' AND a.niveau <> 'commune'
    GROUP BY a.niveau, a.code, c.service
)
SELECT s.niveau, s.code, s.service,
       CASE
           WHEN s.presentes > 0 OR p.dedans THEN 'present'
           WHEN s.partagees > 0 THEN 'partage'
           WHEN s.absentes = t.communes THEN 'absent'
           ELSE 'non_renseigne'
       END,
       coalesce(p.actions, 0), coalesce(l.lieux, 0), s.presentes, s.partagees, s.absentes,
       s.population_couverte, s.population_absente
FROM sommes s
JOIN tailles t USING (niveau, code)
LEFT JOIN actions_par_territoire p USING (niveau, code, service)
LEFT JOIN lieux_par_territoire l USING (niveau, code, service)
ORDER BY s.niveau, s.code, s.service;
