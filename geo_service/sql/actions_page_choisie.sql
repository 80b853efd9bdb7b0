-- As actions_page.sql, for the actions that pass filters no count is kept for: those of some services,
-- of a statut, or recent. Their count is on each row; a page beyond the end has none.
WITH page AS (
    SELECT q.rang, a.*, count(*) OVER () AS total
    FROM unnest(%(niveaux)s::text[], %(codes)s::text[]) WITH ORDINALITY AS q (niveau, code, rang)
    JOIN actions a ON a.porteur_niveau = q.niveau AND a.porteur_code = q.code
    WHERE (%(statut)s::text IS NULL OR a.statut = %(statut)s)
      AND (%(depuis)s::date IS NULL OR a.derniere_date >= %(depuis)s)
      AND (%(services)s::text[] IS NULL OR EXISTS (
          SELECT FROM actions_services s WHERE s.action = a.id AND s.service = ANY (%(services)s)
      ))
    ORDER BY q.rang, left(a.titre, 100), a.id
    LIMIT %(limite)s OFFSET %(sautees)s
)
