-- The summary of the report, for a spreadsheet: a row for each source, then one for each reason.
-- Shares have a decimal comma, as French spreadsheets read them.
SELECT source, nom, producteur, licence, date_donnees, statut, lignes_lues, lignes_chargees,
       lignes_reparees, lignes_rejetees, gravite, motif, libelle, nombre,
       replace(round(nombre / nullif(lignes_lues, 0)::numeric, 4)::text, '.', ',') AS part
FROM (
    SELECT id AS source, nom, producteur, licence, date_donnees, statut, lignes_lues,
           lignes_chargees, lignes_reparees, lignes_rejetees, 0 AS rang,
           NULL AS gravite, NULL AS motif, NULL AS libelle, NULL::int AS nombre
    FROM sources
    UNION ALL
    SELECT source, NULL, NULL, NULL, NULL, NULL, s.lignes_lues, NULL, NULL, NULL,
           CASE gravite WHEN 'rejet' THEN 1 WHEN 'reparation' THEN 2 ELSE 3 END,
           gravite, motif, libelle, nombre
    FROM rapports r
    JOIN sources s ON s.id = r.source
) lignes
ORDER BY source, rang, nombre DESC, motif
