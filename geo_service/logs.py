"""JSON logs on standard error: what happened, when, for which request; never for whom."""

from __future__ import annotations

import logging
import sys

import orjson
import structlog
from structlog.typing import EventDict


def _dump(event: EventDict, **_: object) -> str:
    return orjson.dumps(event, default=str).decode()


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
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    # The pool's own warnings say again what the watcher says once.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)


def writes(level: str) -> bool:
    """Tell whether events of a level are written, as configured."""
    logger = structlog.get_logger().bind()
    return bool(logger.is_enabled_for(logging.getLevelNamesMapping()[level.upper()]))
