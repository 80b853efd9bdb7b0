-- The publications that are kept, the newest first.
SELECT id, millesime, creee_le,
       coalesce((entrees #>> '{atlas,synthetique}')::boolean, false) AS synthetique
FROM atlas.publications
ORDER BY creee_le DESC, id
