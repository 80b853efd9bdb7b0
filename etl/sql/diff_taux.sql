-- Rates over all services that changed, and what they are made of; territories of both schemas.
SELECT 'taux' AS objet, 'changement' AS nature, NULL AS source, niveau, code, t.nom,
       'ensemble' AS champ,
       round(a.taux::numeric, 4)::text AS avant, round(b.taux::numeric, 4)::text AS apres
FROM {a}.taux a
JOIN {b}.taux b USING (niveau, code, axe, axe_code)
JOIN {b}.territoires t USING (niveau, code)
WHERE axe = 'ensemble' AND a.taux IS DISTINCT FROM b.taux
ORDER BY niveau, code
