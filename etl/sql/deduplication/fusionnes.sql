-- The lieux that were merged into another one.
SELECT source, nom, garde, source_gardee, motifs, valeur FROM fusionnes ORDER BY id COLLATE "C";
