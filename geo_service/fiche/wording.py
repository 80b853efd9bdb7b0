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

#: A service absent from some communes, of which nothing is known in the others.
PARTLY: Final = "absent ou inconnu"

#: What is said where there is no service, no gap, nothing to recommend, nobody to compare.
NO_SERVICE: Final = "Aucune source de cette publication ne parle des services du référentiel."
QUESTIONS_ONLY: Final = (
    f"Ce sont des questions à poser, pas des manques{NBSP}: un taux de couverture n’aurait pas de "
    "sens."
)
NO_GAP: Final = {
    "sans_source": f"On ne peut rien en dire{NBSP}: aucun service n’est documenté.",
    "silence": f"On ne peut rien en dire{NBSP}: personne n’a parlé des services de ce territoire.",
    "aucun": (
        "Aucun manque n’est connu. Un manque ne se constate que pour les services qu’une source "
        f"recense tous{THIN}; les autres sont à vérifier."
    ),
}
FIRST_STEP: Final = {
    "manque": (
        f"{NBSP}: c’est le manque le plus répandu. Les fiches des communes concernées nomment "
        "des territoires comparables qui ont déjà ce service."
    ),
    "repandu": (
        "Ce qui manque ici n’est pas plus répandu chez les territoires comparables. Les manques "
        "qui touchent le plus d’habitants viennent d’abord."
    ),
    "questions": (
        f"Par les réponses qui manquent{NBSP}: tant qu’elles ne sont pas connues, rien ne peut "
        "être recommandé."
    ),
    "rien": (
        "Rien ne manque parmi les services documentés. Il reste à faire connaître ce qui existe."
    ),
}
UNCOMPARED: Final = {
    "pays": (
        f"Le pays n’a pas de comparable dans l’atlas{NBSP}: ce sont ses régions qui se comparent."
    ),
    "groupe": (
        f"Un groupe est un ensemble choisi de communes de tailles diverses{NBSP}: il n’a pas de "
        "comparables. La fiche de chacune de ses communes en nomme."
    ),
}

#: What to do with a fiche, in three steps.
ADVICE: Final = {
    "Vérifier": (
        f"Un service «{NBSP}non renseigné{NBSP}» existe peut-être{NBSP}: relisez la liste avec les "
        "agents et les associations, puis faites-le connaître à l’association Villes Internet, qui "
        "recueille les actions des collectivités."
    ),
    "Appeler": (
        "Les territoires cités ont déjà fait ce chemin. Un appel à leur mairie ou à leur "
        "intercommunalité dit ce que cela coûte, qui l’anime et ce qu’il faut éviter."
    ),
    "Délibérer": (
        "Choisissez un manque ou deux, voyez avec l’intercommunalité et les voisins ce qui peut "
        "être partagé, puis inscrivez-les à l’ordre du jour avec cette fiche."
    ),
}

#: The words of the fiche, one line each; ``/api/definitions`` says all of them in full.
DEFINITIONS: Final = {
    "Service documenté": "une source au moins de l’atlas en parle.",
    "Présent": "une action ou un lieu rend le service dans la commune.",
    "Partagé": "l’intercommunalité, le département ou la région le porte pour elle.",
    "Absent": f"une source qui les recense tous n’y trouve rien{NBSP}: c’est un manque.",
    "Non renseigné": f"personne ne s’est prononcé{NBSP}: c’est une question.",
    "Taux de couverture": (
        f"services présents ou partagés, divisés par les services documentés{THIN}; pour un "
        "territoire plus grand, moyenne de ses communes selon leur population."
    ),
    "Comparables": (
        "les territoires de même niveau et de même strate légale les plus proches en population et "
        "en densité, vingt au plus."
    ),
    "Distance": "de la mairie au lieu le plus proche, communes voisines comprises.",
}
