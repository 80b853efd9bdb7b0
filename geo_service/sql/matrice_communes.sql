-- Every commune, in the order of the rows of the matrices (see matrices.py).
SELECT code, population, population / nullif(superficie_km2, 0), geom IS NOT NULL
FROM territoires
WHERE niveau = 'commune'
ORDER BY code COLLATE "C"
