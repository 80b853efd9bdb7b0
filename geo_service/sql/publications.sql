-- The publications of the catalogue, the newest first.
SELECT p.id, p.creee_le, p.activee_le, a.publication IS NOT NULL AS active, p.millesime, p.durees,
       p.controles
FROM atlas.publications p
LEFT JOIN atlas.publication_active a ON a.publication = p.id
ORDER BY p.creee_le DESC, p.id
