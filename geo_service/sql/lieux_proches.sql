-- Nearest lieu of each pair commune × service, in their order; pairs without any are left out.
SELECT p.commune, d.distance_km, l.id, l.nom, l.commune AS lieu_commune
FROM unnest(%(communes)s::text[], %(services)s::text[])
    WITH ORDINALITY AS p (commune, service, rang)
JOIN distances d ON d.service = p.service AND d.commune = p.commune
JOIN lieux l ON l.id = d.lieu
ORDER BY p.rang
