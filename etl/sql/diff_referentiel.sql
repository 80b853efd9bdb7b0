-- Services that came, went, were renamed, or are documented in one schema of the two only.
SELECT 'service' AS objet,
       CASE WHEN a.code IS NULL THEN 'ajout' WHEN b.code IS NULL THEN 'retrait' ELSE 'changement' END
           AS nature,
       NULL AS source, NULL AS niveau, code, coalesce(b.libelle, a.libelle) AS nom,
       f.champ, f.avant, f.apres
FROM (
    SELECT s.*, CASE WHEN d.service IS NULL THEN 'non' ELSE 'oui' END AS documente
    FROM {a}.services s LEFT JOIN {a}.services_documentes d ON d.service = s.code
) a
FULL JOIN (
    SELECT s.*, CASE WHEN d.service IS NULL THEN 'non' ELSE 'oui' END AS documente
    FROM {b}.services s LEFT JOIN {b}.services_documentes d ON d.service = s.code
) b USING (code)
CROSS JOIN LATERAL (
    VALUES ('libelle', a.libelle, b.libelle),
           ('enjeu', a.enjeu, b.enjeu),
           ('documente', a.documente, b.documente)
) AS f (champ, avant, apres)
WHERE f.avant IS DISTINCT FROM f.apres
ORDER BY code, f.champ
