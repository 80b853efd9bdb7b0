"""JSON logs on standard error: what happened, when, for which request; never for whom."""

from __future__ import annotations

import logging
import sys
from contextlib import suppress

import orjson
import structlog
from structlog.typing import EventDict


def _dump(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


class _StandardError(structlog.PrintLogger):
    """Write lines to standard error.

    A log that cannot be written (the disk is full, the reader is gone) stops nothing.
    """

    def msg(self, message: str) -> None:
        """Write one line, if it can be."""
        with suppress(OSError, ValueError):
            super().msg(message)

    log = debug = info = warn = warning = msg
    fatal = failure = err = error = critical = exception = msg


def configure(level: str = "info") -> None:
    """Write every event as one line of JSON.

    Parameters
    ----------
    level
        Least serious level written.
    """
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="date"),
            # Local variables would fill the log, and may hold what people sent.
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            structlog.processors.JSONRenderer(serializer=_dump),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.getLevelNamesMapping()[level.upper()]
        ),
        # Standard error as it is when the event comes: one replaced for a while is closed later.
        logger_factory=lambda *_: _StandardError(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # The pool's own warnings say again what the watcher says once.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


def writes(level: str) -> bool:
    """Tell whether events of a level are written, as configured."""
    logger = structlog.get_logger().bind()
    return bool(logger.is_enabled_for(logging.getLevelNamesMapping()[level.upper()]))
