"""Points of addresses, asked in batches of a service that speaks the protocol of the BAN.

The protocol is that of addok-csv (``POST /search/csv/``), which the Base adresse nationale, the
Géoplateforme and anyone's own addok serve: a CSV file in, the same with ``result_…`` columns out.
Answers are kept on disk and never asked twice, so that the same inputs give the same atlas.
"""

from __future__ import annotations

import csv
import hashlib
import io
import math
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import httpx
import pandas as pd

from boundaries.names import normalise
from etl.commune_names import clean_postcode
from etl.config import GeocodeurConfig
from etl.errors import EtlError

#: File of the answers, in the folder of the downloads.
CACHE = "geocodage.sqlite"

#: Seconds waited before another try, doubled each time.
_PAUSE = 1.0
#: An answer as long as this for one row is no answer of such a service.
_BYTES_PER_ROW = 4_000
#: Longest address sent, characters.
_ADDRESS_MAX = 200

_TABLES = """
    CREATE TABLE IF NOT EXISTS reponses (
        service TEXT, question TEXT, lon REAL, lat REAL, score REAL, type TEXT, code TEXT,
        PRIMARY KEY (service, question)
    );
    CREATE TABLE IF NOT EXISTS passages (entrees TEXT PRIMARY KEY, empreinte TEXT NOT NULL);
"""

COLUMNS = ("lon", "lat", "score", "type", "code")


class Question(NamedTuple):
    """An address as it is asked; two spellings of one are one question."""

    adresse: str
    code_postal: str
    commune: str
    code: str

    @property
    def key(self) -> str:
        """The address, normalised."""
        words = (normalise(self.adresse), self.code_postal, normalise(self.commune), self.code)
        return "|".join(words)


class Answer(NamedTuple):
    """What the service found: degrees, 0 to 1, housenumber to municipality, INSEE code."""

    lon: float | None
    lat: float | None
    score: float | None
    type: str | None
    code: str | None


class _AwayError(Exception):
    """The service cannot be reached, or does not answer as it should."""


@dataclass
class Geocoder:
    """A geocoding service and the answers it has given.

    Attributes
    ----------
    config
        Where it is, and what is asked of it.
    path
        SQLite file of its answers; made if missing.
    tell
        Receives French sentences.
    transport
        How HTTP is spoken; the network when None.
    sans_reponse
        Addresses left without an answer because the service was away.
    """

    config: GeocodeurConfig
    path: Path
    tell: Callable[[str], None] = lambda _sentence: None
    transport: httpx.BaseTransport | None = None
    sans_reponse: int = 0
    _used: dict[str, Answer | None] = field(default_factory=dict)
    _closed: bool = False
    _started: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._cache() as cache:
            cache.executescript(_TABLES)

    def _cache(self) -> sqlite3.Connection:
        return sqlite3.connect(self.path)

    def find(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Find the addresses of some rows.

        Parameters
        ----------
        rows : pandas.DataFrame
            ``adresse, code_postal, commune_nom, code`` (str, empty when unknown). Where ``code`` is
            given, the address is only looked for in that commune; else in its postcode.

        Returns
        -------
        pandas.DataFrame
            Same index; ``lon``, ``lat`` in degrees, ``score`` (0 to 1), ``type``, ``code`` (INSEE,
            empty when not found). An answer below the least score of the configuration is none.

        Raises
        ------
        EtlError
            If the service is away and the configuration does not let the atlas do without.
        """
        columns = (rows[name] for name in ("adresse", "code_postal", "commune_nom", "code"))
        questions = [
            Question(address[:_ADDRESS_MAX], clean_postcode(postcode), name, code)
            for address, postcode, name, code in zip(*columns, strict=True)
        ]
        wanted = {q.key: q for q in questions if normalise(q.adresse)}
        known = self._known(list(wanted))
        missing = [question for key, question in wanted.items() if key not in known]
        if missing and not self._closed:
            known |= self._ask_all(missing)
        self._used |= {key: known.get(key) for key in wanted}
        answers = [self._believed(known.get(question.key)) for question in questions]
        frame = pd.DataFrame(answers, columns=list(COLUMNS), index=rows.index)
        numbers = {name: frame[name].astype("float64") for name in ("lon", "lat", "score")}
        texts = {name: frame[name].fillna("").astype("str") for name in ("type", "code")}
        return frame.assign(**numbers, **texts)

    def close(self) -> None:
        """Ask nothing more: what was not answered until now has no answer."""
        self._closed = True

    def fingerprint(self) -> str:
        """SHA-256 of every question asked until now, with its answer."""
        digest = hashlib.sha256()
        for key in sorted(self._used):
            digest.update(f"{key}\0{self._used[key]!r}\n".encode())
        return digest.hexdigest()

    def past_fingerprint(self, entries: str) -> str | None:
        """Fingerprint of the answers that the same inputs used before, None when unknown."""
        with self._cache() as cache:
            row = cache.execute(
                "SELECT empreinte FROM passages WHERE entrees = ?", [entries]
            ).fetchone()
        return row[0] if row else None

    def keep_fingerprint(self, entries: str) -> None:
        """Remember which answers some inputs use; not when the service failed to give some."""
        if not self.sans_reponse:
            with self._cache() as cache:
                cache.execute(
                    "INSERT OR REPLACE INTO passages VALUES (?, ?)", [entries, self.fingerprint()]
                )

    def _believed(self, answer: Answer | None) -> Answer:
        if answer is None or (answer.score or 0.0) < self.config.score_minimum:
            return Answer(None, None, None, None, None)
        return answer

    def _known(self, keys: Sequence[str]) -> dict[str, Answer]:
        found: dict[str, Answer] = {}
        with self._cache() as cache:
            for start in range(0, len(keys), 500):
                part = keys[start : start + 500]
                marks = ", ".join("?" * len(part))
                for key, *values in cache.execute(
                    f"SELECT question, lon, lat, score, type, code FROM reponses "  # noqa: S608
                    f"WHERE service = ? AND question IN ({marks})",
                    [self.config.url, *part],
                ):
                    found[key] = Answer(*values)
        return found

    def _ask_all(self, questions: Sequence[Question]) -> dict[str, Answer]:
        """Ask in batches; keep each batch as soon as it is answered."""
        answers: dict[str, Answer] = {}
        done = 0
        try:
            with httpx.Client(
                timeout=self.config.delai_s, transport=self.transport, follow_redirects=False
            ) as client:
                for batch in _batches(questions, self.config.lot):
                    got = self._insist(client, batch)
                    with self._cache() as cache:
                        cache.executemany(
                            "INSERT OR IGNORE INTO reponses VALUES (?, ?, ?, ?, ?, ?, ?)",
                            [(self.config.url, key, *answer) for key, answer in got.items()],
                        )
                    answers |= got
                    done += len(batch)
        except _AwayError as reason:
            self._without(len(questions) - done, str(reason))
        return answers

    def _without(self, left: int, reason: str) -> None:
        """Stop the run, or go on without the service: which one is said in the configuration."""
        if not self.config.continuer_sans:
            raise EtlError(
                f"Le service de géocodage {self.config.url} ne répond pas : {reason}. "
                f"{left} adresses restent à situer. L'atlas en place est inchangé. Relancez plus "
                "tard (les réponses déjà reçues sont gardées), ou mettez « continuer_sans = true » "
                "dans [geocodeur] pour faire l'atlas sans elles."
            )
        self.sans_reponse += left
        self._closed = True
        self.tell(
            f"Le service de géocodage {self.config.url} ne répond pas ({reason}) : {left} adresses "
            "ne sont pas situées, leurs lieux sont placés dans le bourg de leur commune."
        )

    def _insist(self, client: httpx.Client, batch: Sequence[Question]) -> dict[str, Answer]:
        """Ask one batch, again where the service may only be busy.

        Raises
        ------
        _AwayError
            After the last try, or when the time given to the whole run is spent.
        """
        reason = ""
        for attempt in range(self.config.essais):
            if attempt:
                time.sleep(_PAUSE * 2 ** (attempt - 1))
            if time.monotonic() - self._started > self.config.duree_maximum_s:
                raise _AwayError(f"{self.config.duree_maximum_s} secondes ne lui ont pas suffi")
            try:
                answer = client.post(
                    f"{self.config.url.rstrip('/')}/search/csv/",
                    files={"data": ("adresses.csv", _csv(batch), "text/csv")},
                    data={
                        "columns": ["adresse", "code_postal", "commune"],
                        "citycode": "code",
                        "postcode": "filtre_code_postal",
                    },
                )
            except httpx.TimeoutException:
                reason = f"pas de réponse en {self.config.delai_s} secondes"
                continue
            except httpx.HTTPError as error:
                reason = str(error) or type(error).__name__
                continue
            if answer.status_code == httpx.codes.OK:
                return _read(answer, batch)
            reason = f"erreur {answer.status_code}"
            if answer.is_client_error and answer.status_code != httpx.codes.TOO_MANY_REQUESTS:
                break
        raise _AwayError(reason)


def _batches(questions: Sequence[Question], size: int) -> Iterator[Sequence[Question]]:
    for start in range(0, len(questions), size):
        yield questions[start : start + size]


def _csv(batch: Sequence[Question]) -> bytes:
    """Write the questions as a CSV file; the rank of each comes back with its answer."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(["rang", "adresse", "code_postal", "commune", "code", "filtre_code_postal"])
    for rank, (address, postcode, name, code) in enumerate(batch):
        # The postcode only filters where the commune does not: that of a CEDEX has no address.
        cedex = "cedex" in normalise(f"{address} {name}").split()
        narrow = "" if code or cedex else postcode
        writer.writerow([rank, address, postcode, name, code, narrow])
    return stream.getvalue().encode()


def _read(answer: httpx.Response, batch: Sequence[Question]) -> dict[str, Answer]:
    """Read the answers of a batch.

    Raises
    ------
    _AwayError
        If they are not those of such a service, or are not all there.
    """
    if len(answer.content) > _BYTES_PER_ROW * len(batch):
        raise _AwayError("sa réponse est trop longue")
    try:
        text = answer.content.decode("utf-8-sig")
        rows = list(csv.DictReader(io.StringIO(text)))
        found = {int(row["rang"]): _answer(row) for row in rows}
    except (UnicodeDecodeError, KeyError, ValueError, TypeError, csv.Error):
        raise _AwayError("sa réponse n'est pas celle d'un service de la BAN") from None
    if sorted(found) != list(range(len(batch))):
        raise _AwayError(f"il a répondu à {len(found)} adresses sur {len(batch)}")
    return {batch[rank].key: given for rank, given in found.items()}


def _answer(row: dict[str, str]) -> Answer:
    lon, lat, score = (row[f"result_{name}"] for name in ("longitude", "latitude", "score"))
    if not (lon and lat and score):
        return Answer(None, None, None, None, None)
    x, y, sure = (float(value) for value in (lon, lat, score))
    if not (-180 <= x <= 180 and -90 <= y <= 90 and math.isfinite(sure)):  # noqa: PLR2004
        raise ValueError(row)
    return Answer(x, y, sure, row["result_type"] or None, row["result_citycode"] or None)
