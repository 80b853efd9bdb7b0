-- Rates of a territory by axis.
SELECT axe, axe_code, documentes, presents, taux
FROM taux
WHERE niveau = %(niveau)s AND code = %(code)s
