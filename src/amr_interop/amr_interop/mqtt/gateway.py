"""The masters of all robots at one connection to the broker. No ROS: a node, a bench or a test calls it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from amr_interop.mqtt.link import Broker, Letter, MqttLink
from amr_interop.vda.master import Master, MasterStep
from amr_interop.vda.versions import ROOTS

LEARNT: Final = ("state", "connection", "factsheet")
"""What a master hears of its robot."""


class Gateway:
    """Carries between a connection and masters; each message goes to the one whose manufacturer and number it names."""

    def __init__(self, broker: Broker, client_id: str, masters: Collection[Master]) -> None:
        topics = [f"{root}/+/+/{kind}" for root in ROOTS for kind in LEARNT]
        self.masters = list(masters)
        self._by_address = {master.address: master for master in masters}
        self.link = MqttLink(broker, client_id, topics)

    def tick(self, now: float) -> Iterator[tuple[Master, MasterStep]]:
        """Take what came, then yield what each master decides and send its messages. now: s since 1970."""
        for message in self.link.take():
            parts = message.topic.rsplit("/", 3)
            master = self._by_address.get((parts[1], parts[2])) if len(parts) == 4 else None
            if master is not None:
                master.receive(now, message.topic, message.payload, retained=message.retained)
        ready = self.link.ready
        for master in self.masters:
            outcome = master.step(now, connected=ready)
            for out in outcome.messages:
                self.link.send(Letter(out.topic, out.message, out.retain, out.qos))
            yield master, outcome
