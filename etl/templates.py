"""The atlas's own file formats: the columns a council or the association fills in.

One declaration serves the readers, the templates to download and the documentation: what is read is
what is documented.
"""

from __future__ import annotations

import csv
import io
from typing import NamedTuple

#: Between the values of a cell that holds several.
LIST_SEPARATOR = "|"

#: Said of every row of an example, so that none is ever taken for a real one.
FICTITIOUS = "exemple fictif"


class TemplateColumn(NamedTuple):
    """A column of a format.

    Attributes
    ----------
    nom
        Its header, to be kept as it is.
    obligatoire
        Whether a row without a value there is refused.
    texte
        What goes in it, in French.
    exemples
        One value for each example row.
    """

    nom: str
    obligatoire: bool
    texte: str
    exemples: tuple[str, ...]


class Template(NamedTuple):
    """A file format.

    Attributes
    ----------
    code
        Name of the reader in ``atlas.toml``, and of the file to download.
    libelle, texte
        Its name, and what it is for, in French.
    colonnes
        In the order in which the template gives them; a file may have them in another.
    """

    code: str
    libelle: str
    texte: str
    colonnes: tuple[TemplateColumn, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Headers of all columns."""
        return tuple(column.nom for column in self.colonnes)

    @property
    def compulsory(self) -> tuple[str, ...]:
        """Headers of the columns without which no row can be read."""
        return tuple(column.nom for column in self.colonnes if column.obligatoire)


_NIVEAUX = "commune, epci, departement, region, ept, groupe ou pays"

ACTIONS = Template(
    "actions",
    "Actions",
    "Ce que les collectivités font et publient : une ligne par action.",
    (
        TemplateColumn(
            "id",
            True,
            "Identifiant de l’action, unique dans le fichier et stable d’un envoi à l’autre.",
            ("exemple-1", "exemple-2", "exemple-3"),
        ),
        TemplateColumn(
            "titre",
            True,
            "Titre de l’action, en une ligne.",
            (
                f"Ateliers numériques du mardi ({FICTITIOUS})",
                f"Budget participatif intercommunal ({FICTITIOUS})",
                f"Fête du libre ({FICTITIOUS})",
            ),
        ),
        TemplateColumn(
            "description",
            False,
            "Quelques phrases. Ni nom ni adresse électronique de personne : ils seraient retirés.",
            (
                "Deux heures par semaine, à la médiathèque, pour apprendre à faire ses démarches.",
                "Les habitants proposent des projets et votent en ligne.",
                "",
            ),
        ),
        TemplateColumn(
            "url",
            False,
            "Page internet de l’action.",
            ("https://ville.exemple/ateliers", "", "https://departement.exemple/fete"),
        ),
        TemplateColumn(
            "porteur_niveau",
            True,
            f"Niveau de la collectivité qui porte l’action : {_NIVEAUX}.",
            ("commune", "epci", "departement"),
        ),
        TemplateColumn(
            "porteur_code",
            True,
            "Code INSEE de la collectivité (de n’importe quelle année pour une commune), numéro "
            "SIREN pour un EPCI.",
            ("48095", "243500139", "48"),
        ),
        TemplateColumn(
            "services",
            True,
            f"Codes des services rendus (voir /api/referentiel), séparés par « {LIST_SEPARATOR} ».",
            (
                "ateliers-initiation-numerique|aide-demarches-numeriques",
                "budget-participatif",
                "logiciels-libres",
            ),
        ),
        TemplateColumn(
            "type",
            False,
            "projet (si rien n’est dit), lieu ou evenement.",
            ("projet", "projet", "evenement"),
        ),
        TemplateColumn(
            "statut",
            False,
            "prevue, en_cours, terminee ou abandonnee. Une action prévue ou abandonnée est "
            "montrée, mais ne compte pas dans la couverture.",
            ("en_cours", "prevue", "terminee"),
        ),
        TemplateColumn(
            "date_debut",
            False,
            "Premier jour : 2026-01-31 ou 31/01/2026.",
            ("2025-09-02", "2027-01-01", "2024-06-15"),
        ),
        TemplateColumn("date_fin", False, "Dernier jour.", ("", "", "2024-06-16")),
        TemplateColumn(
            "date_maj",
            False,
            "Jour où la ligne a été relue pour la dernière fois.",
            ("2026-06-01", "2026-06-01", "2024-07-01"),
        ),
        TemplateColumn(
            "acteurs",
            False,
            "Organisations qui participent, jamais des personnes : noms séparés par "
            f"« {LIST_SEPARATOR} », avec leur numéro SIREN entre parenthèses s’il est connu.",
            (
                f"Association du Coin ({FICTITIOUS})",
                f"Association du Coin ({FICTITIOUS})|Coopérative d’à côté ({FICTITIOUS})",
                "",
            ),
        ),
        TemplateColumn(
            "points",
            False,
            "Endroits où l’action a lieu : « latitude,longitude » en degrés, séparés par "
            f"« {LIST_SEPARATOR} ». Vide si elle n’a pas d’endroit précis.",
            ("44.5180,3.5010", "", "44.5180,3.5010|44.7250,3.2870"),
        ),
    ),
)

LABELS = Template(
    "labels",
    "Résultats du label",
    "Les arobases obtenues au label Territoires, Villes et Villages Internet : une ligne par "
    "territoire et par année.",
    (
        TemplateColumn("annee", True, "Année du label.", ("2025", "2025", "2026")),
        TemplateColumn(
            "niveau", True, f"Niveau du territoire : {_NIVEAUX}.", ("commune", "epci", "commune")
        ),
        TemplateColumn(
            "code",
            True,
            "Code INSEE du territoire, ou numéro SIREN d’un EPCI.",
            ("48095", "243500139", "48095"),
        ),
        TemplateColumn("arobases", True, "Nombre d’arobases, de 1 à 5.", ("2", "4", "3")),
        TemplateColumn(
            "arobase_verte", False, "oui ou non (non si rien n’est dit).", ("non", "oui", "oui")
        ),
        TemplateColumn(
            "mentions",
            False,
            f"Mentions obtenues, séparées par « {LIST_SEPARATOR} ».",
            (
                f"Inclusion ({FICTITIOUS})",
                f"Open data ({FICTITIOUS})|Coopération ({FICTITIOUS})",
                f"({FICTITIOUS})",
            ),
        ),
    ),
)

#: Every format, by code.
TEMPLATES = {template.code: template for template in (ACTIONS, LABELS)}


def as_csv(template: Template, *, examples: bool) -> bytes:
    """Write a template: its headers, and example rows if asked.

    Parameters
    ----------
    template
        The format.
    examples
        Whether to give example rows, each marked fictitious.

    Returns
    -------
    bytes
        CSV in UTF-8 with a byte order mark and semicolons, as French spreadsheets open it.
    """
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
    writer.writerow(template.names)
    if examples:
        writer.writerows(zip(*(column.exemples for column in template.colonnes), strict=True))
    return stream.getvalue().encode("utf-8-sig")
