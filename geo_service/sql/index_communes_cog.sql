-- Every commune of the current COG, those without polygons too.
SELECT code, nom FROM territoires WHERE niveau = 'commune'
UNION
SELECT code, nom FROM communes_sans_carte
