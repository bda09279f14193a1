"""Watches a connection to the broker: says why it does not come, and that it is back; sees a new certificate."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Final

from amr_core.errors import AmrError
from amr_core.identity.own import fault
from amr_interop.mqtt.link import Broker, MqttLink

PATIENCE_S: Final = 10.0
"""A broker that is started again has everybody back within this time: nothing is said of it."""
REPEAT_S: Final = 300.0  # chosen: who opens the log sees that it lasts; more often it would be all that is in it
# chosen: certificates are renewed once in years, reading costs a file; so late a new one is seen (docs/site-network.md)
LOOK_S: Final = 30.0


class LineWatch:
    """Ask it a few times a second; times: s since 1970. name: whose certificate ours must be, "" = anybody's."""

    def __init__(self, link: MqttLink, broker: Broker, say: Callable[[str], None], name: str = "") -> None:
        self._link, self._broker, self._name = link, broker, name
        self._say = say
        self._lost: float | None = None
        self._said: tuple[str, float] | None = None
        self._written = self._stamp()
        self._looked = -math.inf
        self._wrong = ""

    def step(self, now: float) -> None:
        """Say what there is to say."""
        self._look_at_certificate(now)
        if self._link.ready and not self._wrong:
            if self._said is not None:
                self._say(f"connected with the broker {self._place}")
            self._lost = self._said = None
            return
        if self._lost is None or now < self._lost:
            self._lost = now
        if not self._wrong and now - self._lost < PATIENCE_S:
            return
        reason = self._wrong or self._link.trouble or "it does not answer"
        if self._said is None or reason != self._said[0] or not 0.0 <= now - self._said[1] < REPEAT_S:
            self._said = (reason, now)
            self._say(str(AmrError("mqtt.unreachable", broker=self._place, reason=reason)))

    def _look_at_certificate(self, now: float) -> None:
        """See what is wrong with it: the broker lets in who has another robot's, and then nobody hears anything."""
        if 0.0 <= now - self._looked < LOOK_S:
            return
        self._looked = now
        self._take_renewed()
        b = self._broker
        if b.certificate:
            wrong = fault(Path(b.certificate), Path(b.key or b.certificate), Path(b.ca), now, self._name)
            self._wrong = f"the certificate {b.certificate} cannot be used: {wrong}" if wrong else ""

    def _take_renewed(self) -> None:
        """A certificate that was renewed (amr robot renew) counts from the next connection on."""
        written = self._stamp()
        if written in (self._written, 0):
            return
        self._written = written
        try:
            self._link.read_again()
            self._say(f"the certificate {self._broker.certificate} is a new one: used from the next connection on")
        except OSError as error:
            self._say(f"the certificate {self._broker.certificate} is a new one that cannot be used: {error}")

    def _stamp(self) -> int:
        """Return when the certificate was written (ns), 0 when there is none."""
        try:
            return Path(self._broker.certificate).stat().st_mtime_ns if self._broker.certificate else 0
        except OSError:
            return 0

    @property
    def _place(self) -> str:
        return f"{self._broker.host}:{self._broker.port}"
