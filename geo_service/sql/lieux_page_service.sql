-- As lieux_page.sql, for the lieux that give a service.
WITH page AS (
    SELECT c.rang, l.*
    FROM unnest(%(codes)s::text[]) WITH ORDINALITY AS c (code, rang)
    JOIN lieux l ON l.commune = c.code
    WHERE EXISTS (
        SELECT FROM lieux_services s WHERE s.service = %(service)s AND s.lieu = l.id
    )
    ORDER BY c.rang, l.nom, l.id
    LIMIT %(limite)s OFFSET %(sautees)s
)
