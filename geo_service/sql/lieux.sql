-- Lieux of a territory, by commune and name, with their exact count before the cut.
WITH retenus AS MATERIALIZED (
    SELECT l.id, l.commune, l.nom
    FROM appartenances m
    JOIN lieux l ON l.commune = m.commune
    WHERE m.niveau = %(niveau)s AND m.code = %(code)s
      AND (%(service)s::text IS NULL OR EXISTS (
          SELECT FROM lieux_services s WHERE s.lieu = l.id AND s.service = %(service)s
      ))
), page AS (
    SELECT r.*, t.nom AS commune_nom
    FROM retenus r
    JOIN territoires t ON t.niveau = 'commune' AND t.code = r.commune
    ORDER BY t.recherche, r.commune, r.nom, r.id
    LIMIT %(limite)s
)
SELECT n.total, p.id, l.nom, p.commune, p.commune_nom, l.adresse, l.horaires, l.site_web,
       (SELECT array_agg(s.service ORDER BY s.service) FROM lieux_services s WHERE s.lieu = p.id)
           AS services,
       ST_X(l.geom) AS lon, ST_Y(l.geom) AS lat, l.source, l.localisation,
       l.precision_m,
       (SELECT jsonb_agg(jsonb_build_object('source', v.source, 'identifiant', v.identifiant,
                                            'nom', v.nom) ORDER BY v.source COLLATE "C")
        FROM lieux_provenances v WHERE v.lieu = p.id) AS provenances
FROM (SELECT count(*) AS total FROM retenus) n
LEFT JOIN page p ON true
LEFT JOIN lieux l ON l.id = p.id
LEFT JOIN territoires t ON t.niveau = 'commune' AND t.code = p.commune
ORDER BY t.recherche, p.commune, l.nom, p.id
