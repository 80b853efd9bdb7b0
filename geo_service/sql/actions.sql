-- Actions of some porteurs, in the order given, then by title.
SELECT p.id, p.titre, p.description, p.url, p.porteur_niveau, p.porteur_code,
       t.nom AS porteur_nom, p.type, p.source,
       (SELECT array_agg(s.service ORDER BY s.service) FROM actions_services s
        WHERE s.action = p.id) AS services,
       ST_X(t.centre) AS lon, ST_Y(t.centre) AS lat
FROM (
    SELECT q.rang, a.*
    FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS q (niveau, code, rang)
    JOIN actions a ON a.porteur_niveau = q.niveau AND a.porteur_code = q.code
    ORDER BY q.rang, a.titre, a.id
    LIMIT %(limite)s OFFSET %(sautees)s
) p
JOIN territoires t ON t.niveau = p.porteur_niveau AND t.code = p.porteur_code
ORDER BY p.rang, p.titre, p.id
