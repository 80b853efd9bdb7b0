-- Borders between territories of the same niveau, each from both sides.
SELECT niveau, code, voisin, longueur_km
FROM voisinages
ORDER BY niveau COLLATE "C", code COLLATE "C", voisin COLLATE "C"
