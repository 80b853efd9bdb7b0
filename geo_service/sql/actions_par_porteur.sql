-- The table of this name (see etl/sql/coverage.sql), for a publication that does not have it.
actions_par_porteur (porteur_niveau, porteur_code, service, actions) AS (
    SELECT porteur_niveau, porteur_code, '', count(*)::int
    FROM actions
    GROUP BY porteur_niveau, porteur_code
    UNION ALL
    SELECT a.porteur_niveau, a.porteur_code, s.service, count(*)::int
    FROM actions a
    JOIN actions_services s ON s.action = a.id
    GROUP BY a.porteur_niveau, a.porteur_code, s.service
)
