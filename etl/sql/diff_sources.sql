-- Sources that came, went or changed from schema {a} to schema {b}.
SELECT 'source' AS objet,
       CASE WHEN a.id IS NULL THEN 'ajout' WHEN b.id IS NULL THEN 'retrait' ELSE 'changement' END
           AS nature,
       id AS source, NULL AS niveau, id AS code, coalesce(b.nom, a.nom) AS nom,
       f.champ, f.avant, f.apres
FROM {a}.sources a
FULL JOIN {b}.sources b USING (id)
CROSS JOIN LATERAL (
    VALUES ('statut', a.statut, b.statut),
           ('fichier', left(a.empreinte, 12), left(b.empreinte, 12)),
           ('nom', a.nom, b.nom),
           ('producteur', a.producteur, b.producteur),
           ('licence', a.licence, b.licence),
           ('date_donnees', a.date_donnees::text, b.date_donnees::text),
           ('lignes_lues', a.lignes_lues::text, b.lignes_lues::text),
           ('lignes_chargees', a.lignes_chargees::text, b.lignes_chargees::text),
           ('lignes_reparees', a.lignes_reparees::text, b.lignes_reparees::text),
           ('lignes_rejetees', a.lignes_rejetees::text, b.lignes_rejetees::text),
           ('exhaustive', array_to_string(a.exhaustive, ', '), array_to_string(b.exhaustive, ', '))
) AS f (champ, avant, apres)
WHERE nullif(f.avant, '') IS DISTINCT FROM nullif(f.apres, '')
ORDER BY id, f.champ
