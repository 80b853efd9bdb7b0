"""What changed between two publications, as tables of the terminal, JSON or CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import orjson
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from etl.diff import Change, Diff
from etl.french import figure, percentage
from etl.publication import Publication
from geo_service.exports import neutral

#: Rates told one by one: of the largest territories, and the greatest changes of the others.
RATES = 10

_CAUSES = {
    "atlas": "le titre ou le millésime",
    "code": "la version du programme",
    "moteurs": "les moteurs géométriques",
    "referentiel": "le référentiel",
    "sources": "les sources",
    "synthetique": "la nature des données",
}
_FIELDS = {
    "fichier": "fichier",
    "statut": "présence",
    "date_donnees": "date des données",
    "lignes_lues": "lignes lues",
    "lignes_chargees": "lignes chargées",
    "lignes_reparees": "lignes réparées",
    "lignes_rejetees": "lignes rejetées",
    "exhaustive": "exhaustive pour",
    "documente": "documenté",
    "libelle": "libellé",
    "taux": "taux",
}
_NIVEAUX = {
    "commune": "communes",
    "arrondissement": "arrondissements",
    "ept": "EPT",
    "epci": "EPCI",
    "departement": "départements",
    "region": "régions",
    "pays": "pays",
    "groupe": "groupes",
}
_MEMBERS = {
    "ajout": "ajoutés",
    "retrait": "retirés",
    "commune_ajout": "communes membres ajoutées",
    "commune_retrait": "communes membres retirées",
    "nom": "noms changés",
    "nature": "natures changées",
    "population": "populations changées",
    "contour": "contours changés",
}


def to_json(found: Diff) -> str:
    """Write the summary and every change."""
    content = {
        "avant": found.a.id,
        "apres": found.b.id,
        "causes": found.causes,
        "resume": found.summary(),
        "changements": [change._asdict() for change in found.changes],
    }
    return orjson.dumps(content, option=orjson.OPT_INDENT_2).decode() + "\n"


def to_csv(found: Diff) -> str:
    """Write every change, safe to open in a spreadsheet."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(Change._fields)
    writer.writerows(map(neutral, change) for change in found.changes)
    return text.getvalue()


def summary(found: Diff) -> Iterator[RenderableType]:
    """Make what a person reads: what differs, then a table for each kind of change."""
    yield Text(f"De {_name(found.a)} à {_name(found.b)}.")
    if found.a.id == found.b.id:
        yield Text("C'est la même publication.")
        return
    causes = ", ".join(_CAUSES.get(cause, cause) for cause in found.causes)
    yield Text(f"Ce qui diffère à l'entrée : {causes or 'rien'}.")
    same = [name for name, equal in found.archives().items() if equal]
    if same:
        yield Text(f"Archives de tuiles identiques : {', '.join(same)}.")
    if not found.changes:
        yield Text("Rien de ce qui est publié n'a changé.")
        return
    for table in (
        _plain(found, "source", "Sources"),
        _places(found),
        _plain(found, "service", "Référentiel et services documentés"),
        _territories(found),
        _statuts(found),
        _rates(found),
        _main_rates(found),
    ):
        if table.row_count:
            yield table
    yield Text("Tous les changements, un par un : option « --format csv » ou « --format json ».")


def _name(known: Publication) -> str:
    return f"{known.id} (faite le {known.creee_le:%d/%m/%Y à %H:%M}, COG {known.millesime})"


def _plain(found: Diff, objet: str, title: str) -> Table:
    """Change by change."""
    table = Table(objet, "", "avant", "après", title=title)
    for change in found.changes:
        if change.objet == objet:
            values = (change.avant, change.apres)
            table.add_row(
                Text(change.code),
                _FIELDS.get(change.champ or "", change.champ or ""),
                *(Text("–" if value is None else _value(value)) for value in values),
            )
    return table


def _value(text: str) -> str:
    return figure(int(text)) if text.isdecimal() and not text.startswith("0") else text


def _places(found: Diff) -> Table:
    table = Table("source", title="Lieux et actions")
    names = [
        f"{objet}_{nature}"
        for objet in ("lieu", "action")
        for nature in ("ajout", "retrait", "changement")
    ]
    for objet in ("lieux", "actions"):
        for nature in ("ajoutés", "retirés", "modifiés"):
            end = nature.replace("és", "ées") if objet == "actions" else nature
            table.add_column(f"{objet} {end}", justify="right")
    for source, counts in found.sources().items():
        table.add_row(Text(source), *(figure(counts.get(name, 0)) for name in names))
    return table


def _territories(found: Diff) -> Table:
    table = Table("niveau", "changement", title="Territoires")
    table.add_column("nombre", justify="right")
    for niveau, counts in found.summary()["territoires"].items():
        for what, count in counts.items():
            table.add_row(_NIVEAUX[niveau], _MEMBERS.get(what, what), figure(count))
    return table


def _statuts(found: Diff) -> Table:
    table = Table(
        "service", "avant", "après", title="Communes dont le statut d'un service a changé"
    )
    table.add_column("communes", justify="right")
    counts = found.counts(lambda c: (c.champ, c.avant, c.apres), "statut")
    for (service, before, after), count in sorted(counts.items(), key=lambda item: -item[1]):
        table.add_row(Text(service), before, after, figure(count))
    return table


def _rates(found: Diff) -> Table:
    table = Table("niveau", title="Taux de couverture (tous services)")
    for name in ("en hausse", "en baisse", "devenus connus ou inconnus"):
        table.add_column(name, justify="right")
    for niveau, counts in found.rates().items():
        table.add_row(_NIVEAUX[niveau], *map(figure, counts))
    return table


def _main_rates(found: Diff) -> Table:
    """Rates of the pays and the régions, then those that changed most elsewhere."""
    table = Table("territoire", "", title="Taux qui ont le plus changé")
    for name in ("avant", "après"):
        table.add_column(name, justify="right")
    rates = [c for c in found.changes if c.objet == "taux" and c.avant and c.apres]
    large = [c for c in rates if c.niveau in {"pays", "region"}]
    others = sorted(
        (c for c in rates if c.niveau not in {"pays", "region"}),
        key=lambda c: -abs(float(c.apres or 0) - float(c.avant or 0)),
    )
    for change in [*large, *others[:RATES]]:
        table.add_row(
            Text(f"{change.niveau} {change.code}"),
            Text(change.nom or ""),
            percentage(float(change.avant or 0), 2),
            percentage(float(change.apres or 0), 2),
        )
    return table
