-- How many rows exemples_tous.sql reads, counted no further than a limit.
SELECT
    (SELECT count(*) FROM (SELECT FROM actions_services LIMIT %(limite)s) a)
    + (SELECT count(*) FROM (SELECT FROM lieux_services LIMIT %(limite)s) l)
