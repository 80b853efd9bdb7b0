"""The collections: what they hold, and where it is in the tables of a publication.

Everything a client may name (a property, a sort key, a queryable) is a :class:`Field` here: no
other text of a request ever becomes SQL.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, LiteralString

Kind = Literal["text", "integer", "number", "date", "texts"]


@dataclass(frozen=True)
class Field:
    """A property of the features of a collection.

    Attributes
    ----------
    name
        As in ``properties``.
    kind
        ``texts`` is a list of texts.
    title
        What it is, in French.
    sql
        Expression over the tables of the collection.
    joins
        Names of the joins it reads.
    values
        Values it may have, when they are few and fixed.
    """

    name: str
    kind: Kind
    title: str
    sql: LiteralString
    joins: tuple[str, ...] = ()
    values: tuple[str, ...] = ()


@dataclass(frozen=True)
class Collection:
    """A collection of features.

    Attributes
    ----------
    id, title, description
        As told to people; ``description`` is a French sentence or two.
    source
        Body of the FROM clause: the main table under one alias.
    where
        Condition that rows of the main table must meet.
    joins
        Further parts of the FROM clause by name, used when a field wants them.
    identifier
        Text that identifies a feature in its collection.
    key
        Expressions, never null, that order the features when nothing else does; together unique.
    geometry
        Geometry in EPSG:4326.
    geometry_joins
        Joins that it reads.
    geometry_type
        ``MultiPolygon``, ``Point`` or ``MultiPoint``.
    fields
        Properties, in order.
    start, end
        First and last day of a feature, null when unknown; None for a collection without time.
    niveau
        Level of territory, for a collection of territories.
    words
        Codes of the definitions its fields rely on.
    """

    id: str
    title: str
    description: str
    source: LiteralString
    where: LiteralString
    identifier: LiteralString
    key: tuple[LiteralString, ...]
    geometry: LiteralString
    geometry_type: Literal["MultiPolygon", "Point", "MultiPoint"]
    fields: tuple[Field, ...]
    geometry_joins: tuple[str, ...] = ()
    joins: Mapping[str, LiteralString] = field(default_factory=dict)
    start: LiteralString | None = None
    end: LiteralString | None = None
    niveau: str | None = None
    words: tuple[str, ...] = ()

    @property
    def by_name(self) -> dict[str, Field]:
        """Its fields by name."""
        return {one.name: one for one in self.fields}

    @property
    def temporal(self) -> bool:
        """Whether its features have a time."""
        return self.start is not None


_TAUX: LiteralString = (
    "LEFT JOIN taux x ON x.niveau = t.niveau AND x.code = t.code AND x.axe = 'ensemble'"
)
_DEPARTEMENT: LiteralString = (
    "LEFT JOIN appartenances ad ON ad.niveau = 'departement' AND ad.commune = t.code"
)
_REGION: LiteralString = (
    "LEFT JOIN appartenances ar ON ar.niveau = 'region' AND ar.commune = t.code"
)
_EPCI: LiteralString = "LEFT JOIN appartenances ae ON ae.niveau = 'epci' AND ae.commune = t.code"

_CODE = Field("code", "text", "Code INSEE", "t.code")
_NOM = Field("nom", "text", "Nom", "t.nom")
_NATURE = Field("nature", "text", "Nature juridique (CC, CA, CU, METRO…)", "t.nature")
_PEOPLE = (
    Field("population", "integer", "Habitants ; absent si inconnu", "t.population"),
    Field("population_annee", "integer", "Année du recensement", "t.population_annee"),
)
_AREA = Field("superficie_km2", "number", "Superficie en km²", "t.superficie_km2")
_RATES = (
    Field("taux", "number", "Taux de couverture, de 0 à 1", "x.taux", ("taux",)),
    Field(
        "services_presents",
        "integer",
        "Services présents ou partagés",
        "x.presents",
        ("taux",),
    ),
    Field("services_documentes", "integer", "Services documentés", "x.documentes", ("taux",)),
)
_IN_DEPARTEMENT = Field("departement", "text", "Code du département", "ad.code", ("departement",))
_IN_REGION = Field("region", "text", "Code INSEE de la région", "ar.code", ("region",))
_IN_EPCI = Field("epci", "text", "Numéro SIREN de l’EPCI", "ae.code", ("epci",))
_POSTCODES = Field("codes_postaux", "texts", "Codes postaux", "t.codes_postaux")

_SEAT = Field("chef_lieu", "text", "Code INSEE de la commune chef-lieu", "t.chef_lieu")
_COMMUNES = Field(
    "communes",
    "integer",
    "Nombre de communes",
    "(SELECT count(*) FROM appartenances n WHERE n.niveau = t.niveau AND n.code = t.code)",
)


def _territories(
    name: str,
    *,
    niveau: str,
    title: str,
    description: str,
    where: LiteralString,
    fields: tuple[Field, ...],
    joins: Mapping[str, LiteralString],
) -> Collection:
    return Collection(
        id=name,
        title=title,
        description=description,
        source="territoires t",
        where=where,
        identifier="t.code",
        key=("t.code",),
        geometry="t.geom",
        geometry_type="MultiPolygon",
        fields=fields,
        joins=joins,
        niveau=niveau,
        words=("territoire", "population", "taux"),
    )


_COLLECTIONS = (
    _territories(
        "communes",
        niveau="commune",
        title="Communes",
        description=(
            "Les communes de France au millésime de la publication, avec leur contour, leur "
            "population et leur taux de couverture. Celles des collectivités sans contour n’ont "
            "pas de géométrie."
        ),
        where="t.niveau = 'commune'",
        fields=(
            _CODE,
            _NOM,
            *_PEOPLE,
            _AREA,
            _IN_DEPARTEMENT,
            _IN_REGION,
            _IN_EPCI,
            _POSTCODES,
            *_RATES,
        ),
        joins={"taux": _TAUX, "departement": _DEPARTEMENT, "region": _REGION, "epci": _EPCI},
    ),
    _territories(
        "epcis",
        niveau="epci",
        title="Intercommunalités (EPCI)",
        description="Les établissements publics de coopération intercommunale à fiscalité propre.",
        where="t.niveau = 'epci'",
        fields=(
            Field("code", "text", "Numéro SIREN", "t.code"),
            _NOM,
            _NATURE,
            *_PEOPLE,
            _AREA,
            _SEAT,
            _COMMUNES,
            *_RATES,
        ),
        joins={"taux": _TAUX},
    ),
    _territories(
        "departements",
        niveau="departement",
        title="Départements",
        description=(
            "Les départements et, sans géométrie, les collectivités d’outre-mer dont le contour "
            "n’est pas dans l’atlas."
        ),
        where="t.niveau = 'departement'",
        fields=(_CODE, _NOM, _NATURE, *_PEOPLE, _AREA, _SEAT, _COMMUNES, *_RATES),
        joins={"taux": _TAUX},
    ),
    _territories(
        "regions",
        niveau="region",
        title="Régions",
        description="Les régions, outre-mer compris.",
        where="t.niveau = 'region'",
        fields=(_CODE, _NOM, *_PEOPLE, _AREA, _SEAT, _COMMUNES, *_RATES),
        joins={"taux": _TAUX},
    ),
    _territories(
        "arrondissements",
        niveau="arrondissement",
        title="Arrondissements municipaux",
        description=(
            "Les arrondissements de Paris, Lyon et Marseille, couche à part : leurs services sont "
            "comptés avec ceux de leur ville."
        ),
        where="t.niveau = 'arrondissement'",
        fields=(
            _CODE,
            _NOM,
            *_PEOPLE,
            _AREA,
            Field("commune", "text", "Code INSEE de la ville", "ca.commune", ("ville",)),
        ),
        joins={"ville": "LEFT JOIN codes_anciens ca ON ca.code = t.code"},
    ),
    Collection(
        id="actions",
        title="Actions",
        description=(
            "Les actions numériques publiées par les collectivités. Une action sans point connu "
            "n’a pas de géométrie ; son temps va de son début à sa dernière date connue."
        ),
        source="actions t",
        where="TRUE",
        identifier="t.id",
        key=("t.id",),
        geometry="(SELECT ST_Collect(g.geom ORDER BY g.rang) FROM actions_points g "
        "WHERE g.action = t.id)",
        geometry_type="MultiPoint",
        start="least(coalesce(t.date_debut, t.derniere_date), t.derniere_date)",
        end="greatest(t.derniere_date, t.date_debut)",
        fields=(
            Field("id", "text", "Identifiant", "t.id"),
            Field("titre", "text", "Titre", "t.titre"),
            Field("description", "text", "Description", "t.description"),
            Field("url", "text", "Adresse de la page", "t.url"),
            Field("porteur_niveau", "text", "Niveau du porteur", "t.porteur_niveau"),
            Field("porteur_code", "text", "Code du porteur", "t.porteur_code"),
            Field("porteur_nom", "text", "Nom du porteur", "p.nom", ("porteur",)),
            Field(
                "services",
                "texts",
                "Codes des services",
                "ARRAY(SELECT s.service FROM actions_services s WHERE s.action = t.id "
                "ORDER BY s.service)",
            ),
            Field(
                "acteurs",
                "texts",
                "Organisations qui y prennent part",
                "ARRAY(SELECT c.nom FROM actions_acteurs y JOIN acteurs c ON c.id = y.acteur "
                "WHERE y.action = t.id ORDER BY c.nom, c.id)",
            ),
            Field("type", "text", "Nature", "t.type", values=("projet", "lieu", "evenement")),
            Field(
                "statut",
                "text",
                "Statut ; absent s’il n’est pas dit",
                "t.statut",
                values=("prevue", "en_cours", "terminee", "abandonnee"),
            ),
            Field("date_debut", "date", "Premier jour", "t.date_debut"),
            Field("date_fin", "date", "Dernier jour", "t.date_fin"),
            Field("date_maj", "date", "Dernière mise à jour par le producteur", "t.date_maj"),
            Field("source", "text", "Source", "t.source"),
        ),
        joins={
            "porteur": "LEFT JOIN territoires p ON p.niveau = t.porteur_niveau "
            "AND p.code = t.porteur_code"
        },
        words=("action", "acteur"),
    ),
    Collection(
        id="lieux",
        title="Lieux",
        description=(
            "Les lieux où un ou plusieurs services sont rendus, avec leur date de mise à jour "
            "quand la source la donne."
        ),
        source="lieux t",
        where="TRUE",
        identifier="t.id",
        key=("t.id",),
        geometry="t.geom",
        geometry_type="Point",
        start="t.date_maj",
        end="t.date_maj",
        fields=(
            Field("id", "text", "Identifiant", "t.id"),
            Field("nom", "text", "Nom", "t.nom"),
            Field("commune", "text", "Code INSEE de la commune", "t.commune"),
            Field("commune_nom", "text", "Nom de la commune", "c.nom", ("commune",)),
            Field("departement", "text", "Code du département", "ad.code", ("departement",)),
            Field("adresse", "text", "Adresse", "t.adresse"),
            Field("horaires", "text", "Horaires d’ouverture", "t.horaires"),
            Field("accessibilite", "text", "Accessibilité", "t.accessibilite"),
            Field("site_web", "text", "Site web", "t.site_web"),
            Field("telephone", "text", "Téléphone", "t.telephone"),
            Field("siret", "text", "Numéro SIRET", "t.siret"),
            Field("typologie", "text", "Type de lieu, code de la source", "t.typologie"),
            Field(
                "services",
                "texts",
                "Codes des services",
                "ARRAY(SELECT s.service FROM lieux_services s WHERE s.lieu = t.id "
                "ORDER BY s.service)",
            ),
            Field("date_maj", "date", "Date de mise à jour", "t.date_maj"),
            Field("localisation", "text", "D’où vient le point", "t.localisation"),
            Field("precision_m", "number", "Incertitude du point, en mètres", "t.precision_m"),
            Field("capacite", "number", "Capacité, dans l’unité de la source", "t.capacite"),
            Field("source", "text", "Source", "t.source"),
        ),
        joins={
            "commune": "LEFT JOIN territoires c ON c.niveau = 'commune' AND c.code = t.commune",
            "departement": "LEFT JOIN appartenances ad ON ad.niveau = 'departement' "
            "AND ad.commune = t.commune",
        },
        words=("lieu", "localisation"),
    ),
    Collection(
        id="lacunes",
        title="Lacunes",
        description=(
            "Une entité pour chaque commune et chaque service absent : une source qui dit tout "
            "lister couvre la commune, et rien n’y est. Le point est le chef-lieu, d’où la "
            "distance au lieu le plus proche est mesurée."
        ),
        source="couvertures t",
        where="t.niveau = 'commune' AND t.statut = 'absent'",
        identifier="t.code || ':' || t.service",
        key=("t.code", "t.service"),
        geometry="h.geom",
        geometry_joins=("chef_lieu",),
        geometry_type="Point",
        fields=(
            Field("commune", "text", "Code INSEE de la commune", "t.code"),
            Field("nom", "text", "Nom de la commune", "c.nom", ("commune",)),
            Field("population", "integer", "Habitants", "c.population", ("commune",)),
            Field("departement", "text", "Code du département", "ad.code", ("departement",)),
            Field("service", "text", "Code du service absent", "t.service"),
            Field("service_libelle", "text", "Nom du service", "s.libelle", ("service",)),
            Field("enjeu", "text", "Code de l’enjeu du service", "s.enjeu", ("service",)),
            Field(
                "distance_km",
                "number",
                "Distance au lieu le plus proche, en km ; absente si inconnue",
                "d.distance_km",
                ("distance",),
            ),
            Field(
                "lieu_proche", "text", "Identifiant du lieu le plus proche", "d.lieu", ("distance",)
            ),
        ),
        joins={
            "commune": "JOIN territoires c ON c.niveau = 'commune' AND c.code = t.code",
            "departement": "LEFT JOIN appartenances ad ON ad.niveau = 'departement' "
            "AND ad.commune = t.code",
            "service": "JOIN services s ON s.code = t.service",
            "distance": "LEFT JOIN distances d ON d.service = t.service AND d.commune = t.code",
            "chef_lieu": "LEFT JOIN chefs_lieux h ON h.commune = t.code",
        },
        words=("lacune", "statut", "distance", "population"),
    ),
)

#: Every collection by id, in the order they are listed.
COLLECTIONS: Mapping[str, Collection] = {found.id: found for found in _COLLECTIONS}
