-- INSEE's file of the changes of the communes, in the order of boundaries.succession.Movement.
SELECT mod, date_effet, type_av, code_av, nom_av, type_ap, code_ap, nom_ap FROM mouvements
