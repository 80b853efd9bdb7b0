-- Actions of some porteurs, in the order given, then by title. Their count is known beforehand.
WITH page AS (
    SELECT q.rang, a.*, NULL::bigint AS total
    FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS q (niveau, code, rang)
    JOIN actions a ON a.porteur_niveau = q.niveau AND a.porteur_code = q.code
    ORDER BY q.rang, a.titre, a.id
    LIMIT %(limite)s OFFSET %(sautees)s
)
