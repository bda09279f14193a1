"""Switches the dock marker detector on while docking needs it."""

from __future__ import annotations

from std_srvs.srv import Trigger

from amr_ros.node import AmrNode


class DetectorSwitch:
    """Calls dock_detector/start and dock_detector/stop; never waits for them."""

    def __init__(self, node: AmrNode) -> None:
        self._on = False
        self._start = node.create_client(Trigger, "dock_detector/start")
        self._stop = node.create_client(Trigger, "dock_detector/stop")

    def want(self, on: bool) -> None:
        """Ask for the wanted state if it has changed; ask again next time while the detector is not there."""
        if on == self._on:
            return
        client = self._start if on else self._stop
        if client.service_is_ready():
            client.call_async(Trigger.Request())
            self._on = on
