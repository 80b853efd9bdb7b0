-- One row for each row of a source that made a lieu; before merging, each lieu has its own.
INSERT INTO lieux_provenances (lieu, source, identifiant, nom)
SELECT id, source, substr(id, length(source) + 2), nom
FROM lieux
ORDER BY id;
