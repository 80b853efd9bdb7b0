-- Organisations that take part in actions of a territory or near it, the nearest first.
--
-- An action is in the territory when its carrier has a commune there or it takes place there
-- (distance 0); else its distance is that of its nearest point, or of its carrier's centre when it has
-- none, to the centre of the territory, over the ellipsoid. The carriers that hold the whole territory
-- (its département, its région) are in it.
WITH lieu AS (
    SELECT centre::geography AS centre,
           ST_Expand(centre, %(rayon_km)s / 111.0 / greatest(cos(radians(ST_Y(centre))), 0.05),
                     %(rayon_km)s / 110.0) AS fenetre
    FROM territoires WHERE niveau = %(niveau)s AND code = %(code)s
), membres AS MATERIALIZED (
    SELECT commune FROM appartenances WHERE niveau = %(niveau)s AND code = %(code)s
), porteurs AS MATERIALIZED (
    SELECT DISTINCT a.niveau, a.code, 0::float8 AS km
    FROM membres m JOIN appartenances a USING (commune)
), voisins AS MATERIALIZED (
    SELECT t.niveau, t.code, ST_Distance(t.centre::geography, l.centre) / 1000 AS km
    FROM territoires t, lieu l
    WHERE t.centre && l.fenetre AND t.niveau IN ('commune', 'epci', 'ept')
      AND ST_DWithin(t.centre::geography, l.centre, %(rayon_km)s * 1000)
), proches AS (
    SELECT a.id, p.km
    FROM porteurs p JOIN actions a ON a.porteur_niveau = p.niveau AND a.porteur_code = p.code
    UNION ALL
    SELECT a.id, v.km
    FROM voisins v JOIN actions a ON a.porteur_niveau = v.niveau AND a.porteur_code = v.code
    WHERE NOT EXISTS (SELECT FROM actions_points p WHERE p.action = a.id)
    UNION ALL
    SELECT p.action, 0
    FROM membres m JOIN actions_points p USING (commune)
    UNION ALL
    SELECT p.action, ST_Distance(p.geom::geography, l.centre) / 1000
    FROM lieu l JOIN actions_points p ON p.geom && l.fenetre
    WHERE ST_DWithin(p.geom::geography, l.centre, %(rayon_km)s * 1000)
), travaux AS MATERIALIZED (
    SELECT x.acteur, x.action, min(p.km) AS km
    FROM proches p
    JOIN actions_acteurs x ON x.action = p.id
    WHERE %(services)s::text[] IS NULL OR EXISTS (
        SELECT FROM actions_services s WHERE s.action = p.id AND s.service = ANY (%(services)s)
    )
    GROUP BY x.acteur, x.action
), acteurs_proches AS (
    SELECT acteur, count(*) AS actions, (array_agg(action ORDER BY km, action))[1] AS action,
           min(km) AS km
    FROM travaux GROUP BY acteur
)
SELECT n.total, p.acteur AS id, c.nom, c.siren, p.actions, p.km AS distance_km,
       a.id AS action_id, a.titre AS action_titre, a.url AS action_url,
       a.porteur_niveau, a.porteur_code, t.nom AS porteur_nom,
       (SELECT array_agg(DISTINCT s.service ORDER BY s.service)
        FROM travaux w JOIN actions_services s ON s.action = w.action
        WHERE w.acteur = p.acteur) AS services
FROM (SELECT count(*) AS total FROM acteurs_proches) n
LEFT JOIN LATERAL (
    SELECT * FROM acteurs_proches ORDER BY km, actions DESC, acteur LIMIT %(limite)s
) p ON true
LEFT JOIN acteurs c ON c.id = p.acteur
LEFT JOIN actions a ON a.id = p.action
LEFT JOIN territoires t ON t.niveau = a.porteur_niveau AND t.code = a.porteur_code
ORDER BY p.km, p.actions DESC, p.acteur
