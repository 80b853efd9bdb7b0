-- Merge the groups of `memes_lieux` into one lieu each.
--
-- The lieu kept is the best located (`localise`, then the least uncertainty), then the most
-- recent, then the one of the smallest identifier. What it does not know is filled from the others in
-- the same order; what goes stale (hours, telephone, site, accessibility) is that of the most recent
-- that knows it. Its services are those of all.
CREATE TEMPORARY TABLE rangs ON COMMIT DROP AS
SELECT m.groupe, l.id, l.source, m.score, m.motifs,
       row_number() OVER (
           PARTITION BY m.groupe
           ORDER BY m.localise, l.precision_m NULLS LAST,
                    coalesce(l.date_maj, s.date_donnees) DESC, l.id COLLATE "C"
       ) AS rang,
       coalesce(l.date_maj, s.date_donnees) AS dite_le
FROM memes_lieux m
JOIN lieux l USING (id)
JOIN sources s ON s.id = l.source;

CREATE TEMPORARY TABLE gardes ON COMMIT DROP AS
SELECT groupe, id AS garde FROM rangs WHERE rang = 1;

UPDATE lieux l
SET adresse = r.adresse, siret = r.siret, typologie = r.typologie, capacite = r.capacite,
    horaires = r.horaires, telephone = r.telephone, site_web = r.site_web,
    accessibilite = r.accessibilite, date_maj = r.date_maj
FROM (
    SELECT g.garde,
           (array_agg(o.adresse ORDER BY x.rang) FILTER (WHERE o.adresse IS NOT NULL))[1] AS adresse,
           (array_agg(o.siret ORDER BY x.rang) FILTER (WHERE o.siret IS NOT NULL))[1] AS siret,
           (array_agg(o.typologie ORDER BY x.rang) FILTER (WHERE o.typologie IS NOT NULL))[1]
               AS typologie,
           (array_agg(o.capacite ORDER BY x.rang) FILTER (WHERE o.capacite IS NOT NULL))[1]
               AS capacite,
           (array_agg(o.horaires ORDER BY x.dite_le DESC, x.rang)
               FILTER (WHERE o.horaires IS NOT NULL))[1] AS horaires,
           (array_agg(o.telephone ORDER BY x.dite_le DESC, x.rang)
               FILTER (WHERE o.telephone IS NOT NULL))[1] AS telephone,
           (array_agg(o.site_web ORDER BY x.dite_le DESC, x.rang)
               FILTER (WHERE o.site_web IS NOT NULL))[1] AS site_web,
           (array_agg(o.accessibilite ORDER BY x.dite_le DESC, x.rang)
               FILTER (WHERE o.accessibilite IS NOT NULL))[1] AS accessibilite,
           max(o.date_maj) AS date_maj
    FROM rangs x
    JOIN gardes g USING (groupe)
    JOIN lieux o ON o.id = x.id
    GROUP BY g.garde
) r
WHERE l.id = r.garde;

INSERT INTO lieux_services (lieu, service)
SELECT DISTINCT g.garde, s.service
FROM rangs r
JOIN gardes g USING (groupe)
JOIN lieux_services s ON s.lieu = r.id
ORDER BY 1, 2
ON CONFLICT DO NOTHING;

UPDATE lieux_provenances p
SET lieu = g.garde, score = r.score, motifs = r.motifs
FROM rangs r
JOIN gardes g USING (groupe)
WHERE p.lieu = r.id;

CREATE TEMPORARY TABLE fusionnes ON COMMIT DROP AS
SELECT r.source, l.nom, k.nom AS garde, k.source AS source_gardee, r.motifs,
       substr(r.id, length(r.source) + 2) AS valeur, r.id
FROM rangs r
JOIN gardes g USING (groupe)
JOIN lieux l ON l.id = r.id
JOIN lieux k ON k.id = g.garde
WHERE r.rang > 1;

DELETE FROM lieux_services WHERE lieu IN (SELECT id FROM fusionnes);
DELETE FROM lieux WHERE id IN (SELECT id FROM fusionnes);
