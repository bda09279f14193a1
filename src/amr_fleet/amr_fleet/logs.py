"""How the fleet server logs: one event name with facts; a line of JSON each, or readable text on a terminal."""

from __future__ import annotations

import logging
import sys
from typing import TextIO

import structlog


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
    for name in ("uvicorn", "uvicorn.error", "alembic"):
        log = logging.getLogger(name)
        log.handlers, log.propagate = [handler], False
        log.setLevel(logging.WARNING)


def _formatter(render: list[structlog.types.Processor]) -> list[structlog.types.Processor]:
    return [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *render]
