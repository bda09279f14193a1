"""The small broker of a demo as a member of a process group: it runs in a thread of its own beside the gateway."""

from __future__ import annotations

import contextlib
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from amr_interop.mqtt.demo_broker import serving
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker


class DemoBrokerParams(BaseModel):
    """Parameters. port: on loopback."""

    model_config = ConfigDict(frozen=True)
    port: int = Field(ge=1, le=65535)


class DemoBrokerNode(AmrNode):
    """Runs the broker as long as the node lives."""

    def __init__(self, name: str = "demo_broker", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        port = load_params(self, DemoBrokerParams).port
        self._serving = contextlib.ExitStack()
        self._serving.enter_context(serving(port))

    def destroy_node(self) -> None:
        """Stop the broker, then remove the node."""
        self._serving.close()
        super().destroy_node()
