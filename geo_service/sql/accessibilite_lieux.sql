-- Lieux of each service in each commune (rows, int4), and those whose point is only the middle of the
-- commune.
WITH lignes AS (
    SELECT code, row_number() OVER (ORDER BY code COLLATE "C") - 1 AS ligne
    FROM territoires
    WHERE niveau = 'commune'
), comptes AS (
    SELECT s.service, n.ligne,
           count(*) AS lieux,
           count(*) FILTER (WHERE l.localisation <> 'point') AS imprecis
    FROM lieux_services s
    JOIN lieux l ON l.id = s.lieu
    JOIN lignes n ON n.code = l.commune
    GROUP BY s.service, n.ligne
)
SELECT service,
       string_agg(int4send(ligne::int4), ''::bytea),
       string_agg(int4send(lieux::int4), ''::bytea),
       string_agg(int4send(imprecis::int4), ''::bytea)
FROM comptes
GROUP BY service
