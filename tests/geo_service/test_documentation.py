"""What is written of the API is what it is: its addresses, their parameters, its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, get_args

import httpx
import pytest
from pydantic import BaseModel

from geo_service.api import shapes
from geo_service.definitions import DEFINITIONS
from tests.geo_service.test_contract import ADDRESSES
from tests.support import ROOT

pytestmark = pytest.mark.anyio

#: Answers to people and to machines that are no data.
PROBES = {"/health", "/ready"}


def plain(path: str) -> str:
    """Write a path without the names of its parts."""
    return re.sub(r"\{\w+\}", "{}", path)


def written() -> Iterator[tuple[str, set[str], set[str]]]:
    """Path, parameters and formats of each row of the table of addresses."""
    text = (ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    table = text.split("## Les adresses")[1].split("\n\n")[1]
    for row in table.splitlines()[2:]:
        addresses, _, formats = (cell.strip() for cell in row.strip("|").split(" | "))
        for address in re.findall(r"`([^`]+)`", addresses):
            path, _, query = address.partition("?")
            whole = plain(path.replace("…/{code}", "/api/territoires/{niveau}/{code}"))
            yield (
                whole,
                set(re.findall(r"(\w+)=", query)),
                set(filter(None, formats.split(", "))),
            )


async def described(api: httpx.AsyncClient) -> dict[str, dict[str, Any]]:
    """Parameters of the query of each path of the OpenAPI document, by name."""
    document = (await api.get("/openapi.json")).json()
    return {
        plain(path): {
            parameter["name"]: parameter["schema"]
            for parameter in operations["get"].get("parameters", [])
            if parameter["in"] == "query"
        }
        for path, operations in document["paths"].items()
    }


async def test_every_address_is_told_once(api: httpx.AsyncClient) -> None:
    paths = [path for path, _, _ in written()]
    assert sorted(set(paths)) == sorted(paths)
    assert set(paths) == set(await described(api)) | PROBES


async def test_every_parameter_is_told(api: httpx.AsyncClient) -> None:
    known = await described(api)
    for path, parameters, _ in written():
        if path not in PROBES:
            assert parameters == set(known[path]) - {"format"}, path


async def test_every_format_is_told(api: httpx.AsyncClient) -> None:
    known = await described(api)
    for path, _, formats in written():
        told = known.get(path, {}).get("format", {}).get("enum", ["json"])
        assert formats == set(told) - {"json"}, path


#: Definitions of words that are no figure, so that have no unit.
WITHOUT_UNIT = {
    *("territoire", "referentiel", "action", "acteur", "lieu", "provenance", "statut"),
    *("service-documente", "vol-d-oiseau", "grappe", "lieu-imprecis", "lacune", "comparables"),
    *("ressemblance", "rang", "meilleur-quart", "recommandation", "a-verifier", "manque"),
    *("mutualisation", "mclp", "publication", "source"),
}
#: Word that tells what each figure of the answers means, by the names of its members.
MEANS = {
    "taux": "taux taux_min taux_moyen taux_median presents part_presente part_partagee",
    "service-documente": "documentes services_total",
    "part-presents": "part_presents",
    "part-absente": "part_absente communes_absentes population_absente",
    "part-non-renseignee": "part_non_renseignee communes_non_renseignees population_non_renseignee",
    "statut": "communes_presentes communes_partagees population_presente population_partagee",
    "population-couverte": "population_couverte",
    "part-population": "part_population part_population_ici part_population_comparables",
    "population": "population population_annee population_ici population_inconnue densite "
    "sans_population",
    "territoire": "superficie_km2 centre bbox",
    "distance": "distance_km moyenne_km distance_max_km distance_moyenne_km "
    "distance_moyenne_avant_km distance_moyenne_apres_km sans_distance population_sans_distance "
    "mesurees",
    "vol-d-oiseau": "lieu_proche_autre_terre population_lieu_proche_autre_terre",
    "quantile-distance": "p10 p25 p50 p75 p90 p95",
    "population-eloignee": "km seuil_km part_eloignee",
    "e2sfca": "moyenne mediane population_sans_acces zones_km poids habitants",
    "gini": "gini",
    "lorenz": "indice",
    "grappe": "loin_loin loin_pres pres_loin pres_pres non_significatif non_testees zone "
    "zones_total population_loin_loin communes_ici",
    "lieu-imprecis": "imprecis lieu_proche_imprecis population_lieu_proche_imprecis "
    "mesurees_du_centre",
    "localisation": "precision_m",
    "label": "arobases annee",
    "millesime": "millesime",
    "strate": "population_min population_max",
    "ressemblance": "ressemblance",
    "rang": "ex_aequo sur",
    "centile": "centile",
    "recommandation": "comparables comparables_mieux part_comparables",
    "effet-taux": "taux_apres",
    "voisin": "frontiere_km voisins_total",
    "mutualisation": "manques manques_communs",
    "implantation": "population_gagnee population_gagnee_cumulee population_restante "
    "population_deja_desservie population_etudiee population_sans_mesure part_deja_desservie "
    "part_desservie rayon_km",
    "mclp": "nombre part candidats",
    "ecart-optimum": "ecart_optimum borne duree_max_s temps_s",
}
WORD_OF = {name: word for word, names in MEANS.items() for name in names.split()}
#: Members that their own name tells, or that mean one thing or another by where they are.
PLAIN = {
    # counts of what they name
    *("actions", "lieux", "communes", "services", "sources", "statuts", "territoires", "total"),
    *("objets", "hausses", "baisses", "autres"),
    # coordinates, line of a file, place in a list, value of what is asked
    *("point", "points", "ligne", "rang", "valeur", "valeurs"),
    # rows of a source, told under the names the report defines (docs/donnees.md)
    *("lignes_lues", "lignes_chargees", "lignes_rejetees", "lignes_reparees", "part_rejetee"),
}
#: Answers where a name has another meaning than above: that of their own words.
ELSEWHERE = {
    # rows of a reason, and their share of the source
    ("Report", "nombre"), ("Report", "part"),
    # how far from the territory the organisations were looked for
    ("NearActeurs", "rayon_km"),
    # share of the people beyond a distance: « population-eloignee »
    ("Access", "part_population"),
    # chef-lieu of the territory of a label
    ("Labels", "centre"),
    # every answer bears the year of the COG
    *((name, "millesime") for name in {shape.__name__ for shape in ADDRESSES.values()}),
}  # fmt: skip


async def test_every_word_of_an_answer_is_defined_and_every_definition_is_used(
    api: httpx.AsyncClient,
) -> None:
    told = (await api.get("/api/definitions")).json()["definitions"]
    codes = [row["code"] for row in told]
    assert len(set(codes)) == len(codes)
    used = set()
    for address in ADDRESSES:
        if address == "/api/definitions":
            continue
        links = (await api.get(address)).json()["definitions"]
        for code, link in links.items():
            assert link == f"/api/definitions#{code}"
            assert code in codes, address
        used |= set(links)
    assert used == set(codes)


def test_every_figure_has_a_unit() -> None:
    assert {code for code, word in DEFINITIONS.items() if word.unite is None} == WITHOUT_UNIT
    for word in DEFINITIONS.values():
        assert word.texte.endswith(".")
        assert not re.search(r"['\"]|  ", word.libelle + word.texte), word.code


def figures(shape: type[BaseModel], seen: set[type] | None = None) -> set[str]:
    """Names of the members that are numbers, in an answer and in what it holds."""
    seen = set() if seen is None else seen
    if shape in seen:
        return set()
    seen.add(shape)
    found = set()
    for name, field in shape.model_fields.items():
        for kind in kinds(field.annotation):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                found |= figures(kind, seen)
            elif kind in (int, float):
                found.add(name)
    return found


def kinds(annotation: Any) -> Iterator[Any]:
    """Types an annotation is made of."""
    inside = get_args(annotation)
    if not inside:
        yield annotation
    for part in inside:
        yield from kinds(part)


def test_every_figure_has_a_meaning() -> None:
    assert set(WORD_OF.values()) <= set(DEFINITIONS)
    known = set().union(*(figures(shape) for shape in ADDRESSES.values()))
    assert known <= set(WORD_OF) | PLAIN
    assert not set(WORD_OF) & PLAIN
    assert not PLAIN - known


@pytest.mark.parametrize("shape", sorted(set(ADDRESSES.values()), key=lambda one: one.__name__))
async def test_every_figure_leads_to_its_definition(
    api: httpx.AsyncClient, shape: type[BaseModel]
) -> None:
    if shape is shapes.Definitions:
        return
    words = set()
    for address, its in ADDRESSES.items():
        if its is shape:
            words |= set((await api.get(address)).json()["definitions"])
    wanted = {
        WORD_OF[name]
        for name in figures(shape) & set(WORD_OF)
        if (shape.__name__, name) not in ELSEWHERE
    }
    assert wanted <= words, sorted(wanted - words)
