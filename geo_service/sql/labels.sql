-- Labels given, the latest first, then by number of arobases; with their exact count.
WITH retenus AS MATERIALIZED (
    SELECT l.*
    FROM labels l
    WHERE (%(annee)s::int IS NULL OR l.annee = %(annee)s)
      AND (%(niveau)s::text IS NULL OR l.niveau = %(niveau)s)
      AND (%(arobases_min)s::int IS NULL OR l.arobases >= %(arobases_min)s)
      AND (NOT %(arobase_verte)s::bool OR l.arobase_verte)
), page AS (
    SELECT *
    FROM retenus r
    WHERE %(apres_annee)s::int IS NULL
       OR (-r.annee, -r.arobases, r.niveau, r.code)
          > (-%(apres_annee)s, -%(apres_arobases)s::int, %(apres_niveau)s::text, %(apres_code)s::text)
    ORDER BY -r.annee, -r.arobases, r.niveau, r.code
    LIMIT %(limite)s
)
SELECT n.total, p.niveau, p.code, t.nom, p.annee, p.arobases, p.arobase_verte, p.mentions, p.source,
       ST_X(t.centre) AS lon, ST_Y(t.centre) AS lat
FROM (SELECT count(*) AS total FROM retenus) n
LEFT JOIN page p ON true
LEFT JOIN territoires t ON t.niveau = p.niveau AND t.code = p.code
ORDER BY -p.annee, -p.arobases, p.niveau, p.code
