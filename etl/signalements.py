"""What was refused, repaired or flagged in a source, row by row, with its reason in French."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

Gravite = Literal["rejet", "reparation", "alerte"]
IntArray = npt.NDArray[np.int64]

COLUMNS = ("ligne", "champ", "gravite", "motif", "phrase", "valeur")

#: Longest value of the source repeated in a report, characters.
VALUE_MAX = 200

#: An e-mail address inside a text. ``Médi@thèque`` is none: a dot must follow.
EMAIL = re.compile(r"[^\s@<>,;:()\"']+@[^\s@<>,;:()\"']+\.[^\W\d_]{2,}")
EMAIL_MASK = "[adresse électronique]"

#: Every reason: its stable code, how grave it is, and its plain French wording for summaries.
MOTIFS: dict[str, tuple[Gravite, str]] = {
    "valeurs_en_trop_ou_manquantes": ("rejet", "La ligne n'a pas le bon nombre de valeurs"),
    "guillemets_fautifs": ("rejet", "Les guillemets de la ligne sont mal fermés ou mal placés"),
    "caractere_nul": ("rejet", "La ligne contient des octets nuls"),
    "valeur_trop_longue": ("rejet", "Une valeur de la ligne est démesurée"),
    "ligne_illisible": ("rejet", "La ligne n'est pas un objet que l'on sait lire"),
    "identifiant_absent": ("rejet", "La ligne n'a pas d'identifiant"),
    "identifiant_double": ("rejet", "L'identifiant figure déjà plus haut"),
    "doublon": ("rejet", "Le même lieu figure déjà plus haut"),
    "hors_du_public": ("rejet", "L'adresse n'est pas ouverte au public"),
    "sans_localisation": ("rejet", "Ni code de commune, ni coordonnées"),
    "commune_inconnue": ("rejet", "Le code n'est pas celui d'une commune de l'atlas"),
    "commune_partagee": ("rejet", "Le territoire du code est partagé entre plusieurs communes"),
    "point_hors_territoire": ("rejet", "Le point n'est dans aucune commune de l'atlas"),
    "commune_ambigue": ("rejet", "Le code postal et le nom désignent plusieurs communes"),
    "nom_de_commune_inconnu": ("rejet", "Le nom n'est pas celui d'une commune de l'atlas"),
    "reference_invalide": ("rejet", "Le territoire est une référence cassée"),
    "niveau_inconnu": ("rejet", "L'échelon n'est pas reconnu"),
    "porteur_inconnu": ("rejet", "Le porteur n'est pas un territoire de l'atlas"),
    "membre_inconnu": ("rejet", "Le membre n'est pas un territoire de l'atlas"),
    "vocabulaire_inconnu": ("rejet", "La valeur n'a pas de service correspondant"),
    "ligne_exclue": ("rejet", "La ligne est écartée par un filtre de la correspondance"),
    "sans_service": ("rejet", "Aucun service du référentiel ne correspond à la ligne"),
    "structure_absente": ("rejet", "La structure du service n'est dans aucune source chargée"),
    "code_ancien": ("reparation", "Ancien code de commune remplacé par l'actuel"),
    "zero_perdu": ("reparation", "Zéro perdu au début d'un code, remis"),
    "commune_par_le_point": ("reparation", "Commune trouvée par les coordonnées"),
    "commune_par_l_adresse": ("reparation", "Commune trouvée par géocodage de l'adresse"),
    "commune_par_le_nom": ("reparation", "Commune trouvée par son nom"),
    "commune_par_ancien_nom": ("reparation", "Commune trouvée par un nom d'autrefois"),
    "commune_par_nom_approche": ("reparation", "Commune trouvée par un nom voisin"),
    "commune_par_le_code_postal": ("reparation", "Commune trouvée par son code postal"),
    "axes_inverses": ("reparation", "Longitude et latitude échangées, remises dans l'ordre"),
    "point_remplace": ("reparation", "Point trop loin de sa commune, remplacé"),
    "point_par_l_adresse": ("reparation", "Point absent, trouvé par géocodage de l'adresse"),
    "adresse_web_corrigee": ("reparation", "Adresse de site internet remise en forme"),
    "mojibake": ("reparation", "Accents abîmés, remis"),
    "encodage_mixte": ("reparation", "Caractère d'un autre encodage, remis"),
    "donnee_personnelle": ("reparation", "Nom ou adresse électronique retiré"),
    "nom_absent": ("reparation", "Nom absent, remplacé par un nom général"),
    "valeur_vide": ("reparation", "Erreur de tableur ou mot vide, tenu pour absent"),
    "nombre_corrige": ("reparation", "Espaces ou virgule d'un nombre, corrigés"),
    "siret_corrige": ("reparation", "SIRET débarrassé de ses espaces"),
    "point_hors_commune": ("alerte", "Le point est hors de sa commune"),
    "point_en_mer": ("alerte", "Le point est en mer"),
    "point_hors_de_france": ("alerte", "Le point est hors de France"),
    "point_nul": ("alerte", "Les coordonnées sont (0, 0)"),
    "commune_discordante": ("alerte", "Le nom désigne une commune voisine de celle du point"),
    "point_absent": ("alerte", "Pas de point précis, le bourg de la commune est utilisé"),
    "doublon_fusionne": ("alerte", "Le même lieu figure dans une autre source : réunis en un seul"),
    "point_invalide": ("alerte", "Les coordonnées ne sont pas lisibles"),
    "adresse_web_invalide": ("alerte", "L'adresse du site internet n'en est pas une"),
    "telephone_invalide": ("alerte", "Le numéro de téléphone est incomplet"),
    "valeur_hors_vocabulaire": ("alerte", "Une valeur n'est pas dans le vocabulaire attendu"),
    "caracteres_perdus": ("alerte", "Des lettres ont été perdues par un mauvais encodage"),
    "nombre_invalide": ("alerte", "La valeur n'est pas un nombre"),
    "code_postal_invalide": ("alerte", "Le code postal n'en est pas un"),
    "siret_invalide": ("alerte", "Le SIRET n'en est pas un"),
    "date_invalide": ("alerte", "La date est illisible ou impossible"),
    "horaires_illisibles": ("alerte", "Les horaires ne sont pas lisibles"),
    "periode_illisible": ("alerte", "La période n'est pas lisible"),
    "membre_ignore": ("alerte", "Un des membres n'est pas un territoire de l'atlas"),
    "groupe_renomme": ("alerte", "Le groupe a un autre nom plus haut"),
    "theme_inconnu": ("alerte", "Le thème n'a pas de service correspondant"),
    "commune_sans_mairie": ("alerte", "Commune absente de l'annuaire"),
}


@dataclass
class Signalements:
    """Collects the remarks of one reading.

    A row is refused once: a second refusal of the same row would break the accounting of rows, and
    is a fault of the reader.
    """

    _frames: list[pd.DataFrame] = field(default_factory=list)
    _refused: set[int] = field(default_factory=set)
    _repaired: set[int] = field(default_factory=set)

    def add(
        self,
        motif: str,
        lignes: IntArray | pd.Series[int] | Sequence[int | None],
        champ: str | None,
        phrase: str,
        valeurs: Iterable[object] | None = None,
        **details: Iterable[object],
    ) -> None:
        """Record a remark about some rows.

        Parameters
        ----------
        motif : str
            A key of `MOTIFS`, which tells how grave it is.
        lignes : array of int, shape (n,)
            Rows concerned; 1 is the first row of data. None where the remark is about no row:
            only for alerts.
        champ : str or None
            Column of the source concerned.
        phrase : str
            French sentence; ``{valeur}`` and the names of ``details`` are replaced row by row.
        valeurs, **details : iterables of n values
            What the source holds, and what else the sentence tells. E-mail addresses are masked,
            long values are cut.

        Raises
        ------
        KeyError
            If the reason is not in `MOTIFS`.
        ValueError
            If a row is refused twice.
        """
        gravite, _ = MOTIFS[motif]
        rows = [None if ligne is None else int(ligne) for ligne in lignes]
        if not rows:
            return
        values = [None] * len(rows) if valeurs is None else [_shown(v) for v in valeurs]
        more = {name: list(items) for name, items in details.items()}
        phrases = [
            phrase.format(valeur=value, **{name: items[i] for name, items in more.items()})
            for i, value in enumerate(values)
        ]
        numbered = {row for row in rows if row is not None}
        if gravite == "rejet":
            if len(numbered) != len(rows) or not self._refused.isdisjoint(numbered):
                raise ValueError(f"a row is refused twice ({motif})")
            self._refused |= numbered
        elif gravite == "reparation":
            self._repaired |= numbered
        self._frames.append(
            pd.DataFrame(
                {
                    "ligne": rows,
                    "champ": champ,
                    "gravite": gravite,
                    "motif": motif,
                    "phrase": phrases,
                    "valeur": values,
                },
                columns=list(COLUMNS),
            )
        )

    @property
    def rejetees(self) -> int:
        """Number of rows refused."""
        return len(self._refused)

    @property
    def reparees(self) -> int:
        """Number of rows repaired and not refused."""
        return len(self._repaired - self._refused)

    def frame(self) -> pd.DataFrame:
        """All remarks, sorted by row: the columns of the table ``signalements``."""
        if not self._frames:
            return pd.DataFrame({name: pd.Series(dtype="object") for name in COLUMNS})
        frame = pd.concat([f.astype("object") for f in self._frames], ignore_index=True)
        order = frame["ligne"].fillna(0).astype("int64").to_numpy().argsort(kind="stable")
        return frame.iloc[order].reset_index(drop=True)


def _shown(value: object) -> str | None:
    """Return a value as it may be repeated in a report."""
    if value is None:
        return None
    text = EMAIL.sub(EMAIL_MASK, str(value))
    return text if len(text) <= VALUE_MAX else f"{text[: VALUE_MAX - 1]}…"
