"""What the values of a column look like: coordinates, codes, dates, addresses of sites."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from stdnum.fr import siret as french_siret

from boundaries.names import normalise
from etl.location.points import ZONES
from etl.mapping import fields, hours, repairs
from etl.mapping.repairs import Column
from etl.readers.base import Context
from etl.readers.cleaning import clean_text, normalise_url
from etl.signalements import EMAIL, Signalements

_CODE_LENGTH = 5
_PHONE = re.compile(r"(?:\+|00)?[\d\s.()\-/]{9,20}")
_PHONE_DIGITS = range(9, 14)
#: A column of coordinates is of numbers, most with a decimal part.
_NUMBERS, _DECIMALS = 0.8, 0.5
_URL = re.compile(
    r"https?://|www\.|^[\w-]+(\.[\w-]+)*\.(fr|com|org|net|eu|re|nc|bzh|info)\b", re.IGNORECASE
)
_STREET = re.compile(
    r"\b(rue|avenue|av|place|pl|boulevard|bd|chemin|route|rte|allee|impasse|quai|cours|square|"
    r"lieu dit|bourg|zone|za|zac|bp)\b"
)
_TIME = re.compile(r"\d\s*(?:h|:\d\d)|\boff\b", re.IGNORECASE)


@dataclass(frozen=True)
class Values:
    """The values of one column that are not empty, and what is known of the country.

    Attributes
    ----------
    name : str
        Header of the column.
    texts : pandas.Series of str
        Clean values, without the empty ones.
    total : int
        Rows looked at.
    """

    name: str
    texts: pd.Series[str]
    total: int

    @classmethod
    def of(cls, name: str, texts: pd.Series[str]) -> Values:
        """Take the values that say something."""
        clean = texts.map({value: clean_text(value) for value in texts.unique()}).astype("str")
        return cls(name, clean[clean != ""], len(texts))

    @cached_property
    def numbers(self) -> pd.Series[float]:
        """The values as numbers, missing where they are none."""
        lignes = pd.Series(range(len(self.texts)), index=self.texts.index)
        return repairs.decimals(Column(self.texts, lignes, self.name), Signalements())

    @property
    def decimal(self) -> bool:
        """Whether most values are numbers with a decimal part, as coordinates are."""
        numbers = self.numbers
        if numbers.empty:
            return False
        decimals = float((numbers % 1 != 0).mean())
        return float(numbers.notna().mean()) > _NUMBERS and decimals > _DECIMALS

    @property
    def distinct(self) -> float:
        """Share of the rows that have a value of their own."""
        return self.texts.nunique() / self.total if self.total else 0.0

    def share(self, test: Callable[[str], bool]) -> float:
        """Share of the values that pass a test, done once by distinct value."""
        if self.texts.empty:
            return 0.0
        counts = self.texts.value_counts()
        return float(sum(n for text, n in counts.items() if test(str(text))) / counts.sum())


@dataclass(frozen=True)
class Known:
    """What values are compared with."""

    codes: Collection[str]
    postcodes: Collection[str]
    names: Collection[str]

    @classmethod
    def of(cls, context: Context) -> Known:
        """Gather the codes, postcodes and names of the communes of an atlas."""
        communes = context.territoires[context.territoires["niveau"] == "commune"]
        postcodes: set[str] = set()
        if "codes_postaux" in communes:
            postcodes.update(*communes["codes_postaux"])
        return cls(
            codes=context.resolver.answers.keys(),
            postcodes=postcodes,
            names={normalise(name) for name in communes["nom"]},
        )


def _five(text: str) -> str:
    bare = re.sub(r"\.0+$", "", re.sub(r"\s", "", text)).upper()
    return bare.zfill(_CODE_LENGTH) if bare.isdigit() else bare


def _is_siret(text: str) -> bool:
    return bool(french_siret.is_valid(re.sub(r"\s", "", text)))


def _is_date(text: str) -> bool:
    return repairs.read_date(text) is not None and not text.isdigit()


def _is_url(text: str) -> bool:
    return _URL.search(text) is not None and normalise_url(text) is not None


def _is_phone(text: str) -> bool:
    digits = sum(sign.isdigit() for sign in text)
    return _PHONE.fullmatch(text) is not None and digits in _PHONE_DIGITS


def _is_osm(text: str) -> bool:
    try:
        return _TIME.search(text) is not None and hours.osm_text(text) is not None
    except ValueError:
        return False


def is_day_slot(text: str) -> bool:
    """Tell whether a text is the opening hours of a day, or half of one."""
    try:
        return bool(hours.day_slots(text, frozenset({"-", "x", "ferme"})))
    except ValueError:
        return False


def email_share(values: Values) -> float:
    """Share of the values that hold an e-mail address."""
    return values.share(lambda text: EMAIL.search(text) is not None)


def kind_shares(values: Values, known: Known) -> dict[str, float]:
    """Share of the values that look like each field that values can tell, 0 to 1."""
    return {
        "code_insee": values.share(lambda text: _five(text) in known.codes),
        "code_postal": values.share(lambda text: _five(text) in known.postcodes),
        "commune": values.share(lambda text: normalise(text) in known.names),
        "siret": values.share(_is_siret),
        "date_maj": values.share(_is_date),
        "site_web": values.share(_is_url),
        "telephone": values.share(_is_phone),
        "horaires": values.share(_is_osm),
        "adresse": values.share(lambda text: _STREET.search(normalise(text)) is not None),
    }


def in_france(lon: pd.Series[float], lat: pd.Series[float]) -> pd.Series[bool]:
    """Tell which points, in degrees, are in one of the zones of the atlas."""
    inside = pd.Series(False, index=lon.index)
    for west, south, east, north in ZONES.values():
        inside |= lon.between(west, east) & lat.between(south, north)
    return inside


def pair_share(latitudes: Values, longitudes: Values) -> float:
    """Share of the rows that are points of France, read so."""
    lat, lon = latitudes.numbers.align(longitudes.numbers, join="inner")
    if lat.empty:
        return 0.0
    return float(in_france(lon, lat).mean())


def point_shares(values: Values) -> dict[str, float]:
    """Share of the values that are points of France, for each order of the axes."""
    found = {}
    for axes in ("latitude-longitude", "longitude-latitude"):
        lat, lon = fields.split_points(values.texts, axes)
        pairs = pd.DataFrame({"lat": lat, "lon": lon}).apply(pd.to_numeric, errors="coerce")
        inside = in_france(pairs["lon"], pairs["lat"])
        found[axes] = float(np.mean(inside)) if len(inside) else 0.0
    return found
