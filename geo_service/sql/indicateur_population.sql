-- Population of every territory of a niveau.
SELECT code, population AS valeur FROM territoires WHERE niveau = %(niveau)s ORDER BY code
