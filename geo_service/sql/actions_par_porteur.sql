-- The table of this name (see etl/sql/coverage.sql), for a publication made before it.
WITH actions_par_porteur AS (
    SELECT s.service, a.porteur_niveau, a.porteur_code, s.action
    FROM actions_services s
    JOIN actions a ON a.id = s.action
)
