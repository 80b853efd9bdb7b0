-- Every publication of the history up to one, the oldest first, that documents an axis. Parameters: axe
-- ('ensemble', 'theme', 'enjeu'), axe_code ('' for ensemble), publication. Rates of two publications
-- compare well where `services`, restricted to the axis, are the same; else the count of present
-- services still does.
SELECT p.ordre, p.publication, p.creee_le, p.activee_le, p.date_donnees, p.millesime, p.referentiel,
       p.services, a.documentes
FROM atlas.historique_publications p
JOIN atlas.historique_axes a ON a.ordre = p.ordre
WHERE a.axe = %(axe)s AND a.axe_code = %(axe_code)s
  AND p.ordre <= (
      SELECT max(ordre) FROM atlas.historique_publications WHERE publication = %(publication)s
  )
ORDER BY p.ordre
