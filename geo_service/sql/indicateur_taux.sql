-- Rate of an axis in every territory of a niveau.
SELECT code, taux AS valeur
FROM taux
WHERE niveau = %(niveau)s AND axe = %(axe)s AND axe_code = %(axe_code)s
ORDER BY code
