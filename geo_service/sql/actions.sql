-- The rows of a page of actions: of the `page` that the file before this one chose.
SELECT p.total, p.id, p.titre, p.description, p.url, p.porteur_niveau, p.porteur_code,
       t.nom AS porteur_nom, p.type, p.statut, p.date_debut::text, p.date_fin::text,
       p.date_maj::text, p.source,
       (SELECT array_agg(s.service ORDER BY s.service) FROM actions_services s
        WHERE s.action = p.id) AS services,
       (SELECT json_agg(json_build_object('id', c.id, 'nom', c.nom) ORDER BY c.nom, c.id)
        FROM actions_acteurs x JOIN acteurs c ON c.id = x.acteur WHERE x.action = p.id) AS acteurs,
       (SELECT json_agg(json_build_array(ST_X(l.geom), ST_Y(l.geom)) ORDER BY l.rang)
        FROM actions_points l WHERE l.action = p.id) AS points,
       coalesce(ST_X(l.geom), ST_X(t.centre)) AS lon, coalesce(ST_Y(l.geom), ST_Y(t.centre)) AS lat
FROM page p
JOIN territoires t ON t.niveau = p.porteur_niveau AND t.code = p.porteur_code
LEFT JOIN actions_points l ON l.action = p.id AND l.rang = 1
ORDER BY p.rang, left(p.titre, 100), p.id
