"""What is there, what is missing, what nobody knows: three lists that are never mixed up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from geo_service.diagnostics.diagnosis import gaps
from geo_service.diagnostics.sentences import percent
from geo_service.french_sentences import compte, habitants, kilometres
from geo_service.territories import Territory

#: Distance that is written 0 km: the lieu is beside the mairie.
_BESIDE_KM: Final = 0.05
#: Statuts in the order they are told, the best first, and those of what is there.
_TOLD: Final = ("present", "partage", "absent", "non_renseigne")
_HAS: Final = _TOLD[:2]


@dataclass(frozen=True)
class Finding:
    """A service, and what to say of it beside its name.

    Attributes
    ----------
    code, libelle
        The service.
    text
        A few words; empty when the heading of the list says it all.
    """

    code: str
    libelle: str
    text: str = ""


@dataclass(frozen=True)
class Findings:
    """The documented services of a territory, sorted by what is known of them.

    Attributes
    ----------
    there
        Present or shared, somewhere at least: the most covered first.
    missing
        Absent somewhere, the one that concerns most people first.
    unknown
        Of which nobody said anything anywhere here.
    partly_unknown
        Known of some communes, not of others; empty for a commune.
    undocumented
        How many services of the référentiel no source speaks of.
    """

    there: list[Finding]
    missing: list[Finding]
    unknown: list[Finding]
    partly_unknown: list[Finding]
    undocumented: int

    @property
    def silent(self) -> bool:
        """Whether nobody said anything of any documented service here."""
        return bool(self.unknown) and not (self.there or self.missing or self.partly_unknown)


def findings(
    territory: Territory,
    covered: Mapping[str, Any],
    access: Sequence[Mapping[str, Any]],
) -> Findings:
    """Sort the documented services by what is known of them.

    Parameters
    ----------
    territory
        The territory.
    covered
        Its coverage: :func:`geo_service.api.couverture.coverage`, all services.
    access
        ``services`` of its accessibility, which say how far the nearest lieux are.
    """
    documented = [item for item in covered["services"] if item["documente"]]
    order = [item["code"] for item in covered["services"]]
    commune = territory.niveau == "commune"
    there = [item for item in documented if _communes_with(item)]
    if not commune:
        there.sort(key=lambda item: -(item["part_population"] or 0))
    nearest = _nearest(access) if commune else {}
    return Findings(
        there=[_found(item, of_commune=commune) for item in there],
        missing=[
            Finding(gap["code"], gap["libelle"], _lacking(gap, nearest, of_commune=commune))
            for gap in gaps(documented, order)
        ],
        unknown=[
            Finding(item["code"], item["libelle"])
            for item in documented
            if not _communes_with(item) and not item["communes_absentes"]
        ],
        partly_unknown=[
            Finding(item["code"], item["libelle"], _unsaid(item))
            for item in sorted(documented, key=lambda one: -one["communes_non_renseignees"])
            if item["communes_non_renseignees"]
            and (_communes_with(item) or item["communes_absentes"])
        ],
        undocumented=covered["services_total"] - covered["documentes"],
    )


def statut_counts(covered: Mapping[str, Any]) -> list[tuple[str, int, float | None]]:
    """Count the documented services of each statut, with their share of the rate's whole.

    Parameters
    ----------
    covered
        The coverage of a territory.

    Returns
    -------
    list of (str, int, float or None)
        Statut, services of that statut, and the share the API gives for it: of a larger territory,
        that of the services of an inhabitant.
    """
    shares = (
        *(covered["part_presente"], covered["part_partagee"]),
        *(covered["part_absente"], covered["part_non_renseignee"]),
    )
    documented = [item["statut"] for item in covered["services"] if item["documente"]]
    return [
        (statut, documented.count(statut), share)
        for statut, share in zip(_TOLD, shares, strict=True)
    ]


def known_rate(figures: Mapping[str, Any]) -> float | None:
    """Give a rate of the coverage, or None where nobody said anything: no rate is not 0 %."""
    silent = figures["part_non_renseignee"] == 1
    rate: float | None = figures["taux"]
    return None if silent else rate


def _communes_with(item: Mapping[str, Any]) -> int:
    """Communes that have a service: none is none, whatever its statut above them."""
    found = int(item["communes_presentes"] + item["communes_partagees"])
    return found or int(item["statut"] in _HAS)


def _found(item: Mapping[str, Any], *, of_commune: bool) -> Finding:
    if of_commune:
        text = "porté pour elle par un échelon plus grand"
        if item["statut"] == "present":
            what = [compte(item["lieux"], "lieu", "lieux")] if item["lieux"] else []
            what += [compte(item["actions"], "action")] if item["actions"] else []
            text = ", ".join(what)
    elif item["part_population"] is None:
        text = compte(item["communes_presentes"] + item["communes_partagees"], "commune")
    else:
        text = f"{percent(item['part_population'])} des habitants"
    return Finding(item["code"], item["libelle"], text)


def _nearest(access: Sequence[Mapping[str, Any]]) -> dict[str, float]:
    """How far the nearest lieu of each service is from the mairie of a commune, km."""
    return {
        item["service"]["code"]: item["distances"]["plus_eloignee"]["distance_km"]
        for item in access
        if item["distances"]["plus_eloignee"] is not None
    }


def _lacking(gap: Mapping[str, Any], nearest: Mapping[str, float], *, of_commune: bool) -> str:
    if of_commune:
        km = nearest.get(gap["code"])
        return f"le plus proche est à {kilometres(km)}" if km and km >= _BESIDE_KM else ""
    where = f"absent dans {compte(gap['communes'], 'commune')}"
    return where if gap["population"] is None else f"{where} ({habitants(gap['population'])})"


def _unsaid(item: Mapping[str, Any]) -> str:
    where = compte(item["communes_non_renseignees"], "commune")
    people = item["population_non_renseignee"]
    return where if people is None else f"{where} ({habitants(people)})"
