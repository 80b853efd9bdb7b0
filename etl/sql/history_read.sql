-- The rates of one territory in every publication, the oldest first.
--
-- Parameters: niveau, code; axe ('ensemble', 'theme', 'enjeu'), axe_code ('' for ensemble);
-- publication: the last one wanted (later ones, gone back from, are left out).
-- Result: publication, creee_le, activee_le (null: never shown), date_donnees, millesime,
-- referentiel, services, documentes, presents, taux. Rates of two publications compare well where
-- `services`, restricted to the axis, are the same; else the count of present services still does.
SELECT p.publication, p.creee_le, p.activee_le, p.date_donnees, p.millesime, p.referentiel,
       p.services, a.documentes, h.presents,
       CASE WHEN %(niveau)s = 'commune' THEN h.presents::float8 / a.documentes ELSE h.taux END
           AS taux
FROM atlas.historique_publications p
JOIN atlas.historique_axes a ON a.ordre = p.ordre
CROSS JOIN LATERAL (
    SELECT presents, taux
    FROM atlas.historique
    WHERE niveau = %(niveau)s AND code = %(code)s AND axe = a.axe AND axe_code = a.axe_code
      AND ordre <= p.ordre
    ORDER BY ordre DESC
    LIMIT 1
) h
WHERE a.axe = %(axe)s AND a.axe_code = %(axe_code)s
  AND p.ordre <= (
      SELECT max(ordre) FROM atlas.historique_publications WHERE publication = %(publication)s
  )
  AND h.presents IS NOT NULL
ORDER BY p.ordre
