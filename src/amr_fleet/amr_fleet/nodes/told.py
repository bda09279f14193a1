"""Who else is told of the fleet: Open-RMF over ROS, receivers of MassRobotics' standard in threads of their own."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from action_msgs.msg import GoalStatusArray

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_fleet.neighbours.levels import check_levels, levels_of
from amr_fleet.neighbours.order_traces import ACTIONS
from amr_fleet.neighbours.sending import SpanSender
from amr_fleet.neighbours.settings import Tracing, load_neighbours
from amr_fleet.neighbours.status_desk import StatusDesk
from amr_fleet.neighbours.tracing_desk import TracingDesk
from amr_fleet.nodes.open_rmf import OpenRmfPort
from amr_fleet.ports import FleetSnapshot
from amr_fleet.store.journal import JournalStore
from amr_ros import qos
from amr_ros.node import AmrNode
from amr_ros.ticker import TickHandle

_MOST_GOALS: Final = 20  # of a message: a server keeps old ones in it


class Told:
    """What a neighbours file names; nothing without one. A fault in here never reaches the fleet's step."""

    def __init__(
        self,
        node: AmrNode,
        path: str,
        site: Site,
        robots: Mapping[str, str],
        snapshot: Callable[[], FleetSnapshot],
        journal: tuple[JournalStore, str],
    ) -> None:
        """robots: name -> type; journal: it, and where it is. Raises parameter.invalid or extra.not_installed."""
        self._node, self._snapshot = node, snapshot
        self._handles: list[TickHandle] = []
        self._desk: StatusDesk | None = None
        self._tracing: TracingDesk | None = None
        self._wrong = ""
        if not path:
            return
        settings, log, levels = load_neighbours(path), node.get_logger().warning, levels_of(site)
        check_levels(settings, levels)
        if settings.open_rmf is not None:
            self._rmf = OpenRmfPort(node, settings.open_rmf, levels)
            self._handles.append(node.ticker.add(self._say, self._rmf.period))
        if settings.massrobotics is not None:
            self._desk = StatusDesk(settings.massrobotics, site.id, robots, snapshot, log, levels=levels)
            self._desk.start()
        if settings.tracing is not None:
            self._tracing = self._traced(settings.tracing, site.id, journal)
            self._hear_goals(robots)
            self._tracing.start()

    def _traced(self, settings: Tracing, site: str, journal: tuple[JournalStore, str]) -> TracingDesk:
        store, place = journal
        if place == ":memory:":
            reason = "it needs a journal on disk (--state)"
            raise AmrError("parameter.invalid", name="tracing", node="fleet", reason=reason)
        sender = SpanSender(settings, site, self._node.get_logger().warning)
        return TracingDesk(store, place, sender, lambda: self._snapshot().t)

    def _hear_goals(self, robots: Mapping[str, str]) -> None:
        for robot in robots:
            for action in ACTIONS:
                topic = f"/{robot}/{action}/_action/status"
                self._node.create_subscription(
                    GoalStatusArray, topic, partial(self._on_goals, robot, action), qos.LATCHED
                )

    def _on_goals(self, robot: str, action: str, message: Any) -> None:
        if self._tracing is not None:
            for one in message.status_list[-_MOST_GOALS:]:
                self._tracing.goal(robot, action, bytes(one.goal_info.goal_id.uuid).hex(), int(one.status))

    def close(self) -> None:
        """Tell nobody any more."""
        for handle in self._handles:
            self._node.ticker.remove(handle)
        for desk in (self._desk, self._tracing):
            if desk is not None:
                desk.close()

    def _say(self, _now: float) -> None:
        try:
            self._rmf.say(self._snapshot())
            self._wrong = ""
        except Exception as error:  # what a neighbour is told must not stop the fleet
            if str(error) != self._wrong:
                self._wrong = str(error)
                self._node.get_logger().error(f"/fleet_states: {type(error).__name__}: {self._wrong[:200]}")
