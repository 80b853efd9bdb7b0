"""Access to services."""

from __future__ import annotations

from geo_service.api.shapes.common import Answer, Shape, Territory


class Measure(Shape):
    """How distances are measured."""

    mode: str
    moteur: str | None
    profil: str | None


class AccessCommunes(Shape):
    """What is measured, and what is not."""

    total: int
    mesurees: int
    sans_distance: int
    population_sans_distance: int
    sans_population: int
    population_inconnue: int
    mesurees_du_centre: int
    lieu_proche_imprecis: int
    population_lieu_proche_imprecis: int
    lieu_proche_autre_terre: int
    population_lieu_proche_autre_terre: int


class AccessPlaces(Shape):
    """Lieux of the territory."""

    total: int
    imprecis: int


class Quantiles(Shape):
    """Distances within which a per cent of the people live."""

    p10: float | None
    p25: float | None
    p50: float | None
    p75: float | None
    p90: float | None
    p95: float | None


class Farthest(Shape):
    """The commune farthest from a lieu."""

    code: str
    nom: str
    distance_km: float


class Distances(Shape):
    """Distances, over the people."""

    population: int
    moyenne_km: float | None
    quantiles_km: Quantiles
    plus_eloignee: Farthest | None


class Threshold(Shape):
    """People beyond a distance."""

    km: float
    communes: int
    population: int
    part_population: float | None


class CommuneIndex(Shape):
    """The index of one commune."""

    code: str
    nom: str
    valeur: float


class IndexFigures(Shape):
    """The E2SFCA index, over the people."""

    moyenne: float | None
    mediane: float | None
    plus_faible: CommuneIndex | None
    plus_forte: CommuneIndex | None
    population_sans_acces: int
    gini: float | None


class ClusterCommunes(Shape):
    """Communes by kind of cluster."""

    loin_loin: int
    loin_pres: int
    pres_loin: int
    pres_pres: int
    non_significatif: int
    non_testees: int


class Clusters(Shape):
    """Clusters of distances."""

    communes: ClusterCommunes
    population_loin_loin: int
    zones_total: int


class Service(Shape):
    """A service."""

    code: str
    libelle: str


class ServiceAccess(Shape):
    """Access to one service, in short."""

    service: Service
    exhaustif: bool
    communes: AccessCommunes
    lieux: AccessPlaces
    distances: Distances
    seuils: list[Threshold]
    e2sfca: IndexFigures
    grappes: Clusters


class IndexMethod(Shape):
    """How the index is computed; always in straight line."""

    mode: str
    zones_km: list[float]
    poids: list[float]
    habitants: int


class Lorenz(Shape):
    """Lorenz curve: two columns of the same length."""

    population: list[float]
    indice: list[float]


class Zone(Shape):
    """A zone of under-served communes that touch."""

    zone: int
    communes: int
    population: int
    communes_ici: int
    population_ici: int
    distance_max_km: float
    codes: list[str]


class Access(Answer):
    """Answer of the access, to all services with lieux or to one."""

    territoire: Territory
    mesure: Measure
    indice: IndexMethod
    services: list[ServiceAccess]
    lorenz: Lorenz | None
    zones: list[Zone]
