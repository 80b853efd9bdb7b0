-- Writes the rates of a publication (the schema of the search_path) into the history, where they
-- differ from the last ones written. Parameter: ordre, of the publication in the history.
--
-- A commune's rate is presents / documentes: only `presents` is compared, so that one more
-- documented service does not rewrite every commune. An axis that is no longer documented keeps its
-- last rows: the reader looks for the axes of each publication first.
WITH derniers AS (
    SELECT DISTINCT ON (niveau, code, axe, axe_code) niveau, code, axe, axe_code, presents, taux
    FROM atlas.historique
    ORDER BY niveau, code, axe, axe_code, ordre DESC
), maintenant AS (
    SELECT niveau, code, axe, axe_code, presents,
           CASE WHEN niveau <> 'commune' THEN taux END AS taux
    FROM taux
)
INSERT INTO atlas.historique (niveau, code, axe, axe_code, ordre, presents, taux)
SELECT niveau, code, axe, axe_code, %(ordre)s, m.presents, m.taux
FROM maintenant m
FULL JOIN derniers d USING (niveau, code, axe, axe_code)
WHERE (m.presents, m.taux) IS DISTINCT FROM (d.presents, d.taux)
  AND EXISTS (
      SELECT FROM atlas.historique_axes a
      WHERE a.ordre = %(ordre)s AND a.axe = axe AND a.axe_code = axe_code
  )
ORDER BY niveau, code, axe, axe_code
