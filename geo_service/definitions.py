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
