-- Territories that carry actions, in the order of the list of actions, and how many they carry.
SELECT t.niveau, t.code, p.actions
FROM (
    SELECT porteur_niveau AS niveau, porteur_code AS code, count(*)::int AS actions
    FROM actions
    GROUP BY porteur_niveau, porteur_code
) p
JOIN territoires t USING (niveau, code)
ORDER BY array_position(
             ARRAY['commune', 'ept', 'epci', 'departement', 'region', 'pays'], t.niveau
         ) NULLS LAST,
         t.recherche COLLATE "C", t.code COLLATE "C", t.niveau COLLATE "C"
