-- A page of the rows refused, repaired or flagged, in the order they were read.
-- Parameters: source, gravite, motif (null: all), apres (id of the last row shown; 0 at first),
-- limite (null: all).
SELECT id, source, ligne, champ, gravite, motif, phrase, valeur
FROM signalements
WHERE (%(source)s::text IS NULL OR source = %(source)s)
  AND (%(gravite)s::text IS NULL OR gravite = %(gravite)s)
  AND (%(motif)s::text IS NULL OR motif = %(motif)s)
  AND id > %(apres)s
ORDER BY id
LIMIT %(limite)s
