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
        "porte.",
        None,
    ),
    Definition(
        "lieu",
        "Lieu",
        "Un endroit précis où un ou plusieurs services sont rendus au public.",
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
        "zone. Vide quand aucun lieu de la zone ne rend ce service.",
        "kilomètres",
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
