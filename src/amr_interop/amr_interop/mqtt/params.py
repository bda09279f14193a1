"""How a node reaches the broker: the parameters that all nodes with MQTT share."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from amr_interop.mqtt.link import Broker


class BrokerParams(BaseModel):
    """Parameters of a node with a connection to the broker.

    broker: HOST:PORT; ca, certificate, key: PEM files for TLS, without ca the line is open.
    epoch: s since 1970 at ROS time 0 in a simulation, 0 = the computer's clock.
    """

    model_config = ConfigDict(frozen=True)
    site: str
    broker: str = "127.0.0.1:1883"
    ca: str = ""
    certificate: str = ""
    key: str = ""
    epoch: float = 0.0

    @property
    def address(self) -> Broker:
        """The broker with its files; raises run.bad_option."""
        return Broker.parse(self.broker, ca=self.ca, certificate=self.certificate, key=self.key)
