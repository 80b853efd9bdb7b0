"""What is said of the rows that were located, repaired, flagged or refused."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from etl.communes import Communes, FloatArray, GeometryArray
from etl.location.naming import Named, texts_of
from etl.location.points import BoolArray, sea_or_abroad
from etl.signalements import Signalements

IntArray = npt.NDArray[np.int64]

#: Of the candidates of an ambiguous name, how many are named.
_SHOWN = 5

#: How a postcode and a name were understood: the reason, and its sentence.
_NAMED = {
    "nom": (
        "commune_par_le_nom",
        ("Pas de code connu : « {valeur} » désigne {commune} ({code})."),
    ),
    "ancien_nom": (
        "commune_par_ancien_nom",
        (
            "Pas de code connu : « {valeur} » est un ancien nom, aujourd'hui dans {commune} "
            "({code})."
        ),
    ),
    "approche": (
        "commune_par_nom_approche",
        (
            "Pas de code connu : « {valeur} » a été lu {commune} ({code}), au nom voisin et "
            "au même code postal."
        ),
    ),
    "texte": (
        "commune_par_le_nom",
        (
            "Pas de code connu : des communes de code postal « {valeur} », seule {commune} "
            "({code}) est nommée dans le nom ou l'adresse du lieu."
        ),
    ),
    "code_postal": (
        "commune_par_le_code_postal",
        (
            "Pas de code connu : le code postal de « {valeur} » n'a qu'une commune, "
            "{commune} ({code})."
        ),
    ),
    "departement": (
        "commune_par_le_nom",
        (
            "Pas de code connu : « {valeur} » désigne {commune} ({code}), seule de ce nom "
            "dans le département."
        ),
    ),
    "nom_seul": (
        "commune_par_le_nom",
        ("Pas de code connu : « {valeur} » désigne {commune} ({code}), seule de ce nom en France."),
    ),
}


@dataclass(frozen=True)
class Remarks:
    """The remarks on the rows of one source; fields are the names of its columns."""

    communes: Communes
    signalements: Signalements
    champ_code: str
    champ_point: str
    champ_commune: str

    def swapped(
        self, lignes: IntArray, lon: FloatArray, lat: FloatArray, swapped: BoolArray
    ) -> None:
        """Record the points whose axes were put right."""
        self.signalements.add(
            "axes_inverses",
            lignes[swapped],
            self.champ_point,
            "La longitude et la latitude étaient échangées ({valeur}) : elles ont été remises dans "
            "l'ordre.",
            _pairs(lon[swapped], lat[swapped]),
        )

    def nowhere(
        self,
        lignes: IntArray,
        lon: FloatArray,
        lat: FloatArray,
        points: GeometryArray,
        usable: BoolArray,
    ) -> None:
        """Flag the points at (0, 0), at sea and out of France."""
        null = (lon == 0) & (lat == 0)
        self.signalements.add(
            "point_nul",
            lignes[null],
            self.champ_point,
            "Les coordonnées sont (0, 0), ce que laisse un géocodage qui a échoué : elles ne sont "
            "pas retenues.",
        )
        out = np.flatnonzero(usable)
        out = out[self.communes.at(points[out]) < 0]
        at_sea, abroad = sea_or_abroad(points[out], self.communes)
        for motif, chosen, words in (
            ("point_en_mer", out[at_sea], "en mer, au large des communes de France"),
            ("point_hors_de_france", out[abroad], "hors de France"),
        ):
            self.signalements.add(
                motif,
                lignes[chosen],
                self.champ_point,
                f"Le point ({{valeur}}) est {words}.",
                _pairs(lon[chosen], lat[chosen]),
            )

    def by_point(self, rows: pd.DataFrame, position: IntArray) -> None:
        """Record the rows whose commune is the one their point lies in."""
        self.signalements.add(
            "commune_par_le_point",
            rows["ligne"].to_numpy(),
            self.champ_code,
            "Code de commune « {valeur} » absent, inconnu ou partagé : ses coordonnées sont à "
            "{commune}.",
            rows["code"].to_numpy(),
            commune=self.communes.noms[position],
        )

    def at_odds(self, rows: pd.DataFrame, position: IntArray, named: IntArray) -> None:
        """Flag the rows whose name means a neighbour of the commune their point lies in."""
        self.signalements.add(
            "commune_discordante",
            rows["ligne"].to_numpy(),
            self.champ_commune,
            "« {valeur} » désigne {nommee}, mais le point est à côté, à {commune} : le point l'a "
            "emporté.",
            _written(rows),
            nommee=self.communes.noms[named],
            commune=self.communes.noms[position],
        )

    def by_address(self, rows: pd.DataFrame, position: IntArray) -> None:
        """Record the rows whose commune is the one their address was found in."""
        found = position >= 0
        self.signalements.add(
            "commune_par_l_adresse",
            rows["ligne"].to_numpy()[found],
            self.champ_commune,
            "Pas de code connu : l'adresse a été trouvée par géocodage à {commune}.",
            texts_of(rows, "adresse").to_numpy()[found],
            commune=self.communes.noms[position[found]],
        )

    def by_name(self, rows: pd.DataFrame, named: Named) -> None:
        """Record the rows whose commune is the one that postcode and name mean."""
        written = _written(rows)
        lignes = rows["ligne"].to_numpy()
        manners = np.array(
            [found.maniere if found else "" for found in named.reponses], dtype=object
        )
        for maniere, (motif, phrase) in _NAMED.items():
            chosen = (manners == maniere) & (named.position >= 0)
            places = named.position[chosen]
            self.signalements.add(
                motif,
                lignes[chosen],
                self.champ_commune,
                phrase,
                written[chosen],
                commune=self.communes.noms[places],
                code=self.communes.codes.to_numpy(dtype=object)[places],
            )

    def refused(
        self,
        rows: pd.DataFrame,
        *,
        located: BoolArray,
        point: tuple[FloatArray, FloatArray],
        named: Named,
        divided: Mapping[str, Collection[str]],
    ) -> None:
        """Refuse the rows that nothing places, each for the first thing to put right."""
        lignes = rows["ligne"].to_numpy()
        codes = rows["code"].str.strip().to_numpy(dtype=object)
        shared = np.array([code.upper() in divided for code in codes], dtype=bool)
        declared = codes != ""
        manners = np.array(
            [found.maniere if found else "" for found in named.reponses], dtype=object
        )
        left = np.ones(len(rows), dtype=bool)

        several = (manners == "ambigu") & ~shared
        self.signalements.add(
            "commune_ambigue",
            lignes[several],
            self.champ_commune,
            "« {valeur} » peut désigner plusieurs communes : {choix}. Ajoutez le code INSEE.",
            _written(rows)[several],
            choix=[self._choice(found.candidats) for found in named.reponses[several]],
        )
        left &= ~several
        lost = left & located
        self.signalements.add(
            "point_hors_territoire",
            lignes[lost],
            self.champ_point,
            "Le code de commune « {valeur} » n'est pas connu, et le point ({lat}, {lon}) n'est "
            "dans aucune commune de l'atlas.",
            codes[lost],
            lat=point[1][lost],
            lon=point[0][lost],
        )
        left &= ~lost
        cut = left & shared
        self.signalements.add(
            "commune_partagee",
            lignes[cut],
            self.champ_code,
            "Le territoire du code « {valeur} » est aujourd'hui partagé entre {choix}, et la ligne "
            "n'a pas de coordonnées. Mettez le code de l'une d'elles.",
            codes[cut],
            choix=[", ".join(divided[code.upper()]) for code in codes[cut]],
        )
        left &= ~cut
        nameless = left & ~declared & (manners == "inconnu")
        self.signalements.add(
            "nom_de_commune_inconnu",
            lignes[nameless],
            self.champ_commune,
            "« {valeur} » n'est ni une commune de l'atlas, ni un code postal connu, et la ligne "
            "n'a ni code INSEE ni coordonnées. Corrigez-la.",
            _written(rows)[nameless],
        )
        left &= ~nameless
        wrong = left & declared
        self.signalements.add(
            "commune_inconnue",
            lignes[wrong],
            self.champ_code,
            "Le code « {valeur} » n'est celui d'aucune commune de l'atlas, et la ligne n'a pas de "
            "coordonnées. Corrigez le code.",
            codes[wrong],
        )
        self.signalements.add(
            "sans_localisation",
            lignes[left & ~declared],
            self.champ_code,
            "La ligne n'a ni code de commune, ni coordonnées, ni nom de commune. Ajoutez l'un "
            "d'eux.",
        )

    def _choice(self, candidates: tuple[str, ...]) -> str:
        places = self.communes.codes.get_indexer(pd.Index(candidates[:_SHOWN]))
        names = [
            f"{self.communes.noms[place]} ({code})"
            for place, code in zip(places, candidates, strict=False)
        ]
        more = len(candidates) - len(names)
        return ", ".join(names) + (f" et {more} autres" if more > 0 else "")

    def outside(
        self, lignes: IntArray, *, km: FloatArray, outside: BoolArray, where: IntArray
    ) -> None:
        """Flag the points that lie outside their commune."""
        self.signalements.add(
            "point_hors_commune",
            lignes[outside],
            self.champ_point,
            "Le point est à {valeur} de sa commune déclarée ({commune}).",
            [distance(value) for value in km[outside]],
            commune=self.communes.noms[where[outside]],
        )

    def replaced(
        self,
        lignes: IntArray,
        *,
        km: FloatArray,
        far: BoolArray,
        where: IntArray,
        localisation: npt.NDArray[np.object_],
    ) -> None:
        """Record the points too far from their commune to be believed."""
        self.signalements.add(
            "point_remplace",
            lignes[far],
            self.champ_point,
            "Trop loin de la commune, le point n'est pas retenu : le lieu est placé {place} "
            "({commune}).",
            [distance(value) for value in km[far]],
            place=_places(localisation[far]),
            commune=self.communes.noms[where[far]],
        )

    def absent(
        self,
        lignes: IntArray,
        *,
        absent: BoolArray,
        where: IntArray,
        localisation: npt.NDArray[np.object_],
    ) -> None:
        """Flag the rows without a point of their own, and record those whose address was found."""
        middle = absent & (localisation == "centre_commune")
        self.signalements.add(
            "point_absent",
            lignes[middle],
            self.champ_point,
            "Pas de point précis : le lieu est placé dans le bourg de sa commune ({commune}).",
            commune=self.communes.noms[where[middle]],
        )
        found = absent & ~middle
        self.signalements.add(
            "point_par_l_adresse",
            lignes[found],
            self.champ_point,
            "Pas de point : le lieu est placé {place} ({commune}), par géocodage.",
            place=_places(localisation[found]),
            commune=self.communes.noms[where[found]],
        )


def _places(localisation: npt.NDArray[np.object_]) -> list[str]:
    words = {
        "adresse": "à son adresse",
        "rue": "dans sa rue",
        "lieu_dit": "à son lieu-dit",
        "centre_commune": "dans le bourg",
    }
    return [words[name] for name in localisation]


def _written(rows: pd.DataFrame) -> npt.NDArray[np.object_]:
    """Postcode and name as they are written."""
    both = texts_of(rows, "code_postal") + " " + texts_of(rows, "commune_nom")
    written: npt.NDArray[np.object_] = both.str.strip().to_numpy(dtype=object)
    return written


def _pairs(lon: FloatArray, lat: FloatArray) -> list[str]:
    return [f"{y:g}, {x:g}" for x, y in zip(lon, lat, strict=True)]


def distance(km: float) -> str:
    """Write a distance in French: metres under one kilometre."""
    if km < 1:
        return f"{max(round(km * 1000), 1)} m"
    return f"{km:.1f} km".replace(".", ",")
