"""Fixed words of the fiche, in the French of its readers."""

from __future__ import annotations

from typing import Final

from geo_service.french_sentences import NBSP, THIN

#: What a territory of each niveau is.
KINDS: Final = {
    "commune": "Commune",
    "ept": "Établissement public territorial",
    "epci": "Intercommunalité",
    "departement": "Département",
    "region": "Région",
    "pays": "Pays",
    "groupe": "Groupe de communes",
}
#: Heading of the parts of a territory that have the lowest rates.
PARTS: Final = {
    "commune": "Communes les moins couvertes",
    "epci": "Intercommunalités les moins couvertes",
    "departement": "Départements les moins couverts",
    "region": "Régions les moins couvertes",
}
#: Statuts, in the order they are listed.
STATUTS: Final = {
    "present": "présent",
    "partage": "partagé",
    "absent": "absent",
    "non_renseigne": "non renseigné",
}

#: Why territories of a niveau have no comparables.
UNCOMPARED: Final = {
    "pays": f"Le pays n’a pas de comparable dans l’atlas{NBSP}: ce sont ses régions qui se comparent.",
    "groupe": "Un groupe est un ensemble choisi de communes, de tailles diverses"
    f"{NBSP}: il n’a pas de comparables. La fiche de chacune de ses communes en nomme.",
}

#: What to do with a fiche, in three steps.
ADVICE: Final = (
    (
        "Vérifier",
        f"Un service «{NBSP}non renseigné{NBSP}» existe peut-être{NBSP}: relisez la liste avec les "
        "agents et les associations, puis faites-le connaître à l’association Villes Internet, qui "
        "recueille les actions des collectivités.",
    ),
    (
        "Appeler",
        "Les territoires cités ont déjà fait ce chemin. Un appel à leur mairie ou à leur "
        "intercommunalité dit ce que cela coûte, qui l’anime et ce qu’il faut éviter.",
    ),
    (
        "Délibérer",
        "Choisissez un manque ou deux, voyez avec l’intercommunalité et les voisins ce qui peut être "
        "partagé, puis inscrivez-les à l’ordre du jour avec cette fiche.",
    ),
)

#: The words of the fiche, one line each; ``/api/definitions`` says all of them in full.
DEFINITIONS: Final = (
    ("Service documenté", "une source au moins de l’atlas en parle."),
    ("Présent", "une action ou un lieu rend le service dans la commune."),
    ("Partagé", "l’intercommunalité, le département ou la région le porte pour elle."),
    ("Absent", f"une source qui les recense tous n’y trouve rien{NBSP}: c’est un manque."),
    ("Non renseigné", f"personne ne s’est prononcé{NBSP}: c’est une question."),
    (
        "Taux de couverture",
        "services présents ou partagés, divisés par les services documentés ; pour un territoire "
        "plus grand, moyenne de ses communes selon leur population.".replace(" ;", f"{THIN};"),
    ),
    (
        "Comparables",
        "les territoires de même niveau et de même strate légale les plus proches en population et "
        "en densité, vingt au plus.",
    ),
    ("Distance", "de la mairie au lieu le plus proche, communes voisines comprises."),
)
