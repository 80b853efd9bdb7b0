-- The services of the référentiel, in its order.
SELECT s.code, s.libelle, s.description, s.enjeu, e.theme, d.service IS NOT NULL AS documente
FROM services s
JOIN enjeux e ON e.code = s.enjeu
JOIN themes t ON t.code = e.theme
LEFT JOIN services_documentes d ON d.service = s.code
ORDER BY t.ordre, e.ordre, s.ordre, s.code
