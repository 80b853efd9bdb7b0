-- The enjeux of the référentiel, in its order.
SELECT e.code, e.libelle, e.theme
FROM enjeux e
JOIN themes t ON t.code = e.theme
ORDER BY t.ordre, e.ordre, e.code
