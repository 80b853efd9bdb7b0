-- Organisations whose name or SIREN holds what is asked, those with most actions first.
WITH retenus AS MATERIALIZED (
    SELECT a.id, a.nom, a.siren, (SELECT count(*) FROM actions_acteurs x WHERE x.acteur = a.id) AS actions
    FROM acteurs a
    WHERE (%(q)s::text IS NULL OR a.recherche LIKE '%%' || %(q)s || '%%' OR a.siren = %(siren)s)
      AND (%(id)s::text IS NULL OR a.id = %(id)s)
)
SELECT n.total, p.id, p.nom, p.siren, p.actions,
       (SELECT array_agg(DISTINCT s.service ORDER BY s.service)
        FROM actions_acteurs x JOIN actions_services s USING (action)
        WHERE x.acteur = p.id) AS services
FROM (SELECT count(*) AS total FROM retenus) n
LEFT JOIN LATERAL (
    SELECT * FROM retenus ORDER BY actions DESC, nom, id LIMIT %(limite)s
) p ON true
ORDER BY p.actions DESC, p.nom, p.id
