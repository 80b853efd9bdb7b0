"""The sentences of a diagnosis: read aloud by an élu, whatever the figures are."""

# ruff: noqa: E501 (sentences are cut where they read best)
from __future__ import annotations

import pytest

from geo_service.diagnostics import diagnosis_sentences as sentences
from geo_service.territories import Territory
from tests.geo_service.diagnostics.told import (
    EPCI,
    FRANCE,
    LANDES,
    LOZERE,
    MENDE,
    access,
    figures,
    gap,
    point,
)

#: « ~ » stands for a no-break space and « ^ » for a narrow one in what is expected below.
SPACES = str.maketrans({"~": "\u00a0", "^": "\u202f"})


COVERAGE = [
    (
        MENDE,
        12_000,
        figures(3, 4, 0.75),
        (
            "Mende (12^000~habitants)~: 3~services présents ou partagés sur 4 documentés, soit un taux "
            "de couverture de 75~% (le référentiel en compte 131)."
        ),
    ),
    (
        MENDE,
        1,
        figures(1, 4, 0.25),
        (
            "Mende (1~habitant)~: 1~service présent ou partagé sur 4 documentés, soit un taux de "
            "couverture de 25~% (le référentiel en compte 131)."
        ),
    ),
    (
        MENDE,
        None,
        figures(0, 3, 0.0),
        (
            "Mende (population inconnue)~: aucun recensé sur 3 documentés, soit un "
            "taux de couverture de 0~% (le référentiel en compte 131)."
        ),
    ),
    (
        MENDE,
        0,
        figures(1, 1, 1.0),
        (
            "Mende (0~habitant)~: le seul service documenté y est présent ou partagé (le référentiel en "
            "compte 131)."
        ),
    ),
    (
        MENDE,
        40,
        figures(0, 1, 0.0),
        (
            "Mende (40~habitants)~: le seul service documenté n’y est pas recensé (le "
            "référentiel en compte 131)."
        ),
    ),
    (
        MENDE,
        40,
        figures(0, 0, None),
        "Mende (40~habitants)~: aucun des 131 services du référentiel n’est documenté.",
    ),
    (
        LOZERE,
        76_000,
        figures(3, 4, 0.7066),
        (
            "La Lozère (76^000~habitants)~: en moyenne, un habitant a dans sa commune 70,7~% des 4 "
            "services documentés^; 3~services documentés sur 4 sont recensés quelque part dans le territoire "
            "(le référentiel en compte 131)."
        ),
    ),
    (
        LANDES,
        400_000,
        figures(1, 4, 0.01),
        (
            "Les Landes (400^000~habitants)~: en moyenne, un habitant a dans sa commune 1~% des 4 "
            "services documentés^; 1~service documenté sur 4 est recensé quelque part dans le territoire (le "
            "référentiel en compte 131)."
        ),
    ),
    (
        FRANCE,
        68_350_798,
        figures(0, 4, 0.0),
        (
            "La France (68^350^798~habitants)~: en moyenne, un habitant a dans sa commune 0~% des 4 "
            "services documentés^; aucun des 4 services documentés n’y est recensé "
            "(le référentiel en compte 131)."
        ),
    ),
    (
        LOZERE,
        76_000,
        figures(1, 1, 0.5),
        (
            "La Lozère (76^000~habitants)~: 50~% des habitants ont dans leur commune le seul service "
            "documenté (le référentiel en compte 131)."
        ),
    ),
    (
        EPCI,
        None,
        figures(2, 4, None),
        (
            "La communauté de communes Cœur de Lozère (population inconnue)~: 2~services documentés sur 4 "
            "sont recensés quelque part dans le territoire (le référentiel en compte 131)^; sa population "
            "n’est pas connue, il n’y a donc pas de taux."
        ),
    ),
    (
        EPCI,
        0,
        figures(0, 1, None),
        (
            "La communauté de communes Cœur de Lozère (0~habitant)~: le seul service documenté n’y est "
            "pas recensé (le référentiel en compte 131)^; personne n’y habite, il n’y a "
            "donc pas de taux."
        ),
    ),
]


@pytest.mark.parametrize(("where", "population", "told", "expected"), COVERAGE)
def test_coverage(where: Territory, population: int | None, told: dict, expected: str) -> None:
    assert sentences.coverage(where, population, told) == expected.translate(SPACES)


@pytest.mark.parametrize(
    ("where", "missing", "expected"),
    [
        (MENDE, [], "Aucun manque n’est connu parmi les services documentés."),
        (MENDE, [gap("Un site")], "Il manque ici «~Un site~»."),
        (
            MENDE,
            [gap(f"S{n}") for n in range(6)],
            "Il manque ici «~S0~», «~S1~», «~S2~», «~S3~» et 2~autres.",
        ),
        (
            LOZERE,
            [gap("Un site", 1, 169)],
            "Un seul manque est connu~: «~Un site~», absent dans une commune (169~habitants).",
        ),
        (
            LOZERE,
            [gap("Un site", 112, 43_000), gap("B"), gap("C")],
            (
                "Le manque qui touche le plus de monde~: «~Un site~», absent dans 112~communes "
                "(43^000~habitants)^; ensuite, «~B~» et «~C~»."
            ),
        ),
        (
            LOZERE,
            [gap("Un site", 2, None), gap("B")],
            (
                "Premier manque~: «~Un site~», absent dans 2~communes (population inconnue)^; ensuite, "
                "«~B~»."
            ),
        ),
    ],
)
def test_gaps(where: Territory, missing: list[dict], expected: str) -> None:
    assert sentences.gaps(where, missing) == expected.translate(SPACES)


@pytest.mark.parametrize(
    ("labels", "documented", "expected"),
    [
        ([], 4, None),
        (
            ["A"],
            4,
            ("Personne n’a rien dit ici de «~A~»~: c’est une question à poser, pas un manque."),
        ),
        (
            ["A"],
            1,
            ("Personne n’a rien dit ici de «~A~»~: c’est une question à poser, pas un manque."),
        ),
        (
            ["A", "B"],
            4,
            (
                "Personne n’a rien dit ici de «~A~» et «~B~»~: ce sont des questions à "
                "poser, pas des manques."
            ),
        ),
        (
            ["A", "B"],
            2,
            (
                "Personne n’a rien dit ici des services documentés~: ce sont des "
                "questions à poser, pas des manques."
            ),
        ),
    ],
)
def test_unknown(labels: list[str], documented: int, expected: str | None) -> None:
    said = sentences.unknown(labels, documented)
    assert said == (None if expected is None else expected.translate(SPACES))


@pytest.mark.parametrize(
    ("where", "services", "expected"),
    [
        # What is at the mairie itself is not « 0 km away ».
        (MENDE, [access("A", farthest=0.04), access("B", farthest=None)], []),
        (
            MENDE,
            [access("A", farthest=3.21), access("B", farthest=12.4)],
            [
                "Pour «~B~», le lieu le plus proche est à 12~km à vol d’oiseau.",
                "Pour «~A~», le lieu le plus proche est à 3,2~km à vol d’oiseau.",
            ],
        ),
        (LOZERE, [access("A", median=0.0), access("B", median=None)], []),
        (
            LOZERE,
            [
                access("A", median=4.2),
                access("B", median=6.0, far=1, share=0.00001),
                access("C", median=0.01, far=12_345, share=0.16),
                access("D", median=2.0, far=20, share=0.01),
            ],
            [
                (
                    "Pour «~C~», la moitié des habitants ont un lieu à côté de leur mairie^; "
                    "12^345~habitants (16~%) en sont à plus de 10~km (à vol d’oiseau)."
                ),
                (
                    "Pour «~D~», la moitié des habitants ont un lieu à 2~km au plus^; 20~habitants "
                    "(1~%) en sont à plus de 10~km (à vol d’oiseau)."
                ),
                (
                    "Pour «~B~», la moitié des habitants ont un lieu à 6~km au plus^; 1~habitant "
                    "(moins de 1~%) en est à plus de 10~km (à vol d’oiseau)."
                ),
            ],
        ),
        (
            LOZERE,
            [access("A", median=4.2)],
            [
                (
                    "Pour «~A~», la moitié des habitants ont un lieu à 4,2~km au plus^; personne n’en "
                    "est à plus de 10~km (à vol d’oiseau)."
                )
            ],
        ),
    ],
)
def test_distances(where: Territory, services: list[dict], expected: list[str]) -> None:
    said = sentences.distances(where, services, straight=True)
    assert said == [sentence.translate(SPACES) for sentence in expected]
    by_road = sentences.distances(where, services, straight=False)
    assert [one.replace("par la route", "à vol d’oiseau") for one in by_road] == said


def test_nobody_is_said_to_be_far_from_what_is_not_wholly_listed() -> None:
    listed = access("A", median=12, far=300, share=0.2)
    partly = access("B", median=90, far=9000, share=0.9) | {"exhaustif": False}
    (said,) = sentences.distances(LOZERE, [partly, listed], straight=True)
    assert "«\u00a0A\u00a0»" in said
    assert sentences.distances(LOZERE, [partly], straight=True) == []


@pytest.mark.parametrize(
    ("points", "expected"),
    [
        ([], None),
        ([point(0.5)], None),
        ([point(0.5), point(None)], None),
        ([point(None), point(0.5)], None),
        (
            [point(0.5, comparable=False), point(0.7)],
            (
                "Les publications précédentes ne documentaient pas les mêmes services~: leurs taux ne "
                "se comparent pas à celui-ci."
            ),
        ),
        (
            [
                point(0.2, "2025-01-01", comparable=False),
                point(0.5, "2025-12-12"),
                point(0.3),
                point(0.7066),
            ],
            (
                "Depuis la publication du 12 décembre 2025, le taux de couverture de la Lozère est "
                "passé de 50~% à 70,7~%."
            ),
        ),
        (
            [point(0.5), point(0.5)],
            (
                "Depuis la publication du 1er mars 2026, le taux de couverture de la Lozère n’a pas "
                "changé~: 50~%."
            ),
        ),
        (
            [point(0.7066), point(0.7071)],
            (
                "Depuis la publication du 1er mars 2026, le taux de couverture de la Lozère n’a "
                "presque pas changé~: 70,7~%."
            ),
        ),
    ],
)
def test_evolution(points: list[dict], expected: str | None) -> None:
    said = sentences.evolution(LOZERE, points)
    assert said == (None if expected is None else expected.translate(SPACES))
