-- Communes of a territory, with the lieu of a service nearest to each.
SELECT m.commune AS code, d.distance_km, d.duree_min, d.autre_terre, a.p_valeur,
       l.id AS lieu_id, l.nom AS lieu_nom, n.nom AS lieu_commune, l.localisation
FROM appartenances m
LEFT JOIN accessibilites a ON a.service = %(service)s AND a.commune = m.commune
LEFT JOIN distances d ON d.service = %(service)s AND d.commune = m.commune
LEFT JOIN lieux l ON l.id = d.lieu
LEFT JOIN territoires n ON n.niveau = 'commune' AND n.code = l.commune
WHERE m.niveau = %(niveau)s AND m.code = %(code)s
ORDER BY m.commune
