"""Playing one fault: the readers ask, something breaks, it is mended, everything is looked at."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from tests.faults.readers import Readers, Seen, find_addresses, reasons
from tests.faults.site import NotPlayedError, Site
from tests.topology.servers import Api

#: Longest wait for everything to be right again, seconds.
LONGEST = 90.0
#: Seconds that a harm lasts, when it does not end by itself.
HARM = 5.0


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Attributes
    ----------
    panne
        What was done.
    jouee
        Whether it could be done; `remarque` says why not.
    requetes, echecs, refus
        Requests from the fault to the return; of these, that failed, and that were answered 503 or
        429 with ``Retry-After``.
    pourquoi
        Of failures and refusals, by reason.
    plus_lente_ms
        Longest right answer.
    retour_s
        Seconds from the repair (or from the fault, when nobody repairs) to the last answer that
        was not right; None when it never came back.
    perdu
        What was lost; empty: nothing.
    remarque
        What else is to be known.
    """

    panne: str
    jouee: bool = True
    requetes: int = 0
    echecs: int = 0
    refus: int = 0
    pourquoi: dict[str, int] = field(default_factory=dict)
    plus_lente_ms: int = 0
    retour_s: float | None = None
    perdu: list[str] = field(default_factory=list)
    remarque: str = ""

    @property
    def good(self) -> bool:
        """Whether nothing was lost and everything came back."""
        return not self.jouee or (not self.perdu and self.retour_s is not None)


class Play:
    """One fault being played.

    Parameters
    ----------
    site
        The installation.
    api
        The server that readers ask.
    readers
        Those who ask.
    """

    def __init__(self, site: Site, api: Api, readers: Readers) -> None:
        self.readers = readers
        self.site = site
        self.api = api
        self.remarks: list[str] = []
        self.lost: list[str] = []
        self.may_change = False
        self._broken: float | None = None
        self._mended: float | None = None

    def breaking(self) -> None:
        """Say that the harm begins now."""
        self._broken = time.monotonic()

    def mended(self) -> None:
        """Say that somebody has repaired, just now; a fault that mends itself does not."""
        self._mended = time.monotonic()

    def hold(self, seconds: float = HARM) -> None:
        """Let readers ask during the harm."""
        time.sleep(seconds)

    def expect(self, *, right: bool, otherwise: str) -> None:
        """Count something that must be so among what was lost."""
        if not right:
            self.lost.append(otherwise)

    def result(self, title: str) -> Row:
        """Wait for the return, and count."""
        readers = self.readers
        broken = self._broken or time.monotonic()
        since = self._mended or broken
        came_back = self._wait(readers, since)
        seen = readers.since(broken)
        wrong = [one.ended for one in seen if one.sort != "juste"]
        return Row(
            title,
            requetes=len(seen),
            echecs=sum(one.sort == "echec" for one in seen),
            refus=sum(one.sort == "refus" for one in seen),
            pourquoi=reasons(seen),
            plus_lente_ms=_longest(seen),
            retour_s=round(max([0.0, *(at - since for at in wrong)]), 1) if came_back else None,
            perdu=self.lost,
            remarque=" ".join(self.remarks),
        )

    def _wait(self, readers: Readers, since: float) -> bool:
        # Counted from now: a run of the ETL may take longer than that to reach what is broken.
        deadline = time.monotonic() + LONGEST
        while time.monotonic() < deadline:
            wrong = [one.ended for one in readers.since(since) if one.sort != "juste"]
            if readers.all_right_since(max([since, *wrong])):
                return True
            time.sleep(0.1)
        return False


def _longest(seen: list[Seen]) -> int:
    right = [one.ended - one.began for one in seen if one.sort == "juste"]
    return round(1000 * max(right, default=0.0))


#: Does the harm and the repair.
Harm = Callable[[Play], None]


@dataclass(frozen=True)
class Fault:
    """A fault that can be asked for by its name.

    Attributes
    ----------
    key
        Its name on the command line.
    title
        What is done, in French.
    harm
        Does it.
    reads
        Attribute of :class:`Site`: the server that readers ask.
    cold
        Whether that server is started anew before.
    """

    key: str
    title: str
    harm: Harm
    reads: str = "api"
    cold: bool = False


def play(site: Site, fault: Fault) -> Row:
    """Play a fault, from readers at ease to readers at ease."""
    api: Api = getattr(site, fault.reads)
    before = site.catalogue()
    try:
        if api is not site.api and fault.cold:
            # Nothing that was read before is in its memory.
            api.stop()
            api.start()
        # What the fault before did is over for its own readers, not yet for each server.
        for one in (site.api, api):
            one.wait()
        addresses = find_addresses(site.api.url)
        with Readers(api.port, addresses, model=site.api.port) as readers:
            playing = Play(site, api, readers)
            with _everything_up(site):
                fault.harm(playing)
            row = playing.result(fault.title)
    except NotPlayedError as reason:
        return Row(fault.title, jouee=False, remarque=str(reason))
    except Exception as error:  # noqa: BLE001 (the other faults are played all the same)
        return Row(fault.title, perdu=[f"exercice interrompu : {type(error).__name__} {error}"])
    lost = list(row.perdu)
    if not playing.may_change:
        after = site.catalogue()
        lost += [f"{name} : autre qu'avant" for name in before if after[name] != before[name]]
    lost += site.faults_of_archives()
    return Row(**{**vars(row), "perdu": lost})


@contextmanager
def _everything_up(site: Site) -> Iterator[None]:
    """Leave the installation whole, whatever the harm did of it."""
    try:
        yield
    finally:
        site.link.mend()
        site.store_link.mend()
        for disk in site.disks.values():
            disk.empty()
        for part in site.topology.parts:
            if not part.is_running:
                part.start()
