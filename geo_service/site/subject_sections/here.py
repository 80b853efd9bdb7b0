"""What is known of a service, or of several, in a territory: sentences and the table under them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from geo_service.api.access_parameters import AccessParameters
from geo_service.api.accessibilite import TerritoryAccess
from geo_service.atlas import PublishedAtlas
from geo_service.diagnostics.diagnosis_sentences import FAR_KM
from geo_service.diagnostics.sentences import percent
from geo_service.french_sentences import (
    NBSP,
    THIN,
    compte,
    de,
    entre_guillemets,
    habitants,
    kilometres,
    liste,
    nombre,
    pour_cent,
    sujet,
)
from geo_service.provenance import LOADED
from geo_service.territories import Territory

#: Statuts, the communes and the inhabitants of each, in the order of the table.
_STATUTS: Final = (
    ("present", "communes_presentes", "population_presente"),
    ("partage", "communes_partagees", "population_partagee"),
    ("absent", "communes_absentes", "population_absente"),
    ("non_renseigne", "communes_non_renseignees", "population_non_renseignee"),
)
#: Services named in a sentence before « et n autres ».
_NAMED: Final = 4
#: Distance that is written 0 km: the lieu is at the mairie or beside it.
_BESIDE_KM: Final = 0.05
_UNDOCUMENTED: Final = (
    f"Aucune source de cette publication ne parle de ce service{NBSP}: il existe peut-être, ici ou "
    "ailleurs, et personne ne l’a dit. C’est une question à poser, pas un manque."
)


def _recorded(row: dict[str, Any]) -> str:
    """Count what gives a service: « 2 lieux et 1 action »; empty for nothing."""
    parts = []
    if row["lieux"]:
        parts.append(compte(row["lieux"], "lieu", "lieux"))
    if row["actions"]:
        parts.append(compte(row["actions"], "action"))
    return liste(parts) if parts else ""


def exhaustive_sources(atlas: PublishedAtlas, service: str) -> list[dict[str, Any]]:
    """Find the sources of the publication that list a service without omission."""
    return [
        row
        for row in atlas.metadata.sources
        if row["statut"] == LOADED and service in row["exhaustive"]
    ]


def service_sentences(
    territory: Territory, row: dict[str, Any], sources: Sequence[dict[str, Any]]
) -> list[str]:
    """Say what is known of one service in a territory.

    Parameters
    ----------
    territory
        The territory.
    row
        The service in its coverage.
    sources
        Those that list the service without omission.

    Returns
    -------
    list of str
        A gap and a question are never mixed up.
    """
    if not row["documente"]:
        return [_UNDOCUMENTED]
    said = (
        _in_a_commune(territory, row, sources)
        if territory.niveau == "commune"
        else _in_communes(territory, row)
    )
    recorded = _recorded(row)
    if recorded and territory.niveau != "commune":
        one = row["lieux"] + row["actions"] == 1
        said.append(f"{recorded} {'y est recensé' if one else 'y sont recensés'}.")
    return said


def _in_a_commune(
    territory: Territory, row: dict[str, Any], sources: Sequence[dict[str, Any]]
) -> list[str]:
    name = sujet(territory)
    begun = sujet(territory, majuscule=True)
    if row["statut"] == "present":
        recorded = _recorded(row)
        are = "y est recensé" if row["lieux"] + row["actions"] == 1 else "y sont recensés"
        told = f"{NBSP}: {recorded} {are}" if recorded else ""
        return [f"{begun} a ce service{told}."]
    if row["statut"] == "partage":
        larger = "un territoire plus grand (intercommunalité, département ou région)"
        return [f"Ce service est partagé{NBSP}: {larger} le porte pour {name}."]
    if row["statut"] == "absent":
        who = "Une source qui recense tous ceux qui existent n’en a"
        if sources:
            who = f"{entre_guillemets(sources[0]['nom'])}, qui recense tous ceux du pays, n’en a"
        return [f"{begun} n’a pas ce service. {who} aucun ici{NBSP}: c’est un manque."]
    return [
        f"Personne n’a dit si {name} a ce service{NBSP}: c’est une question à poser, pas un manque."
    ]


def _in_communes(territory: Territory, row: dict[str, Any]) -> list[str]:
    if row["statut"] == "non_renseigne":
        asked = "c’est une question à poser, pas un manque"
        who = f"les communes {de(territory)}"
        return [f"Personne n’a dit si {who} ont ce service{NBSP}: {asked}."]
    said = []
    share, people = row["part_population"], row["population_couverte"]
    if share is not None and people is not None:
        live = "vit" if people == 1 else "vivent"
        who = f"{pour_cent(share)} des habitants {de(territory)} ({nombre(people)})"
        if not people:
            who, live = f"Aucun habitant {de(territory)} ne", "vit"
        said.append(f"{who} {live} dans une commune où ce service est présent ou partagé.")
    places = [
        f"{word} {compte(row[name], 'commune')}"
        for word, name in (
            ("présent dans", "communes_presentes"),
            ("partagé dans", "communes_partagees"),
            ("absent de", "communes_absentes"),
        )
        if row[name]
    ]
    unknown = row["communes_non_renseignees"]
    asked = "" if not unknown else f"pour {compte(unknown, 'commune')}, personne ne l’a dit"
    if places:
        said.append(f"Il est {liste(places)}{f'{THIN}; {asked}' if asked else ''}.")
    elif asked:
        said.append(f"{asked[0].upper()}{asked[1:]}.")
    return said


def statut_table(territory: Territory, row: dict[str, Any]) -> list[dict[str, Any]]:
    """Share out the communes and the inhabitants of a territory by the statut of a service.

    Returns
    -------
    list of dict
        ``statut, communes, population, part, largeur, debut``: the last two place the part in a
        bar of 100.
    """
    rows = []
    start = 0.0
    for statut, communes, people in _STATUTS:
        count = row[people]
        known = count is not None and bool(territory.population)
        part = count / territory.population if known else None
        width = 100 * (row[communes] / territory.communes if part is None else part)
        rows.append(
            {
                "statut": statut,
                "communes": row[communes],
                "population": count,
                "part": part,
                "debut": round(start, 2),
                "largeur": round(width, 2),
            }
        )
        start += width
    return rows


async def service_access(
    atlas: PublishedAtlas, territory: Territory, service: str
) -> dict[str, Any] | None:
    """Measure how far people live from a service; None for one without lieux."""
    if service not in atlas.metadata.accessibility.services:
        return None
    parameters = AccessParameters.model_validate({"service": service})
    answer = await TerritoryAccess(atlas, territory, parameters).as_json()
    (found,) = answer["services"]
    return {**found, "mesure": answer["mesure"]}


def access_sentences(territory: Territory, access: dict[str, Any] | None) -> list[str]:
    """Say how far people live from a service.

    Parameters
    ----------
    territory
        The territory.
    access
        What :func:`service_access` gave.

    Returns
    -------
    list of str
        None for a commune, whose nearest lieu is told by name.
    """
    if access is None or territory.niveau == "commune":
        return []
    median = access["distances"]["quantiles_km"]["p50"]
    if median is None:
        return [
            "Aucun lieu connu ne rend ce service dans cette zone : la distance n’y est pas connue."
        ]
    how = "à vol d’oiseau" if access["mesure"]["mode"] == "vol-d-oiseau" else "par la route"
    near = f"à {kilometres(median)} au plus" if median >= _BESIDE_KM else "à côté de leur mairie"
    far = next(limit for limit in access["seuils"] if limit["km"] == FAR_KM)
    who = "personne n’en est"
    if far["population"]:
        verb = "en est" if far["population"] == 1 else "en sont"
        who = f"{habitants(far['population'])} ({pour_cent(far['part_population'])}) {verb}"
    beyond = f"{who} à plus de {FAR_KM}{NBSP}km ({how})"
    said = [f"La moitié des habitants ont un lieu {near}{THIN}; {beyond}."]
    if not access["exhaustif"]:
        said.append(
            "Ces distances sont celles des lieux connus : d’autres, plus proches, existent "
            "peut-être sans que personne ne les ait recensés."
        )
    return said


def axis_sentences(territory: Territory, covered: dict[str, Any], what: str) -> list[str]:
    """Say what is known of the services of an enjeu or of a thème in a territory.

    Parameters
    ----------
    territory
        The territory.
    covered
        Its coverage over these services alone.
    what
        « cet enjeu » or « ce thème ».
    """
    known, total = covered["documentes"], covered["services_total"]
    if not known:
        services = "son seul service" if total == 1 else f"ses {nombre(total)} services"
        exist = "existe" if total == 1 else "existent"
        nobody = f"{services} {exist} peut-être, et personne ne l’a dit"
        none = f"Aucune source de cette publication ne parle de {what}{NBSP}: {nobody}."
        return [none, "Ce sont des questions à poser, pas des manques."]
    name = sujet(territory, majuscule=True)
    listed = f"({what} en compte {nombre(total)} dans le référentiel)"
    services = covered["services"]
    said = []
    rate = covered["taux"]
    if territory.niveau == "commune":
        here = covered["presents"]
        if known == 1:
            has = "a" if here else "n’a pas, autant qu’on sache,"
            said.append(f"{name} {has} le seul service documenté {listed}.")
        else:
            has = f"a {compte(here, 'service')} sur {nombre(known)} documentés"
            if not here:
                has = f"n’a, autant qu’on sache, aucun des {nombre(known)} services documentés"
            said.append(f"{name} {has}, soit un taux de couverture de {percent(rate)} {listed}.")
    elif rate is not None:
        said.append(
            f"En moyenne, un habitant {de(territory)} a dans sa commune {percent(rate)} des "
            f"{compte(known, 'service documenté', 'services documentés')} {listed}."
        )
    missing = [item["libelle"] for item in services if item["statut"] == "absent"]
    asked = [
        item["libelle"]
        for item in services
        if item["documente"] and item["statut"] == "non_renseigne"
    ]
    if missing:
        where = "ici" if territory.niveau == "commune" else "de toutes ses communes"
        verb = "est absent" if len(missing) == 1 else "sont absents"
        said.append(f"{_quoted(missing)} {verb} {where}{NBSP}: c’est un manque.")
    if asked:
        it = "c’est une question à poser" if len(asked) == 1 else "ce sont des questions à poser"
        said.append(f"De {_quoted(asked)}, personne n’a rien dit ici{NBSP}: {it}, pas un manque.")
    return said


def _quoted(labels: Sequence[str]) -> str:
    shown = [entre_guillemets(label) for label in labels[:_NAMED]]
    rest = len(labels) - len(shown)
    return liste([*shown, compte(rest, "autre")] if rest else shown)
