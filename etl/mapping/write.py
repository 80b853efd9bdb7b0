"""The TOML of a proposed mapping, with its reasons as comments, ready to be edited."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from etl.mapping.guess_services import TableGuess
from etl.mapping.propose import Choice, Proposal

_TO_FILL = '# À compléter : « {value} » ({rows} lignes) = "code-du-service"'
_SHOWN = 60


def toml_of(proposal: Proposal, name: str, services: Sequence[str] = ()) -> str:
    """Write the mapping that a proposal makes.

    Parameters
    ----------
    name : str
        Name of the file it was made for.
    services : sequence of str
        Services of all rows, said by the data manager.

    Returns
    -------
    str
        TOML that :func:`etl.mapping.model.parse` reads, provided some service was found or given.
    """
    return (
        "\n".join(
            [
                *_head(proposal, name),
                *_fields(proposal),
                *_hours(proposal),
                *_services(proposal, services),
            ]
        )
        + "\n"
    )


def _text(value: str) -> str:
    """Write a TOML basic string: JSON's escapes are among TOML's (toml.io, v1.0, Strings)."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _list(values: Iterable[str]) -> str:
    return f"[{', '.join(map(_text, values))}]"


def _comment(text: str) -> str:
    return " ".join(text.split())


def _head(proposal: Proposal, name: str) -> list[str]:
    lines = [
        f"# Correspondance proposée pour {_comment(name)} par « geo-service etl check ».",
        "# À relire : chaque ligne dit sa confiance et sa raison. Voir docs/donnees.md.",
        f"titre = {_text(name)}",
    ]
    if any(choice.champ == "point" for choice in proposal.choix):
        lines.append(f"axes = {_text(proposal.axes)}")
    lines += [
        f"# Jamais lue, {why} : {_comment(column)}" for column, why in proposal.personnelles.items()
    ]
    return lines


def _fields(proposal: Proposal) -> list[str]:
    lines = ["", "[champs]"]
    champs = {choice.champ for choice in proposal.choix}
    if "identifiant" not in champs:
        lines.append("# Pas d'identifiant : l'atlas en fait un avec le nom, l'adresse et le point.")
    if "nom" not in champs:
        lines.append("# Pas de colonne de nom reconnue : à compléter.")
        lines.append('nom = { valeur = "Lieu sans nom" }')
    lines += [f"{choice.champ} = {_columns(choice)}  # {_why(choice)}" for choice in proposal.choix]
    return lines


def _columns(choice: Choice) -> str:
    return _text(choice.colonnes[0]) if len(choice.colonnes) == 1 else _list(choice.colonnes)


def _why(choice: Choice) -> str:
    return f"{choice.confiance}\u202f% : {_comment(choice.raison)}"


def _hours(proposal: Proposal) -> list[str]:
    choice = proposal.horaires
    if choice is None:
        return []
    if not proposal.jours:
        return [
            "",
            f"[horaires]  # {_why(choice)}",
            f"format = {_text(choice.champ)}",
            f"colonnes = {_columns(choice)}",
        ]
    days = [f"{day} = {_list(names)}" for day, names in proposal.jours.items()]
    return ["", f"[horaires]  # {_why(choice)}", 'format = "jours"', "", "[horaires.jours]", *days]


def _services(proposal: Proposal, services: Sequence[str]) -> list[str]:
    lines: list[str] = []
    if services:
        lines += ["", "[services]", f"toujours = {_list(services)}"]
    for guess in proposal.services:
        if guess.vocabulaire is not None or any(guess.valeurs.values()):
            lines += _table(guess)
    return lines


def _table(guess: TableGuess) -> list[str]:
    lines = [
        "",
        f"# {guess.confiance}\u202f% : {_comment(guess.raison)}",
        "[[services.tables]]",
        f"colonnes = {_text(guess.colonne)}",
    ]
    if guess.separateurs:
        lines.append(f"separateurs = {_list(guess.separateurs)}")
    if guess.vocabulaire is not None:
        return [*lines, f"vocabulaire = {_text(guess.vocabulaire)}"]
    lines += ["", "[services.tables.valeurs]"]
    for value, service in guess.valeurs.items():
        rows = guess.comptes.get(value, 0)
        if service:
            lines.append(f"{_text(value)} = {_text(service)}  # {rows} lignes")
        else:
            lines.append(_TO_FILL.format(value=_comment(value)[:_SHOWN], rows=rows))
    return lines


def has_services(proposal: Proposal, services: Sequence[str]) -> bool:
    """Tell whether the mapping would say any service: without one, no row can be loaded."""
    return bool(services) or any(
        guess.vocabulaire is not None or any(guess.valeurs.values()) for guess in proposal.services
    )
