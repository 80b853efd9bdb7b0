"""Has fiches compiled in short-lived processes, a few at once."""

from __future__ import annotations

import asyncio
import hashlib
import io
import os
import sys
from functools import cache
from importlib.metadata import version
from typing import Final

import orjson
import segno
import structlog

from geo_service.errors import Problem
from geo_service.faults import InstallationError
from geo_service.fiche.fonts import BUILT, CHARACTERS
from geo_service.fiche.worker import TEMPLATE, Job

log = structlog.get_logger(__name__)

#: Fiches compiled at once by one serving process: some 100 MB and one processor each.
AT_ONCE: Final = 2
#: Seconds that one waits for its turn; that a compilation may take. It takes half a second, and ten
#: times more on a machine that has ten times more to do.
PATIENCE, LONGEST = 10.0, 30.0
#: Seconds after which who was refused may ask again.
RETRY_AFTER: Final = 10

_INK: Final = "#10262d"


class CompilationError(Exception):
    """A fiche could not be compiled: a fault of ours, whose reason goes to the log."""


def qr_code(address: str) -> str:
    """Draw an address as a QR code (ISO/IEC 18004, 15 % of it may be lost), in SVG."""
    out = io.BytesIO()
    code = segno.make_qr(address, error="m")
    code.save(out, kind="svg", border=0, xmldecl=False, dark=_INK, omitsize=True)
    return out.getvalue().decode()


@cache
def recipe() -> str:
    """Hash of what decides the bytes besides data and code: template, fonts, compiler.

    Raises
    ------
    InstallationError
        If the fonts were not built.
    """
    if not (BUILT / CHARACTERS).is_file():
        raise InstallationError(
            "Les polices de la fiche ne sont pas construites. Lancez « make setup »."
        )
    digest = hashlib.sha256(TEMPLATE.read_bytes())
    for path in sorted(BUILT.iterdir()):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for package in ("typst", "segno"):
        digest.update(f"{package} {version(package)}".encode())
    return digest.hexdigest()[:16]


class Press:
    """Turns of the compilations of a serving process.

    Parameters
    ----------
    at_once
        Compilations at once.
    patience
        Seconds that one waits for its turn.
    longest
        Seconds after which a compilation is given up.
    """

    def __init__(
        self, at_once: int = AT_ONCE, patience: float = PATIENCE, longest: float = LONGEST
    ) -> None:
        self._turns = asyncio.Semaphore(at_once)
        self._patience = patience
        self._longest = longest

    async def compile(self, job: Job) -> bytes:
        """Compile a fiche when a place is free.

        Parameters
        ----------
        job
            What to compile.

        Returns
        -------
        bytes
            The PDF.

        Raises
        ------
        Problem
            503 with ``Retry-After`` if no place gets free in time, or if it takes too long.
        CompilationError
            If the compiler refuses.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._turns.acquire()
        except TimeoutError:
            raise _busy() from None
        try:
            async with asyncio.timeout(self._longest):
                return await _in_process(orjson.dumps(job))
        except TimeoutError:
            log.warning("fiche_trop_longue", titre=job["fiche"].get("titre"))
            raise _busy() from None
        finally:
            self._turns.release()


def _busy() -> Problem:
    return Problem(
        503,
        "D’autres fiches sont en cours de mise en page et occupent tout le serveur. Réessayez dans "
        "quelques secondes.",
        headers={"Retry-After": str(RETRY_AFTER)},
    )


async def _in_process(job: bytes) -> bytes:
    """Run the worker; whatever happens, it does not outlive the wait."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        # The current folder is not a place of modules, and nothing of ours is installed there.
        *("-P", "-m", "geo_service.fiche.worker"),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # The secrets of the service are none of its business.
        env={
            name: value for name, value in os.environ.items() if not name.startswith(("GEO_", "PG"))
        },
    )
    try:
        pdf, complaint = await process.communicate(job)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        raise CompilationError(complaint.decode(errors="replace")[-2000:])
    return pdf
