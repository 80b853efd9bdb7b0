"""What a header says its column holds: the words people use for each field, in French mostly."""

from __future__ import annotations

import re

from rapidfuzz import fuzz

from boundaries.names import normalise

#: Words of each field, the usual ones first. They are compared normalised.
WORDS: dict[str, tuple[str, ...]] = {
    "identifiant": ("id", "identifiant", "uid", "uuid", "code lieu", "id lieu", "id structure"),
    "nom": (
        "nom",
        "nom du lieu",
        "nom lieu",
        "nom structure",
        "nom de la structure",
        "lieu",
        "structure",
        "libelle",
        "denomination",
        "raison sociale",
        "intitule",
        "etablissement",
        "name",
    ),
    "adresse": (
        "adresse",
        "adresse postale",
        "voie",
        "rue",
        "adresse 1",
        "adresse complete",
        "address",
        "nom voie",
    ),
    "code_postal": ("code postal", "cp", "codepostal", "postal", "zip"),
    "commune": (
        "commune",
        "ville",
        "nom commune",
        "libelle commune",
        "lib com",
        "localite",
        "city",
    ),
    "code_insee": (
        "code insee",
        "insee",
        "insee com",
        "code commune",
        "codeinsee",
        "code commune insee",
        "com insee",
        "depcom",
        "codgeo",
        "citycode",
    ),
    "latitude": ("latitude", "lat", "y", "coord y", "wgs84 lat"),
    "longitude": ("longitude", "lon", "long", "lng", "x", "coord x", "wgs84 lon"),
    "point": ("coordonnees", "geo point 2d", "geopoint", "geolocalisation", "point", "geom", "gps"),
    "siret": ("siret", "pivot", "numero siret", "n siret", "code siret"),
    "telephone": ("telephone", "tel", "phone", "numero de telephone", "contact tel", "n telephone"),
    "site_web": (
        "site web",
        "site internet",
        "site",
        "url",
        "web",
        "adresse web",
        "lien",
        "url lieu",
    ),
    "horaires": ("horaires", "horaires ouverture", "ouverture", "opening hours", "jours horaires"),
    "typologie": (
        "typologie",
        "type",
        "type structure",
        "type de structure",
        "categorie",
        "nature",
        "type de lieu",
    ),
    "capacite": ("capacite", "places", "nombre de places", "postes", "nombre de postes"),
    "accessibilite": ("accessibilite", "acces pmr", "pmr", "fiche acces libre"),
    "date_maj": (
        "date maj",
        "date de mise a jour",
        "mise a jour",
        "derniere maj",
        "maj",
        "date modification",
        "updated at",
    ),
}

#: How sure a header makes: the very words, the words among others, almost the words.
EXACT, AMONG, ALMOST = 0.9, 0.6, 0.5
#: rapidfuzz's ratio from which two headers are held to be almost the same.
_ALMOST_RATIO = 88
#: A word so short is nothing among others: « y », « id ».
_SHORT = 2
#: « bfc_id », « id_fs »: an identifier of somebody's.
_SOME_ID = re.compile(r"^id\b|\bu?id$")

_DAYS = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
_DAY = re.compile(rf"\b({'|'.join(_DAYS)})\b")
_AFTERNOON = re.compile(r"\b(apres midi|aprem|pm|soir)\b")


def words(header: str) -> str:
    """Spell a header as plain words: ``Code_INSEE`` and ``codeInsee`` become ``code insee``."""
    spaced = re.sub(r"(?<=[a-zà-ÿ])(?=[A-Z])", " ", header)
    return normalise(re.sub(r"[_.\-/]", " ", spaced))


def header_score(header: str, champ: str) -> float:
    """Say how sure a header makes that its column is a field, 0 to 0.9."""
    spelt = words(header)
    known = WORDS.get(champ, ())
    if spelt in known:
        return EXACT
    padded = f" {spelt} "
    if any(f" {word} " in padded for word in known if len(word) > _SHORT):
        return AMONG
    if champ == "identifiant" and _SOME_ID.search(spelt):
        return AMONG
    if any(fuzz.ratio(spelt, word) >= _ALMOST_RATIO for word in known if len(word) > _SHORT):
        return ALMOST
    return 0.0


def day_of(header: str) -> tuple[int, bool] | None:
    """Tell the day of the week a header names, from Monday 0, and whether it is an afternoon's."""
    spelt = words(header)
    match = _DAY.search(spelt)
    if match is None:
        return None
    return _DAYS.index(match[1]), _AFTERNOON.search(spelt) is not None
