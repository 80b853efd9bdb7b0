-- Description of some territories, in the order of the two arrays.
SELECT t.niveau, t.code, t.nom, t.nature, t.population, t.population_annee, t.superficie_km2,
       t.emprise, ST_X(t.centre) AS lon, ST_Y(t.centre) AS lat,
       (SELECT json_agg(json_build_object(
                   'annee', l.annee, 'arobases', l.arobases, 'arobase_verte', l.arobase_verte,
                   'mentions', l.mentions, 'source', l.source
               ) ORDER BY l.annee DESC)
        FROM labels l WHERE l.niveau = t.niveau AND l.code = t.code) AS labels
FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS d (niveau, code, ordre)
JOIN territoires t ON t.niveau = d.niveau AND t.code = d.code
ORDER BY d.ordre
