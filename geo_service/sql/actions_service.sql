-- As actions.sql, for the actions that give a service.
SELECT p.id, p.titre, p.description, p.url, p.porteur_niveau, p.porteur_code,
       t.nom AS porteur_nom, p.type, p.statut, p.date_debut::text, p.date_fin::text,
       p.date_maj::text, p.source,
       (SELECT array_agg(s.service ORDER BY s.service) FROM actions_services s
        WHERE s.action = p.id) AS services,
       (SELECT json_agg(json_build_object('id', c.id, 'nom', c.nom) ORDER BY c.nom, c.id)
        FROM actions_acteurs x JOIN acteurs c ON c.id = x.acteur WHERE x.action = p.id) AS acteurs,
       (SELECT json_agg(json_build_array(ST_X(l.geom), ST_Y(l.geom)) ORDER BY l.rang)
        FROM actions_points l WHERE l.action = p.id) AS points,
       coalesce(ST_X(l.geom), ST_X(t.centre)) AS lon, coalesce(ST_Y(l.geom), ST_Y(t.centre)) AS lat
FROM (
    SELECT q.rang, a.*
    FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS q (niveau, code, rang)
    JOIN actions_par_porteur s
        ON s.service = %(service)s AND s.porteur_niveau = q.niveau AND s.porteur_code = q.code
    JOIN actions a ON a.id = s.action
    ORDER BY q.rang, a.titre, a.id
    LIMIT %(limite)s OFFSET %(sautees)s
) p
JOIN territoires t ON t.niveau = p.porteur_niveau AND t.code = p.porteur_code
LEFT JOIN actions_points l ON l.action = p.id AND l.rang = 1
ORDER BY p.rang, p.titre, p.id
