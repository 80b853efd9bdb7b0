-- The point that stands for a commune in distances: its mairie where the point can be trusted,
-- else a point inside its polygon. The parameter is the service the mairies give.

INSERT INTO chefs_lieux (commune, origine, geom)
SELECT t.code,
       CASE WHEN m.geom IS NULL THEN 'centre' ELSE 'mairie' END,
       coalesce(m.geom, t.centre)
FROM territoires t
LEFT JOIN (
    SELECT DISTINCT ON (l.commune) l.commune, l.geom
    FROM lieux l
    JOIN lieux_services s ON s.lieu = l.id
    WHERE s.service = %(service_mairie)s AND l.localisation IN ('point', 'adresse')
    ORDER BY l.commune, l.ecart_km, l.id
) m ON m.commune = t.code
WHERE t.niveau = 'commune' AND coalesce(m.geom, t.centre) IS NOT NULL
ORDER BY t.code;
