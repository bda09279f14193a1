"""What carries messages between masters and robots of a bench: a seeded proxy, alone or in front of a real broker."""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Protocol

from amr_core.errors import AmrError
from amr_interop.mqtt.link import Broker, Letter, MqttLink
from amr_interop.vda.outbox import Outgoing

_DELIVERY_S = 5.0  # chosen: a broker on loopback passes on in ms; what is not there by then was lost


class Carrier(Protocol):
    """Takes messages of either side and gives them out again."""

    def send(self, now: float, message: Outgoing) -> None:
        """Take a message; now: s of the bench."""

    def arrived(self, now: float) -> list[tuple[str, bytes]]:
        """Return topic and payload of what is there now, in the order of its arrival."""


@dataclass
class SeededLink:
    """Some messages are lost, doubled or late by up to 2 s, as the seed says. Shares of all; down: nothing passes.

    counts, octets: messages of a kind and their bytes (topic and JSON) as they were given.
    """

    seed: int = 1
    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    down: bool = False
    counts: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    octets: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._waiting: list[tuple[float, int, Outgoing]] = []
        self._number = 0

    def send(self, now: float, message: Outgoing) -> None:
        """Take a message; now: s of the bench."""
        kind = message.topic.rpartition("/")[2]
        self.counts[kind] += 1
        self.octets[kind] += len(message.topic) + len(json.dumps(dict(message.message), separators=(",", ":")))
        if self.down or self._rng.random() < self.lost:
            self.faults["lost"] += 1
            return
        twice = self._rng.random() < self.doubled
        self.faults["doubled"] += twice
        for _ in range(1 + twice):
            late = self._rng.random() < self.late
            self.faults["late"] += late
            delay = self._rng.uniform(0.0, 2.0) if late else 0.0
            self._number += 1
            self._waiting.append((now + delay, self._number, message))

    def due(self, now: float) -> list[Outgoing]:
        """Return the messages that are there now, in the order of their arrival."""
        found = sorted(entry for entry in self._waiting if entry[0] <= now)
        self._waiting = [entry for entry in self._waiting if entry[0] > now]
        return [message for _, _, message in found]

    def arrived(self, now: float) -> list[tuple[str, bytes]]:
        """Return topic and payload of what is there now, in the order of its arrival."""
        return [(m.topic, json.dumps(dict(m.message)).encode()) for m in self.due(now)]


class BrokerCarrier:
    """The proxy in front of a broker: what it lets through goes by way of the broker before the bench steps on."""

    def __init__(self, broker: Broker, link: SeededLink) -> None:
        self.link = link
        self._out = MqttLink(broker, "bench-proxy", [])
        self._ear = MqttLink(broker, "bench-ear", ["#"])
        for part in (self._out, self._ear):
            part.start()
        if not (self._out.wait_ready(_DELIVERY_S) and self._ear.wait_ready(_DELIVERY_S)):
            raise AmrError("mqtt.unreachable", broker=f"{broker.host}:{broker.port}", reason="no answer")

    def send(self, now: float, message: Outgoing) -> None:
        """Take a message; now: s of the bench."""
        self.link.send(now, message)

    def arrived(self, now: float) -> list[tuple[str, bytes]]:
        """Return what the broker delivered; raises mqtt.unreachable when it keeps something back."""
        due = self.link.due(now)
        for m in due:
            self._out.send(Letter(m.topic, m.message, qos=m.qos))
        found: list[tuple[str, bytes]] = []
        end = time.monotonic() + _DELIVERY_S
        while len(found) < len(due):
            found += [(m.topic, m.payload) for m in self._ear.take()]
            if time.monotonic() > end:
                missing = len(due) - len(found)
                raise AmrError("mqtt.unreachable", broker="bench", reason=f"{missing} messages were not delivered")
            time.sleep(0.0002)
        return found

    def close(self) -> None:
        """End both connections."""
        self._out.close()
        self._ear.close()
