-- Actions an organisation takes part in, the latest first.
SELECT a.id, a.titre, a.url, a.porteur_niveau, a.porteur_code, t.nom AS porteur_nom, a.statut,
       a.date_debut::text, a.date_fin::text,
       (SELECT array_agg(s.service ORDER BY s.service) FROM actions_services s WHERE s.action = a.id)
           AS services
FROM actions_acteurs x
JOIN actions a ON a.id = x.action
JOIN territoires t ON t.niveau = a.porteur_niveau AND t.code = a.porteur_code
WHERE x.acteur = %(id)s
ORDER BY coalesce(a.date_fin, a.date_maj, a.date_debut) DESC NULLS LAST, a.titre, a.id
LIMIT %(limite)s
