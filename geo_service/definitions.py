"""The words of the atlas: what each figure means, in French, with its unit."""

from __future__ import annotations

from typing import NamedTuple


class Definition(NamedTuple):
    """A word that answers use.

    Attributes
    ----------
    code
        Anchor of the word in ``/api/definitions``.
    libelle
        The word as people read it.
    texte
        What it means.
    unite
        Unit of its figures, ``None`` when it has none.
    """

    code: str
    libelle: str
    texte: str
    unite: str | None


_DEFINITIONS = (
    Definition(
        "territoire",
        "Territoire",
        "Une commune, une intercommunalité (EPCI), un département, une région, le pays, ou un "
        "groupe (un ensemble nommé de communes), désigné par son niveau et son code : code INSEE, "
        "numéro SIREN pour un EPCI, « france » pour le pays. Paris, Lyon et Marseille sont chacune "
        "une seule commune ; leurs arrondissements forment un niveau à part et ne sont jamais "
        "comptés deux fois.",
        None,
    ),
    Definition(
        "millesime",
        "Millésime",
        "L’année du Code officiel géographique (Insee) que parle l’atlas. Un ancien code de "
        "commune renvoie à la commune d’aujourd’hui.",
        "année",
    ),
    Definition(
        "population",
        "Population",
        "Population municipale du recensement de l’année indiquée (population_annee). Elle est "
        "vide quand la source ne la donne pas.",
        "habitants",
    ),
    Definition(
        "referentiel",
        "Référentiel",
        "Le langage commun de l’atlas : des thèmes, divisés en enjeux, divisés en services. Celui "
        "fourni avec le projet est un référentiel de démarrage, à remplacer par celui de "
        "l’association.",
        None,
    ),
    Definition(
        "action",
        "Action",
        "Ce qu’une collectivité fait et publie : un projet, un lieu ou un événement qui rend un ou "
        "plusieurs services. Une action concerne toutes les communes de la collectivité qui la "
        "porte ; elle est présente dans celles de ces communes où elle a lieu, partagée avec les "
        "autres. Une action prévue ou abandonnée est montrée, mais ne couvre personne.",
        None,
    ),
    Definition(
        "acteur",
        "Acteur",
        "Une organisation (association, entreprise, établissement public) qui participe à une "
        "action. Jamais une personne.",
        None,
    ),
    Definition(
        "label",
        "Label Territoires, Villes et Villages Internet",
        "Une distinction annuelle de l’association Villes Internet : de une à cinq arobases, "
        "éventuellement l’arobase verte et des mentions.",
        "arobases, de 1 à 5",
    ),
    Definition(
        "lieu",
        "Lieu",
        "Un endroit précis où un ou plusieurs services sont rendus au public.",
        None,
    ),
    Definition(
        "localisation",
        "Localisation d’un lieu",
        "Comment le point d’un lieu est connu. point : coordonnées de la source. adresse, rue, "
        "lieu_dit : trouvé d’après l’adresse. chef_lieu : placé à la mairie, faute de mieux. "
        "centre_commune : placé au milieu de la commune. Les quatre derniers sont approximatifs : "
        "ils sont dessinés en cercles vides, et les distances qui y mènent sont à cette précision "
        "près (precision_m, en mètres, estimée).",
        "mètres",
    ),
    Definition(
        "provenance",
        "Provenance d’un lieu",
        "Les lignes des sources qui décrivent ce lieu. Deux lignes de sources différentes sont "
        "réunies quand leur nom, leur adresse, leur distance, leur SIRET et leur genre disent que "
        "c’est le même endroit ; deux communes différentes ou une même source ne le sont jamais.",
        None,
    ),
    Definition(
        "statut",
        "Statut d’un service dans une commune",
        "present : une action ou un lieu s’y trouve. partage : le service est porté pour elle par "
        "son EPCI, son département ou sa région. absent : une source qui se dit complète pour ce "
        "service couvre la commune, et rien ne s’y trouve : c’est une lacune. non_renseigne : "
        "personne n’a rien dit : c’est une question, pas une lacune. Un territoire plus grand est "
        "present dès qu’une de ses communes l’est, absent si toutes ses communes le sont.",
        None,
    ),
    Definition(
        "service-documente",
        "Service documenté",
        "Un service dont parle au moins une source de cette publication. Les autres services du "
        "référentiel ne comptent ni pour ni contre.",
        None,
    ),
    Definition(
        "taux",
        "Taux de couverture",
        "Pour une commune : services présents ou partagés, divisés par les services documentés (de "
        "l’ensemble, d’un thème ou d’un enjeu). Pour un territoire plus grand : moyenne des taux "
        "de ses communes, pondérée par leur population. Il est vide quand aucun service n’est "
        "documenté ; il se lit toujours avec « k services sur n documentés ».",
        "part, de 0 à 1",
    ),
    Definition(
        "part-presents",
        "Part des services présents",
        "Part des services documentés présents ou partagés quelque part dans le territoire.",
        "part, de 0 à 1",
    ),
    Definition(
        "population-couverte",
        "Population couverte",
        "Pour un service : somme des populations des communes où il est présent ou partagé.",
        "habitants",
    ),
    Definition(
        "part-population",
        "Part de la population couverte",
        "Population couverte par un service, divisée par la population du territoire.",
        "part, de 0 à 1",
    ),
    Definition(
        "part-absente",
        "Part absente",
        "Part de la population vivant dans une commune où le service est absent : une source qui "
        "se dit complète n’y montre rien. Pour un enjeu, un thème ou l’ensemble : moyenne sur les "
        "services documentés ; pour une commune, part de ses services. Avec la part couverte et la "
        "part non renseignée, elle fait 1.",
        "part, de 0 à 1",
    ),
    Definition(
        "part-non-renseignee",
        "Part non renseignée",
        "Part de la population vivant dans une commune dont personne n’a rien dit pour ce "
        "service : une question, jamais une lacune. Pour un enjeu, un thème ou l’ensemble : "
        "moyenne sur les services documentés.",
        "part, de 0 à 1",
    ),
    Definition(
        "distance",
        "Distance au lieu le plus proche",
        "Distance à vol d’oiseau entre le chef-lieu de la commune (sa mairie) et le lieu le plus "
        "proche qui rend le service, communes voisines comprises, dans la projection légale de la "
        "zone. Si l’atlas a été fait avec un moteur d’itinéraires, ce que dit « mode » dans "
        "l’accessibilité, c’est celle de la route. Vide quand aucun lieu de la zone ne rend ce "
        "service, ou qu’aucune route n’y mène. Quand aucune source n’est complète pour le service "
        "(« exhaustif »), un lieu plus proche peut exister que personne n’a recensé.",
        "kilomètres",
    ),
    Definition(
        "vol-d-oiseau",
        "À vol d’oiseau",
        "En ligne droite, d’un point à l’autre, sans suivre les routes : un trajet réel est plus "
        "long, d’un tiers environ en plaine, bien plus en montagne ou au bord de l’eau. Chaque "
        "réponse dit comment les distances sont mesurées (« mode ») : « vol-d-oiseau », ou "
        "« itineraire » quand l’atlas a été fait avec un moteur d’itinéraires ; la distance est "
        "alors celle de la route la plus courte, avec sa durée. Quand le lieu le plus proche est "
        "sur une autre terre (une île, le continent), la ligne droite passe au-dessus de l’eau, "
        "qu’il y ait un pont ou non : ces communes sont comptées à part.",
        None,
    ),
    Definition(
        "quantile-distance",
        "Quantiles de la distance",
        "p50 (la médiane) est la plus petite distance telle qu’au moins la moitié des habitants "
        "vivent dans une commune qui n’est pas plus loin ; p90, les neuf dixièmes. Chaque habitant "
        "compte pour un, à la distance du chef-lieu de sa commune ; il n’y a pas d’interpolation "
        "(définition 1 de Hyndman et Fan, 1996). Les communes sans distance n’y sont pas : leur "
        "nombre et leurs habitants sont donnés à côté.",
        "kilomètres",
    ),
    Definition(
        "population-eloignee",
        "Population au-delà d’une distance",
        "Habitants des communes dont le chef-lieu est strictement plus loin que cette distance du "
        "lieu le plus proche. La part est celle des habitants dont la distance est connue.",
        "habitants",
    ),
    Definition(
        "e2sfca",
        "Indice d’accessibilité E2SFCA",
        "Offre à portée de la commune, partagée entre tous ceux qui peuvent s’y rendre (méthode "
        "E2SFCA, Luo et Qi, Health & Place, 2009). Chaque lieu répartit sa capacité (1 quand la "
        "source n’en donne pas) entre les habitants de sa zone de chalandise, d’autant moins "
        "qu’ils sont loin : poids 1 jusqu’à 5 km, 0,68 de 5 à 10 km, 0,22 de 10 à 20 km à vol "
        "d’oiseau. L’indice d’une commune est la somme, avec les mêmes poids, de ce que lui "
        "donnent les lieux à portée ; 0 s’il n’y en a aucun. Zones et poids se changent : "
        "« rayon_km », "
        "« zones_km », « poids ».",
        "lieux pour 10 000 habitants",
    ),
    Definition(
        "gini",
        "Coefficient de Gini de l’accessibilité",
        "Inégalité de l’indice E2SFCA entre les habitants : 0 quand tous ont le même, près de 1 "
        "quand quelques-uns ont tout. Calculé par la formule de Brown (1994), chaque commune "
        "comptant pour ses habitants. Vide quand personne n’a accès à rien.",
        "de 0 à 1",
    ),
    Definition(
        "lorenz",
        "Courbe de Lorenz de l’accessibilité",
        "Les habitants étant rangés du moins bien au mieux servi : part de l’indice E2SFCA "
        "(« indice ») que reçoit chaque part d’entre eux (« population »).",
        "part, de 0 à 1",
    ),
    Definition(
        "grappe",
        "Grappe de communes mal desservies",
        "loin_loin : la commune est plus loin d’un lieu que la moyenne du pays, ses voisines "
        "aussi, et le hasard seul ne l’explique pas. pres_pres : l’inverse. loin_pres, "
        "pres_loin : elle diffère de ses voisines. non_significatif : le hasard peut suffire. "
        "C’est l’indice local "
        "de Moran (Anselin, 1995) de la distance, entre communes qui se touchent ; 9 999 "
        "permutations, et 5 % de fausses découvertes au plus (Benjamini et Hochberg, 1995). Une "
        "commune sans voisine ou sans distance n’est pas testée. Les communes loin_loin qui se "
        "touchent forment une zone, numérotée de la plus peuplée du pays à la moins peuplée.",
        None,
    ),
    Definition(
        "lieu-imprecis",
        "Lieu imprécis",
        "Un lieu dont la source ne donne que la commune : il est placé en son milieu, et les "
        "distances qui y mènent sont approchées. « lieux.imprecis » en est le nombre dans le "
        "territoire ; « lieu_proche_imprecis », celui des communes dont le lieu le plus proche en "
        "est un ; « mesurees_du_centre », celui des communes dont la mairie est mal située, "
        "mesurées depuis leur milieu.",
        None,
    ),
    Definition(
        "lacune",
        "Lacune",
        "Une commune où un service est absent (ou, selon ce qui est demandé, plus loin qu’une "
        "distance). Quand plusieurs services sont concernés, le statut affiché est le plus "
        "défavorable, et la distance la plus longue. La population est la somme de celles des "
        "communes retenues, toutes pages comprises.",
        None,
    ),
    Definition(
        "comparables",
        "Territoires comparables",
        "Les 20 territoires (ou le nombre demandé) du même niveau et de la même strate de "
        "population qui ressemblent le plus à celui-ci par leur population et leur densité, "
        "métropole et outre-mer ensemble. Quand la strate en compte moins, ils sont tous retenus "
        "et elle n’est pas élargie. Un territoire sans habitants, sans population connue ou sans "
        "contour n’a pas de comparables et n’est celui de personne.",
        None,
    ),
    Definition(
        "strate",
        "Strate de population",
        "Tranche de population fixée par le Code général des collectivités territoriales : article "
        "L. 2334-3 pour les communes, R. 5214-1 pour les intercommunalités, L. 3123-16 pour les "
        "départements. Les régions et les établissements publics territoriaux, trop peu nombreux, "
        "n’en forment qu’une. La population est ici la population municipale ; la loi compte la "
        "population totale, un peu plus grande.",
        "habitants",
    ),
    Definition(
        "ressemblance",
        "Écart entre deux territoires comparables",
        "Racine de la somme des carrés de deux écarts : celui des logarithmes des populations et "
        "celui des logarithmes des densités, chacun divisé par son écart type dans la strate. 0 "
        "veut dire même population et même densité. Le logarithme, parce que 100 habitants de plus "
        "changent un village, pas une ville.",
        None,
    ),
    Definition(
        "rang",
        "Rang parmi les comparables",
        "1 plus le nombre de comparables dont le taux de couverture est plus élevé. Les ex æquo "
        "ont le même rang ; leur nombre est donné.",
        None,
    ),
    Definition(
        "centile",
        "Rang centile parmi les comparables",
        "Pour cent comparables, combien ont un taux plus bas, les ex æquo comptant pour moitié : 0 "
        "est le plus bas de tous, 100 le plus haut, 50 le milieu.",
        "de 0 à 100",
    ),
    Definition(
        "meilleur-quart",
        "Meilleur quart",
        "Le quart des comparables dont le taux de couverture est le plus élevé (5 sur 20) ; à taux "
        "égal, ceux qui ressemblent le plus au territoire.",
        None,
    ),
    Definition(
        "recommandation",
        "Recommandation",
        "Un service absent ici (ou, pour un territoire plus grand qu’une commune, absent d’au "
        "moins une de ses communes habitées) que des comparables proposent à une plus grande part "
        "de leurs habitants. Les recommandations sont rangées par part des comparables qui font "
        "mieux, puis par nombre d’habitants des communes où le service est absent. Les exemples "
        "sont les trois comparables qui font mieux les plus proches sur la carte, précédés du plus "
        "proche de tous les territoires du niveau quand il est encore plus près "
        "(comparable : non). Un comparable dont personne n’a rien dit compte comme n’ayant pas le "
        "service.",
        None,
    ),
    Definition(
        "a-verifier",
        "À vérifier",
        "Un service non renseigné ici (ou dans une partie des communes) que des comparables ont. "
        "C’est une question à poser, jamais un manque : il n’est pas parmi les recommandations.",
        None,
    ),
    Definition(
        "effet-taux",
        "Effet sur le taux",
        "Le taux de couverture que le territoire aurait si le service était présent dans toutes "
        "ses communes où il est absent, tout le reste étant inchangé.",
        "part, de 0 à 1",
    ),
    Definition(
        "voisin",
        "Voisin",
        "Un territoire du même niveau qui partage une frontière d’une certaine longueur. Un point "
        "commun n’est pas une frontière. La longueur est mesurée sur l’ellipsoïde, le long des "
        "contours de l’atlas.",
        "kilomètres",
    ),
    Definition(
        "manque",
        "Manque commun à deux voisins",
        "Un service absent des deux communes ; entre deux territoires plus grands, absent des "
        "communes où vivent plus de la moitié des habitants de chacun.",
        None,
    ),
    Definition(
        "mutualisation",
        "Mutualisation",
        "Les voisins à qui manquent les mêmes services, rangés par nombre de manques communs, puis "
        "par nombre d’habitants concernés : ceux des communes des deux territoires où l’un de ces "
        "services au moins est absent.",
        None,
    ),
    Definition(
        "implantation",
        "Implantation",
        "Une commune où ouvrir un lieu d’un service. Les candidats sont les chefs-lieux des "
        "communes du territoire ; les lieux qui existent comptent, ceux des voisins aussi : qui "
        "est déjà à moins de la distance demandée n’est plus à desservir. La population gagnée par "
        "une commune est celle qu’elle ajoute aux communes placées avant elle. Distances à vol "
        "d’oiseau.",
        "habitants",
    ),
    Definition(
        "mclp",
        "Couverture maximale (MCLP), p-médiane et cible",
        "couverture : les p communes qui amènent un lieu à moins de la distance demandée du plus "
        "grand nombre d’habitants non desservis (Church et ReVelle, 1974). p-mediane : les p "
        "communes qui réduisent le plus la distance moyenne au lieu le plus proche (Hakimi, 1964). "
        "cible : le plus petit nombre de communes pour desservir une part de la population "
        "(Toregas et coll., 1971 ; Daskin et Owen, 1999).",
        None,
    ),
    Definition(
        "ecart-optimum",
        "Écart à l’optimum",
        "Ce qu’un autre choix pourrait gagner au plus, prouvé par le calcul : (borne − valeur) "
        "divisé par la borne, ou pour « cible » la part des lieux qui seraient de trop. 0 quand "
        "il est prouvé qu’aucun choix n’est meilleur. Une recherche arrêtée par sa durée dépend de "
        "la machine : la première réponse est gardée tant que le service et la publication restent "
        "en place.",
        "part, de 0 à 1",
    ),
    Definition(
        "evolution",
        "Évolution",
        "Le taux de couverture d’un territoire dans les publications successives de l’atlas. Deux "
        "taux ne se comparent que si les mêmes services étaient documentés (« comparable »).",
        "part, de 0 à 1",
    ),
    Definition(
        "publication",
        "Publication",
        "Une version complète et contrôlée de l’atlas. Son identifiant est calculé à partir des "
        "fichiers d’entrée et du code : les mêmes entrées donnent le même identifiant.",
        None,
    ),
    Definition(
        "source",
        "Source",
        "Un jeu de données lu pour cette publication, avec son producteur, sa licence et la date "
        "dont il parle. Une source exhaustive pour un service en recense tous les cas : ce qu’elle "
        "ne montre pas est absent.",
        None,
    ),
)

#: Every definition, by code.
DEFINITIONS = {definition.code: definition for definition in _DEFINITIONS}
