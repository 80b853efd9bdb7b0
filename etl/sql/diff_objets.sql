-- Lieux or actions that came, went or changed, field by field; `fields` are the columns that both
-- schemas have, and `services` all the services of one.
SELECT {objet} AS objet,
       CASE WHEN a.id IS NULL THEN 'ajout' WHEN b.id IS NULL THEN 'retrait' ELSE 'changement' END
           AS nature,
       coalesce(b.source, a.source) AS source, NULL AS niveau, id AS code,
       coalesce(b.{name}, a.{name}) AS nom, f.champ, f.avant, f.apres
FROM (
    SELECT o.*, s.services
    FROM {a}.{table} o
    LEFT JOIN (
        SELECT {key} AS id, string_agg(service, ', ' ORDER BY service) AS services
        FROM {a}.{links} GROUP BY {key}
    ) s USING (id)
) a
FULL JOIN (
    SELECT o.*, s.services
    FROM {b}.{table} o
    LEFT JOIN (
        SELECT {key} AS id, string_agg(service, ', ' ORDER BY service) AS services
        FROM {b}.{links} GROUP BY {key}
    ) s USING (id)
) b USING (id)
CROSS JOIN LATERAL (
    SELECT NULL AS champ, NULL AS avant, NULL AS apres
    WHERE a.id IS NULL OR b.id IS NULL
    UNION ALL
    SELECT v.champ, v.avant, v.apres
    FROM (VALUES {fields}) AS v (champ, avant, apres)
    WHERE a.id IS NOT NULL AND b.id IS NOT NULL AND v.avant IS DISTINCT FROM v.apres
) AS f
WHERE a.id IS NULL OR b.id IS NULL
   OR ({a_fields}) IS DISTINCT FROM ({b_fields})
ORDER BY source, code, f.champ
