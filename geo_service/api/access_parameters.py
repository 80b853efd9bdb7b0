"""Parameters of the access to services: thresholds, and the catchment of the index."""

from __future__ import annotations

from pydantic import Field, field_validator

from etl.accessibility.catchment import Catchment
from geo_service.api.parameters import GeoFormatField, Parameters, ServiceField
from geo_service.errors import Problem

#: Distances beyond which people are counted when none is asked, km.
THRESHOLDS = "5,10,20"
#: Most numbers of a list.
_NUMBERS = 10
#: Largest threshold, km: from one end of the country to the other, overseas included.
_FARTHEST = 20_000
#: Largest and smallest radius of a catchment, km.
_RADIUS_MIN, _RADIUS_MAX = 0.5, 100


def _numbers(text: str, low: float, high: float) -> tuple[float, ...]:
    """Read a list of numbers between commas.

    Raises
    ------
    ValueError
        In French, to be told after « est refusé : ».
    """
    parts = text.split(",")
    if len(parts) > _NUMBERS:
        raise ValueError(f"{_NUMBERS} nombres au plus sont attendus")
    try:
        found = tuple(float(part) for part in parts)
    except ValueError:
        raise ValueError(
            "des nombres séparés par des virgules sont attendus, par exemple 5,10,20 (les "
            "décimales s’écrivent avec un point)"
        ) from None
    # NaN is between nothing.
    if not all(low <= number <= high for number in found):
        raise ValueError(f"des nombres de {low:g} à {high:g} sont attendus")
    return found


def _spelt(numbers: tuple[float, ...]) -> str:
    return ",".join(f"{number:g}" for number in numbers)


class AccessParameters(Parameters):
    """Parameters of the access."""

    service: ServiceField = None
    seuils_km: str = Field(
        THRESHOLDS,
        max_length=100,
        description="Distances (km) au-delà desquelles compter les habitants, séparées par des "
        "virgules.",
        examples=["5,10,20"],
    )
    rayon_km: float | None = Field(
        None,
        ge=_RADIUS_MIN,
        le=_RADIUS_MAX,
        allow_inf_nan=False,
        description="Rayon de la zone de chalandise de l’indice E2SFCA (km, à vol d’oiseau). Par "
        "défaut, celui de la publication : 20. Les limites des zones suivent en proportion.",
    )
    zones_km: str | None = Field(
        None,
        max_length=100,
        description="Limites des zones de l’indice (km), croissantes ; la dernière est le rayon. "
        "Par défaut : 5,10,20.",
        examples=["5,10,20"],
    )
    poids: str | None = Field(
        None,
        max_length=100,
        description="Poids de chaque zone de l’indice, entre 0 (exclu) et 1, décroissants. Par "
        "défaut : 1,0.68,0.22.",
        examples=["1,0.68,0.22"],
    )
    format: GeoFormatField = "json"

    @field_validator("seuils_km")
    @classmethod
    def _thresholds(cls, text: str) -> str:
        return _spelt(tuple(sorted(set(_numbers(text, 0, _FARTHEST)))))

    @field_validator("zones_km")
    @classmethod
    def _zones(cls, text: str | None) -> str | None:
        return None if text is None else _spelt(_numbers(text, 0, _RADIUS_MAX))

    @field_validator("poids")
    @classmethod
    def _weights(cls, text: str | None) -> str | None:
        return None if text is None else _spelt(_numbers(text, 0, 1))

    @property
    def limits_km(self) -> tuple[float, ...]:
        """The thresholds, sorted."""
        return _numbers(self.seuils_km, 0, _FARTHEST)

    @property
    def about_the_index(self) -> list[str]:
        """Names of the parameters given that change the index."""
        return [
            name for name in ("rayon_km", "zones_km", "poids") if getattr(self, name) is not None
        ]


def catchment_of(parameters: AccessParameters, published: Catchment) -> Catchment:
    """Find the catchment asked.

    Raises
    ------
    Problem
        400, if zones, weights and radius do not go together.
    """
    zones, weights = published.zones_km, published.poids
    if parameters.zones_km is not None:
        zones = _numbers(parameters.zones_km, 0, _RADIUS_MAX)
        if parameters.rayon_km is not None and parameters.rayon_km != zones[-1]:
            raise Problem(
                400,
                f"« rayon_km » = {parameters.rayon_km:g} et « zones_km » = {parameters.zones_km} "
                "se contredisent : la dernière limite des zones est le rayon. Donnez l’un des "
                "deux.",
            )
    elif parameters.rayon_km is not None:
        zones = tuple(zone * parameters.rayon_km / zones[-1] for zone in zones)
    if parameters.poids is not None:
        weights = _numbers(parameters.poids, 0, 1)
    try:
        return Catchment(zones, weights)
    except ValueError as error:
        raise Problem(
            400,
            f"« zones_km » = {_spelt(zones)} et « poids » = {_spelt(weights)} sont refusés. "
            f"{error}",
            {"parametres": [{"nom": name} for name in parameters.about_the_index]},
        ) from None
