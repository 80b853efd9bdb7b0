-- The rows of a page of lieux: of the `page` that the file before this one chose.
SELECT l.id, l.nom, l.commune, t.nom AS commune_nom, l.adresse, l.horaires, l.site_web,
       l.accessibilite, l.telephone, l.date_maj::text,
       (SELECT array_agg(s.service ORDER BY s.service) FROM lieux_services s WHERE s.lieu = l.id)
           AS services,
       ST_X(l.geom) AS lon, ST_Y(l.geom) AS lat, l.source, l.localisation,
       l.precision_m,
       (SELECT jsonb_agg(jsonb_build_object('source', v.source, 'identifiant', v.identifiant,
                                            'nom', v.nom) ORDER BY v.source COLLATE "C")
        FROM lieux_provenances v WHERE v.lieu = l.id) AS provenances
FROM page l
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
ORDER BY l.rang, left(l.nom, 100), l.id
