-- Territories that came, went, changed name, population or outline, and members that did.
SELECT 'territoire' AS objet,
       CASE WHEN a.code IS NULL THEN 'ajout' WHEN b.code IS NULL THEN 'retrait' ELSE 'changement' END
           AS nature,
       NULL AS source, niveau, code, coalesce(b.nom, a.nom) AS nom, f.champ, f.avant, f.apres
FROM {a}.territoires a
FULL JOIN {b}.territoires b USING (niveau, code)
CROSS JOIN LATERAL (
    VALUES ('nom', a.nom, b.nom),
           ('nature', a.nature, b.nature),
           ('population', a.population::text, b.population::text),
           ('contour',
            CASE WHEN a.geom IS NOT NULL THEN 'ancien' END,
            CASE WHEN b.geom IS NOT NULL THEN
                CASE WHEN a.geom IS NOT NULL AND a.geom = b.geom THEN 'ancien' ELSE 'nouveau' END
            END)
) AS f (champ, avant, apres)
WHERE f.avant IS DISTINCT FROM f.apres
UNION ALL
SELECT 'appartenance', CASE WHEN a.code IS NULL THEN 'ajout' ELSE 'retrait' END, NULL, niveau, code,
       t.nom, 'commune', CASE WHEN b.code IS NULL THEN commune END,
       CASE WHEN a.code IS NULL THEN commune END
FROM (SELECT niveau, code, commune FROM {a}.appartenances WHERE niveau <> 'commune') a
FULL JOIN (SELECT niveau, code, commune FROM {b}.appartenances WHERE niveau <> 'commune') b
    USING (niveau, code, commune)
JOIN (
    -- Territories that are in both: those that came or went are told as such.
    SELECT niveau, code, b.nom FROM {a}.territoires JOIN {b}.territoires b USING (niveau, code)
) t USING (niveau, code)
WHERE a.code IS NULL OR b.code IS NULL
ORDER BY 1 DESC, 4, 5, 7, 8, 9
