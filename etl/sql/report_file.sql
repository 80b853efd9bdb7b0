-- Every refused, repaired or flagged row, for a spreadsheet. Text that it would take for a formula
-- (OWASP, CSV injection) is preceded by an apostrophe; titles of columns come from the files too.
SELECT source, ligne,
       CASE WHEN champ ~ '^[=+@\t\r\n-]' THEN chr(39) || champ ELSE champ END AS champ,
       gravite, motif,
       CASE WHEN phrase ~ '^[=+@\t\r\n-]' THEN chr(39) || phrase ELSE phrase END AS phrase,
       CASE WHEN valeur ~ '^[=+@\t\r\n-]' THEN chr(39) || valeur ELSE valeur END AS valeur
FROM signalements
ORDER BY source, CASE gravite WHEN 'rejet' THEN 1 WHEN 'reparation' THEN 2 ELSE 3 END, ligne,
         signalements.id
