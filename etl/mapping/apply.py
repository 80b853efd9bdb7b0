"""A part of a file, turned into lieux and their services by its mapping."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field

import geopandas as gpd
import pandas as pd

from boundaries.names import normalise
from etl.config import SourceConfig
from etl.formats import LATITUDE, LONGITUDE, RawPart
from etl.location import locate
from etl.mapping import fields, hours, repairs
from etl.mapping.fields import Binding
from etl.mapping.model import JOURS, Correspondance, Filtre, Horaires
from etl.mapping.tying import Tie, tie
from etl.mapping.vocabulary import Vocabulary, yes_no
from etl.readers.base import Context, Reading, check_services, lieux_frame, refuse_repeated
from etl.readers.cleaning import drop_persons
from etl.readers.identifiers import Places, Seen, pair
from etl.signalements import Signalements

_NO_NAME = "Lieu sans nom"
#: What tells where a row is, besides its point.
_LOCATING = ("ligne", "nom", "code", "adresse", "code_postal", "commune_nom", "departement")
#: A date later than that after the day the data speak of is a mistake, days.
_LATEST_DAYS = 366
_FRENCH_WORDS = (*JOURS, "jour", "jours", "rendez", "semaine", "ouvert")
#: What a value of the file is shown as when several columns made it.
_BETWEEN_VALUES = " | "


@dataclass
class Applied:
    """A mapping at work on one file, for one source; holds what must be known across parts.

    Attributes
    ----------
    binding : Binding
    source, context
        The source, and the atlas it is read for.
    """

    binding: Binding
    source: SourceConfig
    context: Context
    _ids: Seen = field(default_factory=Seen)
    _tables: list[tuple[list[str], Vocabulary, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        mapping = self.mapping
        self._tables = [
            (
                table.colonnes,
                Vocabulary.of(table, self.context.referentiel),
                table.signaler,
            )
            for table in mapping.services.tables
        ]
        of_tables = [code for _, vocabulary, _ in self._tables for code in vocabulary.services]
        spoken = list(dict.fromkeys([*mapping.spoken(), *of_tables]))
        check_services(self.source, self.context, spoken)
        self.context.places[self.source.id] = Places()

    @property
    def mapping(self) -> Correspondance:
        """The mapping."""
        return self.binding.mapping

    @property
    def latest(self) -> dt.date:
        """Last day a date of the file can be."""
        return self.source.date_donnees + dt.timedelta(days=_LATEST_DAYS)

    def read(self, part: RawPart) -> Reading:
        """Turn the rows of a part into lieux; every row is loaded or refused."""
        signalements = Signalements()
        lues = len(part.rows) + len(part.refused)
        _repeat(part.refused, signalements)
        _repeat(
            part.repaired[part.repaired["champ"].isin(self.binding.names.values())], signalements
        )
        lignes = pd.Series(part.lignes, index=part.rows.index)
        rows = repairs.tidy(
            self.binding.select(part.rows), lignes, self.mapping.vides, signalements
        )
        rows.insert(0, "ligne", lignes)
        for filtre in self.mapping.filtres:
            rows = _filter(rows, filtre, signalements)
        rows = rows.assign(**self._places(rows, signalements))
        rows = self._identified(rows, signalements)
        rows, services = self._services(rows, signalements)
        tied = tie(rows, self.mapping.rattachement, self.source, self.context.places, signalements)
        located = self._located(tied.rows, signalements)
        tied = tied.settle(located.index, signalements)
        lieux = self._lieux(tied.rows.loc[located.index], located, signalements)
        pairs = self._pairs(lieux, tied, services)
        return Reading.of_lieux(
            lieux, signalements, lues=lues, rattachees=len(tied.attached), lieux_services=pairs
        )

    def _places(self, rows: pd.DataFrame, signalements: Signalements) -> dict[str, pd.Series]:
        """Values that tell where places are and which they are; ``pointe``: given a point."""
        lignes = rows["ligne"]
        column = self.binding.column
        names = column(rows, "nom")
        nom = drop_persons(names.texts, lignes, names.champ, signalements)
        street = column(rows, "adresse")
        adresse = drop_persons(street.texts, lignes, street.champ, signalements)
        return {
            "nom": nom,
            "adresse": adresse,
            "code_postal": repairs.codes(column(rows, "code_postal"), signalements, postcodes=True),
            "code": repairs.codes(column(rows, "code_insee"), signalements, postcodes=False),
            "commune_nom": column(rows, "commune").texts,
            "departement": column(rows, "departement").texts,
            "pointe": (rows[self._point_columns()] != "").any(axis=1),
        }

    def _identified(self, rows: pd.DataFrame, signalements: Signalements) -> pd.DataFrame:
        """Give every row its identifier; refuse those without, and those seen before."""
        champ = self.mapping.champs.identifiant
        told = self.binding.told("identifiant")
        if champ is None:
            what = ["nom", "adresse", "code_postal", "code", "commune_nom", *self._point_columns()]
            rows = rows.assign(id=fields.fingerprints(rows[what]))
            again = self._ids.add(rows["id"])
            return signalements.refuse(
                rows,
                again,
                "doublon",
                self.binding.told("nom"),
                "« {valeur} » figure déjà plus haut, à la même adresse.",
                column="nom",
            )
        rows = rows.assign(id=fields.value_of(rows, champ))
        for name in set(champ.joindre) - set(champ.facultatives):
            rows["id"] = rows["id"].where(rows[name] != "", "")
        return refuse_repeated(rows, told, signalements, self._ids)

    def _point_columns(self) -> list[str]:
        champs = self.mapping.champs
        given = [champ for champ in (champs.latitude, champs.longitude, champs.point) if champ]
        own = [LONGITUDE, LATITUDE] if self.binding.geometry else []
        return [*(name for champ in given for name in champ.colonnes), *own]

    def _services(
        self, rows: pd.DataFrame, signalements: Signalements
    ) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Services of each row (``row``, ``service``); rows without any are refused."""
        found = [_long(rows, [code]) for code in self.mapping.services.toujours]
        for columns, vocabulary, told in self._tables:
            for name in columns:
                texts = rows[name][rows[name] != ""]
                meanings = {text: vocabulary.read(text) for text in texts.unique()}
                codes = texts.map({text: meaning.services for text, meaning in meanings.items()})
                exploded = codes.explode().dropna()
                found.append(pd.DataFrame({"row": exploded.index, "service": exploded.to_numpy()}))
                if told:
                    unknown = {
                        text: " ; ".join(meaning.unknown)
                        for text, meaning in meanings.items()
                        if meaning.unknown
                    }
                    here = texts[texts.isin(list(unknown))]
                    signalements.add(
                        "valeur_hors_vocabulaire",
                        rows.loc[here.index, "ligne"],
                        self.binding.names.get(name, name),
                        "« {valeur} » n'est pas dans le vocabulaire attendu : ce service n'est pas "
                        "repris.",
                        here.map(unknown),
                    )
        services = (
            pd.concat(found, ignore_index=True).drop_duplicates() if found else _long(rows, [])
        )
        without = ~rows.index.isin(services["row"])
        if self.mapping.services.defaut:
            default = [_long(rows[without], [code]) for code in self.mapping.services.defaut]
            return rows, pd.concat([services, *default], ignore_index=True)
        self._refuse_without(rows[without], signalements)
        return rows[~without], services

    def _refuse_without(self, rows: pd.DataFrame, signalements: Signalements) -> None:
        """Refuse rows without service, saying what they hold instead."""
        columns = list(dict.fromkeys(name for names, _, _ in self._tables for name in names))
        names = [self.binding.names[name] for name in columns if name in self.binding.names]
        texts = rows[columns].itertuples(index=False, name=None)
        said = pd.Series(
            [_BETWEEN_VALUES.join(filter(None, values)) for values in texts], index=rows.index
        )
        for here, phrase in (
            (said == "", "La ligne ne dit aucun service."),
            (said != "", "Aucun service du référentiel ne correspond à « {valeur} »."),
        ):
            signalements.add(
                "sans_service", rows.loc[here, "ligne"], ", ".join(names), phrase, said[here]
            )

    def _located(self, rows: pd.DataFrame, signalements: Signalements) -> gpd.GeoDataFrame:
        points, champ_point = fields.coordinates(self.binding, rows, signalements)
        where = next(
            (
                name
                for name in ("code_insee", "code_postal", "commune")
                if self.mapping.champs[name]
            ),
            "code_insee",
        )
        return locate(
            rows[list(_LOCATING)].join(points),
            communes=self.context.communes,
            resolver=self.context.resolver,
            signalements=signalements,
            champ_code=self.binding.told(where),
            champ_point=champ_point,
            champ_commune=self.binding.told("commune"),
            geocoder=self.context.geocoder,
        )

    def _lieux(
        self, rows: pd.DataFrame, located: gpd.GeoDataFrame, signalements: Signalements
    ) -> gpd.GeoDataFrame:
        lignes = rows["ligne"]

        def column(name: str) -> repairs.Column:
            return self.binding.column(rows, name)

        def text(name: str) -> pd.Series[str]:
            found = column(name)
            clean = drop_persons(found.texts, lignes, found.champ, signalements)
            return clean.astype("object").where(clean != "", None)

        nameless = rows["nom"] == ""
        named = self.mapping.champs.nom.defaut or _NO_NAME
        signalements.add(
            "nom_absent",
            lignes[nameless],
            self.binding.told("nom"),
            f"La ligne n'a pas de nom utilisable : « {named} » est mis à la place.",
        )
        return lieux_frame(
            rows.assign(
                id=rows["lieu"],
                nom=rows["nom"].where(~nameless, named),
                adresse=fields.full_address(
                    rows["adresse"], rows["code_postal"], rows["commune_nom"]
                ),
                horaires=pd.Series(
                    self._hours(rows, signalements), index=rows.index, dtype="object"
                ),
                accessibilite=text("accessibilite"),
                typologie=text("typologie"),
                site_web=repairs.urls(column("site_web"), signalements),
                telephone=repairs.phones(column("telephone"), signalements),
                siret=repairs.sirets(column("siret"), signalements),
                capacite=repairs.decimals(column("capacite"), signalements),
                date_maj=repairs.dates(
                    column("date_maj"), self.mapping.dates, self.latest, signalements
                ),
            ),
            located,
        )

    def _hours(self, rows: pd.DataFrame, signalements: Signalements) -> list[str | None]:
        settings = self.mapping.horaires
        if settings is None:
            return [None] * len(rows)
        closed = frozenset([*settings.ferme, *map(normalise, settings.ferme)]) - {""}
        columns = settings.all_columns()[: -1 if settings.rendez_vous else None]
        found: list[str | None] = []
        wrong: dict[int, str] = {}
        done: dict[tuple[str, ...], str | None] = {}
        lists = [rows[name] for name in columns]
        for ligne, *texts in zip(rows["ligne"], *lists, strict=True):
            key = tuple(texts)
            if key not in done:
                done[key] = _hours_text(settings, key, closed)
            if done[key] == "":
                wrong[int(ligne)] = _BETWEEN_VALUES.join(text for text in key if text)
            found.append(done[key] or None)
        signalements.add(
            "horaires_illisibles",
            list(wrong),
            ", ".join(dict.fromkeys([columns[0], columns[-1]])),
            "Ces horaires ne se lisent pas, ils ne sont pas repris : {valeur}",
            wrong.values(),
        )
        if settings.rendez_vous is None:
            return found
        asked = [yes_no(text) is True for text in rows[settings.rendez_vous]]
        return [
            _with_appointment(text) if yes else text for text, yes in zip(found, asked, strict=True)
        ]

    def _pairs(self, lieux: gpd.GeoDataFrame, tied: Tie, services: pd.DataFrame) -> pd.DataFrame:
        """Lieux and services that nobody gave yet."""
        of_rows = pd.concat([tied.rows["lieu"], tied.attached])
        found = services[services["row"].isin(of_rows.index)]
        frame = pd.DataFrame(
            {"lieu": found["row"].map(of_rows), "service": found["service"]}, dtype="object"
        )
        mine = self.context.places[self.source.id]
        mine.ids.add(lieux["id"].astype("str"))
        again = pd.Series(False, index=frame.index)
        owners = {self.source.id: mine}
        if self.source.rattachement:
            owners[self.source.rattachement] = self.context.places[self.source.rattachement]
        for name, places in owners.items():
            here = frame["lieu"].str.startswith(f"{name}:").astype(bool)
            texts = pair(frame.loc[here, "lieu"], frame.loc[here, "service"]).astype("str")
            again.loc[here] = places.services.add(texts)
        return frame[~again].reset_index(drop=True)


def _repeat(said: pd.DataFrame, signalements: Signalements) -> None:
    """Record what the reader of the format said of the rows."""
    for motif, rows in said.groupby("motif", sort=True):
        for champ, some in rows.groupby(rows.get("champ", pd.Series("", index=rows.index))):
            signalements.add(
                str(motif),
                some["ligne"],
                str(champ) or None,
                "{dit}",
                some["valeur"],
                dit=some["phrase"],
            )


def _filter(rows: pd.DataFrame, filtre: Filtre, signalements: Signalements) -> pd.DataFrame:
    values = {normalise(value) for value in [*filtre.garder, *filtre.exclure]}
    listed = rows[filtre.colonne].map(normalise).isin(list(values))
    out = ~listed if filtre.garder else listed
    raison = filtre.raison or "Cette valeur n'est pas de celles que la correspondance retient."
    signalements.add(
        "ligne_exclue",
        rows.loc[out, "ligne"],
        filtre.colonne,
        "« {valeur} » : {raison}",
        rows.loc[out, filtre.colonne],
        raison=[raison] * int(out.sum()),
    )
    return rows[~out]


def _long(rows: pd.DataFrame, codes: list[str]) -> pd.DataFrame:
    """Give the same services to all rows."""
    return pd.DataFrame(
        {
            "row": rows.index.to_numpy().repeat(len(codes)),
            "service": pd.Series(codes * len(rows), dtype="object"),
        }
    )


def _hours_text(settings: Horaires, texts: tuple[str, ...], closed: frozenset[str]) -> str | None:
    """Write the hours of one row; '' when they cannot be read, None when there are none."""
    try:
        if settings.format == "jours":
            values = iter(texts)
            week = [[next(values) for _ in settings.jours.get(day, [])] for day in JOURS]
            return hours.week_text(week, closed)
        text = next((text for text in texts if text), "")
        if not text or text in closed or normalise(text) in closed:
            return None
        if settings.format == "texte":
            return hours.free_text(text) or None
        return hours.osm_text(text)
    except ValueError:
        words = normalise(_BETWEEN_VALUES.join(texts)).split()
        if settings.format == "osm" and any(word in words for word in _FRENCH_WORDS):
            return hours.free_text(" ".join(texts).strip())
        return ""


def _with_appointment(text: str | None) -> str:
    return f"{text} ; rendez-vous possible" if text else "Rendez-vous possible"
