-- Actions of some porteurs, in the order given, then by title, as lieux_page.sql reads lieux. Their
-- count is known beforehand.
WITH page AS (
    SELECT q.rang, a.*, NULL::bigint AS total
    FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS q (niveau, code, rang)
    CROSS JOIN LATERAL (
        SELECT * FROM actions WHERE porteur_niveau = q.niveau AND porteur_code = q.code
        ORDER BY left(titre, 100), id
        LIMIT %(sautees)s::bigint + %(limite)s::bigint
    ) a
    ORDER BY q.rang, left(a.titre, 100), a.id
    LIMIT %(limite)s OFFSET %(sautees)s
)
