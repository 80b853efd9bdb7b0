-- What is known of each service in the territories larger than a commune.
SELECT niveau, code, service, array_position(%(statuts)s::text[], statut) - 1,
       actions, lieux, communes_presentes, communes_partagees, communes_absentes
FROM couvertures
WHERE niveau <> 'commune'
