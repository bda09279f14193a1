"""Who else is told of the fleet: Open-RMF over ROS, receivers of MassRobotics' standard in threads of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from amr_fleet.neighbours.settings import load_neighbours
from amr_fleet.neighbours.status_desk import StatusDesk
from amr_fleet.nodes.open_rmf import OpenRmfPort
from amr_fleet.ports import FleetSnapshot
from amr_ros.node import AmrNode
from amr_ros.ticker import TickHandle


class Told:
    """What a neighbours file names; nothing without one. A fault in here never reaches the fleet's step."""

    def __init__(
        self, node: AmrNode, path: str, site: str, robots: Mapping[str, str], snapshot: Callable[[], FleetSnapshot]
    ) -> None:
        """robots: name -> type. Raises parameter.invalid."""
        self._node, self._snapshot = node, snapshot
        self._handles: list[TickHandle] = []
        self._desk: StatusDesk | None = None
        self._wrong = ""
        if not path:
            return
        settings, log = load_neighbours(path), node.get_logger().warning
        if settings.open_rmf is not None:
            self._rmf = OpenRmfPort(node, settings.open_rmf)
            self._handles.append(node.ticker.add(self._say, self._rmf.period))
        if settings.massrobotics is not None:
            self._desk = StatusDesk(settings.massrobotics, site, robots, snapshot, log)
            self._desk.start()

    def close(self) -> None:
        """Tell nobody any more."""
        for handle in self._handles:
            self._node.ticker.remove(handle)
        if self._desk is not None:
            self._desk.close()

    def _say(self, _now: float) -> None:
        try:
            self._rmf.say(self._snapshot())
            self._wrong = ""
        except Exception as error:  # what a neighbour is told must not stop the fleet
            if str(error) != self._wrong:
                self._wrong = str(error)
                self._node.get_logger().error(f"/fleet_states: {type(error).__name__}: {self._wrong[:200]}")
