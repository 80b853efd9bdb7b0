-- The publications that are kept, the newest first.
SELECT id, millesime, creee_le FROM atlas.publications ORDER BY creee_le DESC, id
