-- Box around some territories of a niveau, degrees.
SELECT min(emprise[1]) AS west, min(emprise[2]) AS south,
       max(emprise[3]) AS east, max(emprise[4]) AS north
FROM territoires
WHERE niveau = %(niveau)s AND code = ANY (%(codes)s::text[])
