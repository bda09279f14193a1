"""Spans to a collector with OpenTelemetry's own exporter (OTLP over HTTP), in a thread; nothing waits for it.

What a collector that is away has missed is kept up to MOST spans, then the oldest are lost, which is counted and said.
"""

from __future__ import annotations

import importlib.util
import logging
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any, Final, Protocol

from amr_core.errors import AmrError
from amr_fleet.neighbours.order_traces import TraceSpan
from amr_fleet.neighbours.settings import Tracing
from amr_fleet.webhooks.guard import allowed_addresses
from amr_fleet.webhooks.threads import Threads

MOST: Final = 4096
AT_ONCE: Final = 256
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""s that a collector is left alone after its first, second ... failure in a row."""


class Exporter(Protocol):
    """What is used of OTLPSpanExporter."""

    def export(self, spans: Sequence[Any]) -> Any:
        """Send; the result has the name SUCCESS when they were taken."""

    def shutdown(self) -> None:
        """End it."""


def need_tracing() -> None:
    """Raise extra.not_installed when OpenTelemetry's SDK is not."""
    if importlib.util.find_spec("opentelemetry") is None or importlib.util.find_spec("opentelemetry.sdk") is None:
        raise AmrError("extra.not_installed", what="Tracing", extra="tracing")


def otlp_exporter(settings: Tracing) -> Exporter:
    """Return OpenTelemetry's exporter to the collector of the settings. Raises extra.not_installed."""
    need_tracing()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    logging.getLogger("opentelemetry").setLevel(logging.CRITICAL)  # what fails is said by who uses it
    made: Exporter = OTLPSpanExporter(
        endpoint=settings.url, certificate_file=settings.ca_file or None, timeout=settings.timeout
    )
    return made


class SpanSender(Threads):
    """Takes spans from any thread and sends them. log: what an engineer should know."""

    def __init__(
        self,
        settings: Tracing,
        site: str,
        log: Callable[[str], object],
        *,
        make: Callable[[Tracing], Exporter] = otlp_exporter,
        steady: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises extra.not_installed."""
        super().__init__("tracing", self._say)
        self._settings, self._log, self._steady = settings, log, steady
        self._exporter = make(settings)
        self._readable = _writer(site)
        self._queue: deque[TraceSpan] = deque()
        self._said = ""
        self._failures = 0
        self._resume = 0.0
        self.sent = self.lost = 0

    def start(self) -> None:
        """Start the thread."""
        self._thread("send", self.send, 0.5)

    def close(self) -> None:
        """Send what waits, unless the collector is away, then end."""
        self.end()
        if not self._failures:
            self.send()
        self._exporter.shutdown()

    def put(self, span: TraceSpan) -> None:
        """Have a span sent; never waits."""
        self._queue.append(span)
        while len(self._queue) > MOST:
            self._queue.popleft()
            self.lost += 1

    def send(self) -> None:
        """Send what waits."""
        if not self._queue or self._steady() < self._resume:
            return
        spans = [self._queue.popleft() for _ in range(min(AT_ONCE, len(self._queue)))]
        reason = self._try(spans)
        if not reason:
            self.sent += len(spans)
            self._failures = 0
            self._say("", "spans are taken")
            return
        self._queue.extendleft(reversed(spans))
        self._resume = self._steady() + PAUSES[min(self._failures, len(PAUSES) - 1)]
        self._failures += 1
        self._say("", f"{reason}; {self.lost} spans are lost" if self.lost else reason)

    def _try(self, spans: Sequence[TraceSpan]) -> str:
        host = self._settings.parts.hostname or ""
        try:
            allowed_addresses(host, self._settings.port, self._settings.allowed(), loopback=self._settings.loopback)
            result = self._exporter.export([self._readable(span) for span in spans])
        except AmrError as error:
            return f"{error.code}: {error.facts.get('reason', '')}"[:200]
        except Exception as error:  # of the exporter, its HTTP library and what the network brings
            return f"{type(error).__name__}: {' '.join(str(error).split())}"[:200]
        return "" if getattr(result, "name", "") == "SUCCESS" else "the collector took nothing"

    def complain(self, text: str) -> None:
        """Say what is wrong, once."""
        self._say("", text)

    def _say(self, _about: str, text: str) -> None:
        if self._said != text:
            self._said = text
            self._log(f"tracing: {self._settings.parts.hostname}: {text}")


def _writer(site: str) -> Callable[[TraceSpan], Any]:
    """Return what makes a span of OpenTelemetry's SDK of one of ours."""
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.trace import Link, SpanContext, SpanKind, Status, StatusCode, TraceFlags

    resource = Resource({"service.name": "amr-fleet", "amr.site": site})
    codes = {None: StatusCode.UNSET, True: StatusCode.OK, False: StatusCode.ERROR}

    def context(trace: bytes, span: bytes) -> SpanContext:
        numbers = int.from_bytes(trace, "big"), int.from_bytes(span, "big")
        return SpanContext(*numbers, is_remote=False, trace_flags=TraceFlags(TraceFlags.SAMPLED))

    def readable(span: TraceSpan) -> ReadableSpan:
        return ReadableSpan(
            name=span.name, context=context(span.trace, span.span), resource=resource,
            parent=context(span.trace, span.parent) if span.parent else None, attributes=dict(span.facts),
            kind=SpanKind.SERVER if span.server else SpanKind.INTERNAL, status=Status(codes[span.ok]),
            links=[Link(context(*span.link))] if span.link else [],
            start_time=round(span.begin * 1e9), end_time=round(max(span.begin, span.end) * 1e9),
        )  # fmt: skip

    return readable
