-- As lieux_page.sql, for one lieu.
WITH page AS (
    SELECT 1 AS rang, l.* FROM lieux l WHERE l.id = %(id)s
)
