-- The sources of the publication, territories first.
SELECT id, nom, producteur, licence, url, date_donnees, role, statut, lignes_lues, lignes_chargees,
       lignes_rejetees, lignes_reparees, exhaustive, note
FROM sources
ORDER BY role <> 'territoires', statut <> 'chargee', id
