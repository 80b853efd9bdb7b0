"""Small files of changes of communes, and an oracle of what they do to the ground."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from hypothesis import strategies as st

from boundaries.succession import Movement

HEADERS = [
    *("MOD", "DATE_EFF", "TYPECOM_AV", "COM_AV", "TNCC_AV", "NCC_AV", "NCCENR_AV", "LIBELLE_AV"),
    *("TYPECOM_AP", "COM_AP", "TNCC_AP", "NCC_AP", "NCCENR_AP", "LIBELLE_AP"),
]


def row(
    mod: str, day: str, before: str, after: str, *, type_av: str = "COM", type_ap: str = "COM"
) -> Movement:
    """A change between two codes, the communes being named after them."""
    return Movement(
        mod,
        day,
        type_av if before else "",
        before,
        f"Ville-{before}" if before else "",
        type_ap if after else "",
        after,
        f"Ville-{after}" if after else "",
    )


def write(path: Path, rows: Iterable[Movement]) -> Path:
    """Write a file of INSEE's form."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerow(HEADERS)
        for one in rows:
            before = [one.type_av, one.code_av, "0", one.nom_av.upper(), one.nom_av, one.nom_av]
            after = [one.type_ap, one.code_ap, "0", one.nom_ap.upper(), one.nom_ap, one.nom_ap]
            writer.writerow([one.mod, one.date_effet, *before, *after])
    return path


class Land:
    """The ground as cells, each owned by one commune; every change is also written as INSEE does.

    It restates what the changes mean without any graph: at any day, the cells of a commune tell
    which communes of the end hold its ground.
    """

    CELLS = 3

    def __init__(self, codes: Iterable[str]) -> None:
        self.owner = {(code, cell): code for code in codes for cell in range(self.CELLS)}
        self.merged: dict[str, set[tuple[str, int]]] = {}
        self.rows: list[Movement] = []
        self.days = [("1950-01-01", dict(self.owner))]
        self.year = 1950
        self.fresh = 900
        self.created = False

    def communes(self) -> list[str]:
        return sorted(set(self.owner.values()))

    def cells(self, code: str) -> set[tuple[str, int]]:
        return {cell for cell, owner in self.owner.items() if owner == code}

    def change(self, *rows: tuple[str, str, str]) -> None:
        self.year += 1
        day = f"{self.year}-01-01"
        self.rows += [row(mod, day, before, after) for mod, before, after in rows]
        self.days.append((day, dict(self.owner)))

    def merge(self, code: str, into: str) -> None:
        self.merged[code] = self.cells(code)
        for cell in self.merged[code]:
            self.owner[cell] = into
        self.change(("32", code, into), ("32", into, into))

    def restore(self, code: str, out_of: str) -> None:
        for cell in self.merged.pop(code) & self.cells(out_of):
            self.owner[cell] = code
        self.change(("21", out_of, code), ("21", out_of, out_of))

    def create(self, out_of: str) -> None:
        self.created = True
        code = self.new_code()
        self.owner[min(self.cells(out_of))] = code
        self.change(("20", out_of, code), ("20", out_of, out_of))

    def recode(self, code: str) -> None:
        new = self.new_code()
        for cell in self.cells(code):
            self.owner[cell] = new
        self.change(("41", code, new))

    def new_code(self) -> str:
        self.fresh += 1
        return f"02{self.fresh}"


@st.composite
def lands(draw: st.DrawFn, *, creations: bool) -> Land:
    """A land after some changes drawn at random, each possible when it happens."""
    land = Land(f"0100{number}" for number in range(1, 6))
    actions = ["merge", "restore", "recode"] + ["create"] * creations
    for action in draw(st.lists(st.sampled_from(actions), max_size=9)):
        communes = land.communes()
        if action == "merge" and len(communes) > 1:
            code, into = draw(st.permutations(communes))[:2]
            land.merge(code, into)
        elif action == "restore":
            possible = [
                (code, out_of)
                for code, cells in land.merged.items()
                for out_of in communes
                # It takes back all its ground, and leaves some.
                if code not in communes and cells < land.cells(out_of)
            ]
            if possible:
                land.restore(*draw(st.sampled_from(sorted(possible))))
        elif action == "recode":
            land.recode(draw(st.sampled_from(communes)))
        elif action == "create":
            divisible = [code for code in communes if len(land.cells(code)) > 1]
            if divisible:
                land.create(draw(st.sampled_from(divisible)))
    return land
