-- The rows of each territory for one axis up to a publication, the oldest first: how many, then, put
-- end to end, the order of their publication (int4), the present services (int4, -1: there no longer)
-- and the rate (float8, NaN: unknown or a commune's). Parameters: axe, axe_code, publication.
SELECT niveau, code, count(*)::int,
       string_agg(int4send(ordre), ''::bytea ORDER BY ordre),
       string_agg(int4send(coalesce(presents, -1)), ''::bytea ORDER BY ordre),
       string_agg(float8send(coalesce(taux, 'NaN')), ''::bytea ORDER BY ordre)
FROM atlas.historique
WHERE axe = %(axe)s AND axe_code = %(axe_code)s
  AND ordre <= (
      SELECT max(ordre) FROM atlas.historique_publications WHERE publication = %(publication)s
  )
GROUP BY niveau, code
