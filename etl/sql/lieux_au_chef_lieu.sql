-- Lieux placed at the middle of their commune for want of better go to its mairie, where people live.
-- Those at the middle of a commune that joined it since stay there: it is nearer. Those put at the
-- mairie before follow it, when another source has located it better since.
UPDATE lieux l
SET geom = c.geom, localisation = 'chef_lieu'
FROM chefs_lieux c
JOIN territoires t ON t.niveau = 'commune' AND t.code = c.commune
WHERE c.commune = l.commune AND c.origine = 'mairie'
  AND (l.localisation = 'chef_lieu'
       OR l.localisation = 'centre_commune' AND ST_DWithin(l.geom, t.centre, 1e-7));
