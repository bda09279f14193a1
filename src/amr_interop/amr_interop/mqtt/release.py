"""Take the seat at a broker from whoever has it (`amr mqtt release`)."""

from __future__ import annotations

import time
from typing import Final

from amr_core.errors import AmrError
from amr_core.vda5050 import Leader
from amr_interop.mqtt.link import Broker, MqttLink
from amr_interop.mqtt.seat import SEAT, SeatWord, parse, release

# chosen: TLS with a broker over a weak link; longer keeps a person waiting for one that is off
_PATIENCE_S: Final = 10.0
_KEPT_S: Final = 1.0
"""What the broker has kept comes at once with the subscription."""
_BACK_S: Final = 3.0  # chosen: words come back in ms; longer keeps a person waiting where the broker drops them
_STEP_S: Final = 0.02  # chosen: nobody feels so long a delay; shorter only spins


def release_seat(broker: Broker) -> Leader | None:
    """Release the robots of a broker; return whose they were, None: nobody's.

    Raises mqtt.unreachable, and run.bad_option when the broker takes no word of ours: it drops what a certificate may
    not say without a word, so only our own word that comes back is an answer.
    """
    link = MqttLink(broker, f"amr-release-{time.time_ns()}", [SEAT])
    link.start()
    try:
        if not link.wait_ready(_PATIENCE_S):
            where = f"{broker.host}:{broker.port}"
            raise AmrError("mqtt.unreachable", broker=where, reason=link.trouble or "it does not answer")
        kept = _last(link, _KEPT_S)
        letter = release(kept)
        link.send(letter)
        if not _came_back(link, letter.payload):
            reason = "the broker takes no such word of it: give the fleet's (amr-fleet.crt), and today's access list"
            raise AmrError("run.bad_option", option="--certificate", value=broker.certificate[-64:], reason=reason)
    finally:
        link.close()
    return kept.leader if kept is not None and kept.leader.instance else None


def _last(link: MqttLink, seconds: float) -> SeatWord | None:
    found: SeatWord | None = None
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for message in link.take():
            found = parse(message.payload) or found
        time.sleep(_STEP_S)
    return found


def _came_back(link: MqttLink, payload: bytes) -> bool:
    end = time.monotonic() + _BACK_S
    while time.monotonic() < end:
        if any(message.payload == payload for message in link.take()):
            return True
        time.sleep(_STEP_S)
    return False
