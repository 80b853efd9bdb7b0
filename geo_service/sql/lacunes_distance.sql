-- Pairs commune × service farther than a distance from the nearest lieu.
SELECT d.commune, d.service
FROM appartenances m
JOIN distances d ON d.commune = m.commune
WHERE m.niveau = %(niveau)s AND m.code = %(code)s
  AND d.service = ANY (%(services)s::text[]) AND d.distance_km > %(distance_km)s
