"""map_server: the map topic, LoadMap and GetMap; and the masks of the keepout and speed filters with their infos."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from nav2_msgs.msg import CostmapFilterInfo, SpeedLimit
from nav2_msgs.srv import LoadMap
from nav_msgs.msg import OccupancyGrid
from nav_msgs.srv import GetMap

from amr_core.errors import AmrError
from amr_core.gridmap import GridMap
from amr_core.robots import ROBOT_TYPES
from amr_navigation.costmap.static_map import build_static_map
from amr_navigation.nodes.core import Core
from amr_navigation.nodes.costmap_server import occupancy_grid
from amr_navigation.nodes.named_file import named_file
from amr_ros import qos
from amr_ros.convert import to_stamp

KEEPOUT, SPEED_ABSOLUTE = 0, 2
PERIOD = 0.5  # s until who begins to listen gets the map: a person hardly notices
FASTEST = max(kind.max_speed for kind in ROBOT_TYPES.values())


class MapServer:
    """Serves the map that the robot navigates on. Grids are sent once somebody subscribes; they are large."""

    def __init__(self, core: Core, folder: Path, *, before_change: Callable[[], None]) -> None:
        self._core, self._due, self._before_change = core, 0.0, before_change
        self._map = GridMap.load(folder / "map.yaml")
        node = core.servers["map_server"]
        self._late = [_Late(node, "map", lambda now: _grid(self._map, now))]
        for name, kind, base, factor in (
            ("keepout", KEEPOUT, 0.0, 1.0),
            ("speed", SPEED_ABSOLUTE, FASTEST, -FASTEST / 100.0),
        ):
            if (folder / f"{name}.yaml").is_file():
                self._mask(node, folder, name, (kind, base, factor))
        node.create_service(LoadMap, "map_server/load_map", self._load)
        node.create_service(GetMap, "map_server/map", self._get)

    def tick(self, now: float) -> None:
        """Send what somebody has begun to listen to."""
        if now < self._due - 1e-6 or not self._core.active("map_server"):
            return
        self._due = now + PERIOD
        for late in self._late:
            late.tick(now)

    def _mask(self, node: Any, folder: Path, name: str, filter_: tuple[int, float, float]) -> None:
        mask, topic = GridMap.load(folder / f"{name}.yaml"), f"{name}_filter_mask"
        self._late.append(_Late(node, topic, lambda now: _grid(mask, now)))
        info = CostmapFilterInfo(type=filter_[0], filter_mask_topic=topic, base=filter_[1], multiplier=filter_[2])
        info.header.frame_id = "map"
        node.create_publisher(CostmapFilterInfo, f"{name}_costmap_filter_info", qos.LATCHED).publish(info)

    def _load(self, request: Any, response: Any) -> Any:
        if not self._core.active("map_server"):
            response.result = LoadMap.Response.RESULT_UNDEFINED_FAILURE
            return response
        if not request.map_url:
            response.result = LoadMap.Response.RESULT_MAP_DOES_NOT_EXIST
            return response
        try:
            grid = GridMap.load(named_file(request.map_url))
        except AmrError as error:
            metadata = error.code == "site.unreadable" or "image" not in str(error.facts.get("reason"))
            invalid = LoadMap.Response.RESULT_INVALID_MAP_METADATA, LoadMap.Response.RESULT_INVALID_MAP_DATA
            response.result = invalid[0] if metadata else invalid[1]
            return response
        self._map = grid
        # The keep-out mask belongs to the old map; it still holds only if the new one covers the same ground.
        old = self._core.site.keepout
        self._before_change()
        self._core.use_map(build_static_map(grid.occupied, grid.resolution, grid.origin, _fitting(old, grid)))
        now = self._core.node.now
        self._late[0].send(now)
        response.map = _grid(grid, now)
        response.result = LoadMap.Response.RESULT_SUCCESS
        return response

    def _get(self, _request: Any, response: Any) -> Any:
        response.map = _grid(self._map, self._core.node.now)
        return response


class SpeedFilter:
    """Looks up the speed mask under the robot and tells a change on speed_limit (m/s, 0 = none), as Nav2's filter."""

    def __init__(self, core: Core, folder: Path) -> None:
        self._core, self._due, self._last = core, 0.0, 0.0
        self._mask = GridMap.load(folder / "speed.yaml") if (folder / "speed.yaml").is_file() else None
        self._limit = core.node.create_publisher(SpeedLimit, "speed_limit", qos.RELIABLE)
        self._sent: list[float] = []

    def tick(self, now: float) -> None:
        """Apply the limit of the place where the robot is."""
        pose = self._core.navigator.pose
        if self._mask is None or pose is None or now < self._due - 1e-6 or not self._core.active("controller_server"):
            return
        self._due = now + 0.2
        cell = self._mask.cell(pose.x, pose.y)
        if cell is None:
            return
        value = int(self._mask.data[cell])
        limit = 0.0 if value in (0, 255) else round(FASTEST * (1.0 - value / 100.0), 3)
        if limit != self._last:
            self._last = limit
            self._core.limit_speed("filter", limit)
            self._sent.append(limit)
            self._limit.publish(_limit_message(limit, now))

    def own(self, msg: Any) -> bool:
        """Return whether a message on speed_limit is one this filter has sent, which must not count twice."""
        if msg.header.frame_id == FILTER_FRAME and msg.speed_limit in self._sent:
            self._sent.remove(msg.speed_limit)
            return True
        return False


# Nav2's filter stamps its messages with the mask's frame; a client that sets limits leaves the frame empty.
FILTER_FRAME = "map"


def _limit_message(limit: float, now: float) -> Any:
    message = SpeedLimit(percentage=False, speed_limit=limit)
    message.header.frame_id, message.header.stamp = FILTER_FRAME, to_stamp(now)
    return message


class _Late:
    """A latched grid that is sent when its first subscriber comes, and again when it changes."""

    def __init__(self, node: Any, topic: str, make: Any) -> None:
        self._publisher = node.create_publisher(OccupancyGrid, topic, qos.LATCHED)
        self._make, self._sent = make, False

    def tick(self, now: float) -> None:
        if not self._sent and self._publisher.get_subscription_count():
            self.send(now)

    def send(self, now: float) -> None:
        self._sent = bool(self._publisher.get_subscription_count())
        if self._sent:
            self._publisher.publish(self._make(now))


def _grid(grid: GridMap, now: float) -> Any:
    values = grid.data.astype(np.int8)  # 255 (unknown) becomes -1
    return occupancy_grid(values, grid.resolution, *grid.origin, now)


def _fitting(keepout: GridMap | None, grid: GridMap) -> Any:
    same = keepout is not None and keepout.data.shape == grid.data.shape and keepout.origin == grid.origin
    return keepout.occupied if same and keepout is not None else None
