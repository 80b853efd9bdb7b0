-- As actions_page.sql, for the actions that give a service.
WITH page AS (
    SELECT q.rang, a.*, NULL::bigint AS total
    FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS q (niveau, code, rang)
    JOIN actions_par_porteur s
        ON s.service = %(service)s AND s.porteur_niveau = q.niveau AND s.porteur_code = q.code
    JOIN actions a ON a.id = s.action
    ORDER BY q.rang, left(a.titre, 100), a.id
    LIMIT %(limite)s OFFSET %(sautees)s
)
