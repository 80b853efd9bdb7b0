-- Every territory with what nearly every answer says of it, and how it is looked for.
SELECT t.niveau, t.code, t.nom, t.nature, t.population, t.population_annee,
       coalesce(m.communes, 0),
       x.taux, coalesce(x.documentes, 0), coalesce(x.presents, 0), t.recherche, t.codes_postaux
FROM territoires t
LEFT JOIN (
    SELECT niveau, code, count(*) AS communes FROM appartenances GROUP BY niveau, code
) m USING (niveau, code)
LEFT JOIN taux x
    ON x.niveau = t.niveau AND x.code = t.code AND x.axe = 'ensemble' AND x.axe_code = ''
ORDER BY t.niveau, t.code
