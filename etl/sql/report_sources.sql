-- The sources of a publication and the count of their rows, those read row by row first.
-- Parameter: source (null: all).
SELECT id, nom, producteur, licence, date_donnees, role, statut, lignes_lues, lignes_chargees,
       lignes_rejetees, lignes_reparees,
       lignes_rejetees / nullif(lignes_lues, 0)::float8 AS part_rejetee
FROM sources
WHERE %(source)s::text IS NULL OR id = %(source)s
ORDER BY lignes_lues IS NULL, id
