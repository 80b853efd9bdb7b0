"""Articles, elisions and figures, against INSEE's file and against names one gets wrong."""

from __future__ import annotations

import tarfile
from pathlib import Path
from typing import NamedTuple

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geo_service.french_sentences import (
    NBSP,
    THIN,
    a,
    compte,
    de,
    entre_guillemets,
    habitants,
    kilometres,
    liste,
    nombre,
    pluriel,
    pour_cent,
    rang,
    sujet,
)


class Place(NamedTuple):
    niveau: str
    code: str
    nom: str


#: niveau, code, nom, then after a verb, after « de », after « à ».
PLACES = [
    ("commune", "48095", "Mende", "Mende", "de Mende", "à Mende"),
    ("commune", "30007", "Alès", "Alès", "d’Alès", "à Alès"),
    ("commune", "72181", "Le Mans", "Le Mans", "du Mans", "au Mans"),
    ("commune", "17300", "La Rochelle", "La Rochelle", "de La Rochelle", "à La Rochelle"),
    (
        *("commune", "85194", "Les Sables-d'Olonne"),
        *("Les Sables-d’Olonne", "des Sables-d’Olonne", "aux Sables-d’Olonne"),
    ),
    (
        *("commune", "94038", "L'Haÿ-les-Roses"),
        *("L’Haÿ-les-Roses", "de L’Haÿ-les-Roses", "à L’Haÿ-les-Roses"),
    ),
    ("commune", "60703", "Aux Marais", "Aux Marais", "d’Aux Marais", "à Aux Marais"),
    ("commune", "66104", "Los Masos", "Los Masos", "de Los Masos", "à Los Masos"),
    ("commune", "83069", "Hyères", "Hyères", "d’Hyères", "à Hyères"),
    ("commune", "67180", "Haguenau", "Haguenau", "de Haguenau", "à Haguenau"),
    ("commune", "76351", "Le Havre", "Le Havre", "du Havre", "au Havre"),
    ("commune", "76758", "Yvetot", "Yvetot", "d’Yvetot", "à Yvetot"),
    ("commune", "80829", "Y", "Y", "d’Y", "à Y"),
    ("commune", "25056", "Besançon", "Besançon", "de Besançon", "à Besançon"),
    ("commune", "85113", "L'Île-d'Yeu", "L’Île-d’Yeu", "de L’Île-d’Yeu", "à L’Île-d’Yeu"),
    ("commune", "36088", "Issoudun", "Issoudun", "d’Issoudun", "à Issoudun"),
    ("commune", "27467", "Évreux", "Évreux", "d’Évreux", "à Évreux"),
    (
        *("epci", "200069755", "Communauté de communes Cœur de Lozère"),
        *("la communauté de communes Cœur de Lozère",),
        *("de la communauté de communes Cœur de Lozère",),
        "à la communauté de communes Cœur de Lozère",
    ),
    (
        *("epci", "200046977", "Métropole de Lyon"),
        *("la Métropole de Lyon", "de la Métropole de Lyon", "à la Métropole de Lyon"),
    ),
    (
        *("epci", "246700488", "Eurométropole de Strasbourg", "l’Eurométropole de Strasbourg"),
        *("de l’Eurométropole de Strasbourg", "à l’Eurométropole de Strasbourg"),
    ),
    (
        *("epci", "200070845", "Agglomération du Grand Longwy", "l’agglomération du Grand Longwy"),
        *("de l’agglomération du Grand Longwy", "à l’agglomération du Grand Longwy"),
    ),
    (
        *("epci", "200071116", "Communauté d'agglomération ECLA  (Espace Communautaire)"),
        *("la communauté d’agglomération ECLA (Espace Communautaire)",),
        *("de la communauté d’agglomération ECLA (Espace Communautaire)",),
        "à la communauté d’agglomération ECLA (Espace Communautaire)",
    ),
    ("epci", "243500139", "Rennes Métropole", *("Rennes Métropole",), "de Rennes Métropole", None),
    ("epci", "200000000", "Orléans Métropole", "Orléans Métropole", "d’Orléans Métropole", None),
    ("ept", "200058014", "Est Ensemble", "Est Ensemble", "d’Est Ensemble", "à Est Ensemble"),
    ("pays", "france", "France", "la France", "de la France", "à la France"),
    (
        *("groupe", "acv", "Action cœur de ville", "le groupe Action cœur de ville"),
        *("du groupe Action cœur de ville", "au groupe Action cœur de ville"),
    ),
]
#: Every département, then every région, after « de »: as a French speaker says it.
DEPARTEMENTS = """
de l’Ain · de l’Aisne · de l’Allier · des Alpes-de-Haute-Provence · des Hautes-Alpes ·
des Alpes-Maritimes · de l’Ardèche · des Ardennes · de l’Ariège · de l’Aube · de l’Aude ·
de l’Aveyron · des Bouches-du-Rhône · du Calvados · du Cantal · de la Charente ·
de la Charente-Maritime · du Cher · de la Corrèze · de la Corse-du-Sud · de la Haute-Corse ·
de la Côte-d’Or · des Côtes-d’Armor ·
de la Creuse · de la Dordogne · du Doubs · de la Drôme · de l’Eure · d’Eure-et-Loir ·
du Finistère · du Gard · de la Haute-Garonne · du Gers ·
de la Gironde · de l’Hérault · d’Ille-et-Vilaine · de l’Indre · d’Indre-et-Loire ·
de l’Isère · du Jura · des Landes · du Loir-et-Cher · de la Loire · de la Haute-Loire ·
de la Loire-Atlantique · du Loiret · du Lot · du Lot-et-Garonne · de la Lozère ·
du Maine-et-Loire · de la Manche · de la Marne · de la Haute-Marne · de la Mayenne ·
de la Meurthe-et-Moselle · de la Meuse · du Morbihan · de la Moselle · de la Nièvre · du Nord ·
de l’Oise · de l’Orne · du Pas-de-Calais · du Puy-de-Dôme · des Pyrénées-Atlantiques ·
des Hautes-Pyrénées · des Pyrénées-Orientales · du Bas-Rhin · du Haut-Rhin · du Rhône ·
de la Haute-Saône · de la Saône-et-Loire · de la Sarthe · de la Savoie · de la Haute-Savoie ·
de Paris · de la Seine-Maritime · de la Seine-et-Marne · des Yvelines · des Deux-Sèvres ·
de la Somme · du Tarn · du Tarn-et-Garonne · du Var · du Vaucluse · de la Vendée · de la Vienne ·
de la Haute-Vienne · des Vosges · de l’Yonne · du Territoire de Belfort · de l’Essonne ·
des Hauts-de-Seine · de la Seine-Saint-Denis · du Val-de-Marne · du Val-d’Oise ·
de la Guadeloupe · de la Martinique · de la Guyane · de La Réunion ·
de Saint-Pierre-et-Miquelon · de Mayotte · de Saint-Barthélemy · de Saint-Martin ·
des Terres australes et antarctiques françaises · de Wallis et Futuna ·
de la Polynésie française · de la Nouvelle-Calédonie · de l’Île de Clipperton
"""
REGIONS = """
de la Guadeloupe · de la Martinique · de la Guyane · de La Réunion · de Mayotte ·
de l’Île-de-France · du Centre-Val de Loire · de la Bourgogne-Franche-Comté · de la Normandie ·
des Hauts-de-France · du Grand Est · des Pays de la Loire · de la Bretagne ·
de la Nouvelle-Aquitaine · de l’Occitanie · de l’Auvergne-Rhône-Alpes ·
de la Provence-Alpes-Côte d’Azur · de la Corse
"""


def table(package: Path, name: str) -> list[dict]:
    with tarfile.open(package) as archive:
        member = archive.extractfile(f"package/data/{name}.json")
        assert member is not None
        return orjson.loads(member.read())


@pytest.mark.parametrize("row", PLACES, ids=lambda row: row[2])
def test_names_in_a_sentence(row: tuple):
    niveau, code, nom, subject, of, to = row
    place = Place(niveau, code, nom)
    assert sujet(place) == subject
    assert de(place) == of
    assert a(place) == (to or f"à {subject}")


def test_the_beginning_of_a_sentence():
    assert sujet(Place("departement", "48", "Lozère"), majuscule=True) == "La Lozère"
    assert sujet(Place("departement", "01", "Ain"), majuscule=True) == "L’Ain"
    epci = Place("epci", "1", "Communauté urbaine du Grand Poitiers")
    assert sujet(epci, majuscule=True) == "La communauté urbaine du Grand Poitiers"


def test_verbs_agree():
    assert pluriel(Place("departement", "40", "Landes"))
    assert pluriel(Place("region", "52", "Pays de la Loire"))
    assert not pluriel(Place("commune", "97101", "Les Abymes"))
    assert not pluriel(Place("departement", "48", "Lozère"))


def _said(text: str) -> list[str]:
    return [" ".join(item.split()) for item in text.split("·")]


def test_every_departement_and_region(default_packages: dict[str, Path]):
    for niveau, name, expected in (
        ("departement", "departements", DEPARTEMENTS),
        ("region", "regions", REGIONS),
    ):
        rows = sorted(
            table(default_packages["etalab"], name),
            key=lambda row: row["code"] if name == "regions" else _order(row["code"]),
        )
        places = [Place(niveau, row["code"], row["nom"]) for row in rows]
        if niveau == "region":
            # The file gives the collectivités d’outre-mer again as régions: the atlas does not.
            places = [place for place in places if len(place.code) == 2]
        assert [de(place) for place in places] == _said(expected)
        for place in places:
            after = f"à l’{place.nom}" if de(place).startswith("d’") else _to(de(place), place.nom)
            assert a(place) == after, place
            assert sujet(place).endswith(place.nom.replace("'", "’"))


def test_the_departements_insee_names_without_an_article_have_none_after_de(
    default_packages: dict[str, Path],
):
    rows = table(default_packages["etalab"], "departements")
    elided = {row["nom"] for row in rows if row["typeLiaison"] == 1}
    assert elided == {"Eure-et-Loir", "Ille-et-Vilaine", "Indre-et-Loire"}
    for row in rows:
        place = Place("departement", row["code"], row["nom"])
        assert (de(place) == f"d’{row['nom']}") == (row["nom"] in elided), place


def _order(code: str) -> tuple[int, float, str]:
    """Départements in their usual order, Corse in its place."""
    number = 20 if code[:2] in {"2A", "2B"} else int(code)
    return (len(code), number, code)


def _to(of: str, nom: str) -> str:
    """« à … » from « de … », the names of the overseas apart, whose article is their own."""
    for start, end in (("du ", "au "), ("des ", "aux "), ("de ", "à ")):
        if of.startswith(start):
            return end + of.removeprefix(start)
    return f"à {nom}"


def test_every_commune_is_elided_as_insee_does(default_packages: dict[str, Path]):
    """INSEE's « type de nom en clair » says which article, and whether « de » is elided."""
    articles = {0: "de ", 1: "d’", 2: "du ", 3: "de La ", 4: "des ", 5: "de L’", 8: "de Los "}
    wrong = []
    rows = [
        row
        for row in table(default_packages["etalab"], "communes")
        if row["type"] == "commune-actuelle" and row["zone"] != "com"
    ]
    for row in rows:
        said = de(Place("commune", row["code"], row["nom"]))
        expected = articles.get(row["typeLiaison"], "d’Aux ")
        if not said.startswith(expected) or said.startswith(("de Le ", "de Les ")):
            wrong.append((row["code"], said))
    # INSEE forgets the article of one name.
    assert wrong == [("63448", "du Vernet-Chaméane")]
    assert len(rows) == 34_875


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        (nombre(0), "0"),
        (nombre(-0.2), "0"),
        (nombre(999), "999"),
        (nombre(1234567), f"1{THIN}234{THIN}567"),
        (nombre(1234.56, 1), f"1{THIN}234,6"),
        (nombre(12.04, 1), "12"),
        (habitants(0), f"0{NBSP}habitant"),
        (habitants(1), f"1{NBSP}habitant"),
        (habitants(3200), f"3{THIN}200{NBSP}habitants"),
        (compte(2, "cheval", "chevaux"), f"2{NBSP}chevaux"),
        (kilometres(3.44), f"3,4{NBSP}km"),
        (kilometres(12.4), f"12{NBSP}km"),
        (pour_cent(0), f"0{NBSP}%"),
        (pour_cent(0.004), f"moins de 1{NBSP}%"),
        (pour_cent(0.997), f"plus de 99{NBSP}%"),
        (pour_cent(1), f"100{NBSP}%"),
        (pour_cent(0.674), f"67{NBSP}%"),
        (rang(1), "1er"),
        (rang(12), "12e"),
        (liste(["a"]), "a"),
        (liste(["a", "b", "c"]), "a, b et c"),
        (entre_guillemets(" « L'accueil\n de  jour » "), f"«{NBSP}L’accueil de jour{NBSP}»"),
    ],
)
def test_figures_and_titles(said: str, expected: str):
    assert said == expected


@given(st.integers(-(10**9), 10**9))
def test_a_number_is_read_back(value: int):
    assert int(nombre(value).replace(THIN, "")) == value
