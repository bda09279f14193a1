"""How the fleet server logs: one event name with facts; a line of JSON each, or readable text on a terminal."""

from __future__ import annotations

import logging
import sys
import time
from collections import Counter
from typing import TextIO

import structlog

QUIET_S = 3600.0  # chosen: a flood does not pause for so long, and 24 lines a day fill no disk


class EverMoreRarely(logging.Filter):
    """Passes a server's warning the first, second, fourth, eighth, ... time, with its count; errors always.

    Whoever reaches the port has one written with each request that is none: by the thousand a second, onto the disk
    that the journal needs. After a quiet hour it counts anew: the next one is news.
    """

    def __init__(self) -> None:
        super().__init__()
        self._told: Counter[str] = Counter()  # by the server's own words, of which there are few
        self._last: dict[str, float] = {}  # monotonic s

    def filter(self, record: logging.LogRecord) -> bool:
        """Return whether a record is to be written."""
        if record.levelno >= logging.ERROR:
            return True
        said = str(record.msg)
        now = time.monotonic()
        if now - self._last.get(said, now) > QUIET_S:
            self._told[said] = 0
        self._last[said] = now
        self._told[said] += 1
        count = self._told[said]
        if count & (count - 1):
            return False
        if count > 1:
            record.msg = f"{said} ({count} so far)"
        return True


def configure_logs(stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Set structlog up for this process and lead the standard library's warnings through it. stream: stderr."""
    out = stream or sys.stderr
    shared: list[structlog.types.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    render: list[structlog.types.Processor]
    if out.isatty():
        # Without local variables: they may hold secrets, and rendering them takes seconds.
        plain = structlog.dev.plain_traceback
        render = [structlog.dev.ConsoleRenderer(exception_formatter=plain)]
    else:
        render = [structlog.processors.format_exc_info, structlog.processors.JSONRenderer(ensure_ascii=False)]
    structlog.configure(
        processors=[*shared, *render],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    formatter = structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_formatter(render))
    handler.setFormatter(formatter)
    handler.addFilter(EverMoreRarely())
    for name in ("uvicorn", "uvicorn.error", "alembic"):
        log = logging.getLogger(name)
        log.handlers, log.propagate = [handler], False
        log.setLevel(logging.WARNING)


def _formatter(render: list[structlog.types.Processor]) -> list[structlog.types.Processor]:
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render]
