-- Statut of a service in every territory of a niveau of the map.
SELECT t.code, coalesce(c.statut, 'non_renseigne') AS valeur
FROM territoires t
LEFT JOIN couvertures c
    ON c.niveau = t.niveau AND c.code = t.code AND c.service = %(service)s
WHERE t.niveau = %(niveau)s AND t.geom IS NOT NULL
ORDER BY t.code
