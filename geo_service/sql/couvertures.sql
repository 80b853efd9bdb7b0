-- What is known of each service in a territory.
SELECT service, statut, actions, lieux, communes_presentes, communes_partagees, communes_absentes,
       population_couverte
FROM couvertures
WHERE niveau = %(niveau)s AND code = %(code)s
