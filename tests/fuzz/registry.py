"""All targets, by module and name."""

from __future__ import annotations

from tests.fuzz import files, service, texts
from tests.fuzz.target import Target

TARGETS: dict[str, Target] = {
    f"{module.__name__.rpartition('.')[2]}.{target.name}": target
    for module in (files, texts, service)
    for target in module.TARGETS
}
