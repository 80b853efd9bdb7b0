-- Actions that reach a territory: their porteur has at least one of its communes. Those of the
-- nearest porteurs come first.
WITH porteurs AS (
    SELECT DISTINCT a.niveau, a.code
    FROM appartenances m
    JOIN appartenances a ON a.commune = m.commune
    WHERE m.niveau = %(niveau)s AND m.code = %(code)s
), retenues AS MATERIALIZED (
    SELECT a.*
    FROM actions a
    JOIN porteurs p ON p.niveau = a.porteur_niveau AND p.code = a.porteur_code
    WHERE %(service)s::text IS NULL OR EXISTS (
        SELECT FROM actions_services s WHERE s.action = a.id AND s.service = %(service)s
    )
)
SELECT n.total, r.id, r.titre, r.description, r.url, r.porteur_niveau, r.porteur_code,
       t.nom AS porteur_nom, r.type, r.source,
       (SELECT array_agg(s.service ORDER BY s.service) FROM actions_services s
        WHERE s.action = r.id) AS services,
       ST_X(t.centre) AS lon, ST_Y(t.centre) AS lat
FROM (SELECT count(*) AS total FROM retenues) n
LEFT JOIN LATERAL (
    SELECT r.*, x.rang
    FROM retenues r
    JOIN unnest(%(niveaux)s::text[]) WITH ORDINALITY AS x (niveau, rang)
        ON x.niveau = r.porteur_niveau
    ORDER BY x.rang, r.titre, r.id
    LIMIT %(limite)s
) r ON true
LEFT JOIN territoires t ON t.niveau = r.porteur_niveau AND t.code = r.porteur_code
ORDER BY r.rang, r.titre, r.id
