"""collision_monitor/toggle: the collision monitor on and off, as Nav2's service of that name does."""

from __future__ import annotations

from typing import Any

from nav2_msgs.srv import Toggle

from amr_navigation.nodes.core import Core


class MonitorSwitch:
    """Serves the switch of a robot's collision monitor: on after the start, kept over a change of the map."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._node = core.servers["collision_monitor"]
        self._node.create_service(Toggle, "collision_monitor/toggle", self._on_toggle)

    def _on_toggle(self, request: Any, response: Any) -> Any:
        self._core.navigator.enable_monitor(request.enable)
        response.success = True
        response.message = f"Collision monitor toggled {'on' if request.enable else 'off'} successfully"
        self._node.get_logger().warning(response.message)
        return response
