-- Communes that have lieux, in the order of the list of lieux, and how many they have.
SELECT 'commune', l.commune, count(*)
FROM lieux l
JOIN territoires t ON t.niveau = 'commune' AND t.code = l.commune
GROUP BY l.commune, t.recherche
ORDER BY t.recherche COLLATE "C", l.commune COLLATE "C"
