-- Description of some territories, in the order of the two arrays; parents are the larger
-- territories that share communes with each, the one with most of its communes first.
WITH rangs (niveau, rang) AS (
    VALUES ('arrondissement', 0), ('commune', 1), ('ept', 2), ('epci', 3), ('departement', 4),
           ('region', 5), ('groupe', 5), ('pays', 6)
), demandes AS MATERIALIZED (
    SELECT d.ordre, d.niveau, d.code, r.rang
    FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS d (niveau, code, ordre)
    JOIN rangs r ON r.niveau = d.niveau
), temoins AS MATERIALIZED (
    -- Départements and régions nest: one of their communes tells their parents.
    SELECT d.ordre, d.rang, m.commune
    FROM demandes d
    CROSS JOIN LATERAL (
        SELECT a.commune
        FROM appartenances a
        WHERE a.niveau = d.niveau AND a.code = d.code
        ORDER BY a.commune
        LIMIT CASE WHEN d.niveau IN ('departement', 'region') THEN 1 END
    ) m
    WHERE d.niveau <> 'pays'
    UNION ALL
    SELECT d.ordre, d.rang, o.commune
    FROM demandes d
    JOIN codes_anciens o ON o.code = d.code
    WHERE d.niveau = 'arrondissement'
), parents AS (
    SELECT p.ordre,
           json_agg(json_build_object('niveau', p.niveau, 'code', p.code, 'nom', t.nom)
                    ORDER BY p.rang, p.communes DESC, p.code) AS parents
    FROM (
        SELECT w.ordre, a.niveau, a.code, r.rang, count(*) AS communes
        FROM temoins w
        JOIN appartenances a ON a.commune = w.commune
        JOIN rangs r ON r.niveau = a.niveau AND r.rang > w.rang AND r.niveau <> 'groupe'
        GROUP BY w.ordre, a.niveau, a.code, r.rang
    ) p
    JOIN territoires t ON t.niveau = p.niveau AND t.code = p.code
    GROUP BY p.ordre
)
SELECT t.niveau, t.code, t.nom, t.nature, t.population, t.population_annee, t.superficie_km2,
       t.emprise, ST_X(t.centre) AS lon, ST_Y(t.centre) AS lat,
       coalesce(p.parents, '[]') AS parents
FROM demandes d
JOIN territoires t ON t.niveau = d.niveau AND t.code = d.code
LEFT JOIN parents p ON p.ordre = d.ordre
ORDER BY d.ordre
