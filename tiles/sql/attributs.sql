-- What the tileset `territoires` says of each territory, in one set-based query.
--
-- Parameters: none. Result: niveau, code, nom, population, taux, presents, documentes, themes (JSON text:
-- rate of each thème). Rates have four decimals.
SELECT
    t.niveau,
    t.code,
    t.nom,
    t.population,
    round(r.taux::numeric, 4)::float8 AS taux,
    r.presents,
    r.documentes,
    th.taux AS themes
FROM territoires AS t
LEFT JOIN taux AS r ON r.niveau = t.niveau AND r.code = t.code AND r.axe = 'ensemble'
LEFT JOIN (
    SELECT niveau, code, jsonb_object_agg(axe_code, round(taux::numeric, 4))::text AS taux
    FROM taux
    WHERE axe = 'theme' AND taux IS NOT NULL
    GROUP BY niveau, code
) AS th ON th.niveau = t.niveau AND th.code = t.code
