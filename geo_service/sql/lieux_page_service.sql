-- As lieux_page.sql, for the lieux that give a service.
WITH page AS (
    SELECT c.rang, l.*
    FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c (code, rang)
    CROSS JOIN LATERAL (
        SELECT * FROM lieux
        WHERE commune = c.code AND EXISTS (
            SELECT FROM lieux_services s WHERE s.service = %(service)s AND s.lieu = lieux.id
        )
        ORDER BY left(nom, 100), id
        LIMIT %(sautees)s::bigint + %(limite)s::bigint
    ) l
    ORDER BY c.rang, left(l.nom, 100), l.id
    LIMIT %(limite)s OFFSET %(sautees)s
)
