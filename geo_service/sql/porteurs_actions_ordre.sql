porteurs AS (
    -- Territories that carry actions, in the order of the list of actions, and how many they carry.
    SELECT p.porteur_niveau AS niveau, p.porteur_code AS code, p.actions,
           row_number() OVER (
               ORDER BY array_position(
                            ARRAY['commune', 'ept', 'epci', 'departement', 'region', 'pays'],
                            p.porteur_niveau
                        ) NULLS LAST,
                        t.recherche COLLATE "C", p.porteur_code COLLATE "C",
                        p.porteur_niveau COLLATE "C"
           ) - 1 AS place
    FROM actions_par_porteur p
    JOIN territoires t ON t.niveau = p.porteur_niveau AND t.code = p.porteur_code
    WHERE p.service = ''
)
