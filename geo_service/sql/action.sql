-- As actions_page.sql, for one action.
WITH page AS (
    SELECT 1 AS rang, a.*, NULL::bigint AS total FROM actions a WHERE a.id = %(id)s
)
