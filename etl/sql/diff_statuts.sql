-- Services whose statut changed in a commune; communes and services that are in both schemas.
WITH a AS (
    SELECT code, service, statut FROM {a}.couvertures WHERE niveau = 'commune'
), b AS (
    SELECT code, service, statut FROM {b}.couvertures WHERE niveau = 'commune'
)
SELECT 'statut' AS objet, 'changement' AS nature, NULL AS source, 'commune' AS niveau, t.code, t.nom,
       service AS champ, coalesce(a.statut, 'non_renseigne') AS avant,
       coalesce(b.statut, 'non_renseigne') AS apres
FROM a
FULL JOIN b USING (code, service)
JOIN {b}.territoires t ON t.niveau = 'commune' AND t.code = coalesce(a.code, b.code)
WHERE coalesce(a.statut, 'non_renseigne') <> coalesce(b.statut, 'non_renseigne')
  AND EXISTS (
      SELECT FROM {a}.territoires x WHERE x.niveau = 'commune' AND x.code = t.code
  )
  AND EXISTS (
      SELECT FROM {a}.services JOIN {b}.services y USING (code)
      WHERE y.code = coalesce(a.service, b.service)
  )
ORDER BY service, t.code
