"""How boundary providers name the fields of their layers of communes.

References
----------
IGN, *ADMIN EXPRESS COG CARTO, descriptif de contenu*: versions 3.x (2021-2024, Shapefile, names of
at most ten capitals) and 4.0 (2025 on, GeoPackage and GeoParquet, long names in small letters).
Etalab, *Contours administratifs* (``communes-{5,50,100,1000}m.geojson.gz``).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

Kind = Literal["communes", "arrondissements", "parties", "mixte", "epcis"]


@dataclass(frozen=True)
class Shape:
    """The fields of one kind of layer of one provider, in small letters.

    Attributes
    ----------
    provider
        Name of the provider and version, for people.
    kind
        What the layer holds: communes, arrondissements municipaux, ``parties`` (communes déléguées
        and associées), all of these (``mixte``), or EPCI.
    code, nom
        Fields of the code and the name.
    others
        Our name of each optional field (``departement, region, population, epcis, nature, parent``)
        and the provider's.
    required
        Optional fields that must be there for the shape to be recognised.
    absent
        Fields that must not be there.
    """

    provider: str
    kind: Kind
    code: str
    nom: str
    others: dict[str, str] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()

    def fits(self, fields: Iterable[str]) -> bool:
        """Whether a layer with these fields has this shape."""
        known = {name.casefold() for name in fields}
        wanted = {self.code, self.nom, *(self.others[name] for name in self.required)}
        return wanted <= known and known.isdisjoint(self.absent)

    def present(self, fields: Iterable[str]) -> dict[str, str]:
        """Fields of the shape that a layer has: our name and the provider's."""
        known = {name.casefold() for name in fields}
        names = {"code": self.code, "nom": self.nom, **self.others}
        return {ours: theirs for ours, theirs in names.items() if theirs in known}


_IGN_3 = "IGN ADMIN EXPRESS COG 3.x"
_IGN_4 = "IGN ADMIN EXPRESS COG 4.0"
#: Two versions cut the name of this field at 35 signs.
_PARENTS_4 = ("code_insee_de_la_commune_de_rattach", "code_insee_de_la_commune_de_rattachement")


def _parts_4(parent: str) -> tuple[Shape, ...]:
    return (
        Shape(
            _IGN_4,
            "parties",
            "code_insee",
            "nom_officiel",
            {"parent": parent, "nature": "nature", "population": "population"},
            ("parent", "nature"),
        ),
        Shape(
            _IGN_4,
            "arrondissements",
            "code_insee",
            "nom_officiel",
            {"parent": parent, "population": "population"},
            ("parent",),
            ("nature",),
        ),
    )


#: Every shape that is recognised; the first that fits is the one.
SHAPES: tuple[Shape, ...] = (
    Shape(
        _IGN_3,
        "parties",
        "insee_cad",
        "nom",
        {"parent": "insee_com", "nature": "nature", "population": "population"},
        ("nature",),
    ),
    Shape(
        _IGN_3,
        "arrondissements",
        "insee_arm",
        "nom",
        {"parent": "insee_com", "population": "population"},
    ),
    Shape(
        _IGN_3,
        "communes",
        "insee_com",
        "nom",
        {
            "departement": "insee_dep",
            "region": "insee_reg",
            "population": "population",
            "epcis": "siren_epci",
        },
        ("departement",),
    ),
    Shape(_IGN_3, "epcis", "code_siren", "nom", {"nature": "nature"}, ("nature",)),
    Shape(
        _IGN_4,
        "communes",
        "code_insee",
        "nom_officiel",
        {
            "departement": "code_insee_du_departement",
            "region": "code_insee_de_la_region",
            "population": "population",
            "epcis": "codes_siren_des_epci",
        },
        ("epcis",),
    ),
    *(shape for parent in _PARENTS_4 for shape in _parts_4(parent)),
    Shape(_IGN_4, "epcis", "code_siren", "nom_officiel", {"nature": "nature"}, ("nature",)),
    Shape(
        "Etalab, contours administratifs",
        "mixte",
        "code",
        "nom",
        {
            "departement": "departement",
            "region": "region",
            "epcis": "epci",
            "parent": "commune",
            "nature": "nature",
        },
        ("departement", "region"),
    ),
    Shape("GeoJSON simple", "mixte", "code", "nom", {"nature": "type", "parent": "commune"}),
)


def recognise(fields: Iterable[str]) -> Shape | None:
    """Shape of a layer with these fields; None when no provider writes such a layer."""
    names = tuple(fields)
    return next((shape for shape in SHAPES if shape.fits(names)), None)
