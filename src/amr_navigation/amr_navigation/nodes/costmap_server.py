"""Global and local costmap as Nav2 shows them: topics while somebody listens, services in both spellings."""

from __future__ import annotations

import array
from collections.abc import Callable
from typing import Any

import numpy as np
from geometry_msgs.msg import Point32, PolygonStamped, PoseStamped
from map_msgs.msg import OccupancyGridUpdate
from nav2_msgs.msg import Costmap as CostmapMsg
from nav2_msgs.msg import CostmapUpdate
from nav2_msgs.srv import (
    ClearCostmapAroundPose,
    ClearCostmapAroundRobot,
    ClearCostmapExceptRegion,
    ClearEntireCostmap,
    GetCost,
    GetCostmap,
)
from nav_msgs.msg import OccupancyGrid

from amr_core.geometry import Pose2D, transform
from amr_navigation.costmap.static_map import DistanceGrid
from amr_navigation.nodes.core import Core
from amr_navigation.servers import costs
from amr_ros import qos
from amr_ros.convert import to_stamp

LOCAL_SIDE = 10.0  # m: chosen, nearly what Nav2's local costmap has for these robots (Sizes.local_side)
PERIODS = {"local": 0.5, "global": 1.0}


class CostmapServer:
    """One of the two costmaps of a robot; kind is "local" or "global".

    Both are in the map frame: the local one rolls with the robot. Clearing forgets what the lidars have seen; both
    costmaps share that memory.
    """

    def __init__(self, core: Core, kind: str) -> None:
        self._core, self._kind, self._due = core, kind, 0.0
        name = f"{kind}_costmap"
        self._node = node = core.node.companion(name, name)
        self._grid = node.create_publisher(OccupancyGrid, "costmap", qos.LATCHED)
        self._raw = node.create_publisher(CostmapMsg, "costmap_raw", qos.LATCHED)
        self._updates = node.create_publisher(OccupancyGridUpdate, "costmap_updates", qos.LATCHED)
        self._raw_updates = node.create_publisher(CostmapUpdate, "costmap_raw_updates", qos.LATCHED)
        self._footprint = node.create_publisher(PolygonStamped, "published_footprint", qos.LATCHED)
        self._serve(kind)

    def tick(self, now: float) -> None:
        """Publish what is due and wanted."""
        if now < self._due - 1e-6:
            return
        self._due = now + PERIODS[self._kind]
        if self._footprint.get_subscription_count():
            self._publish_footprint(now)
        wanted = [p for p in (self._grid, self._raw, self._updates, self._raw_updates) if p.get_subscription_count()]
        costmap = self._costmap(now) if wanted else None
        if costmap is not None:
            for publisher in wanted:
                publisher.publish(self._messages[publisher](costmap, now))

    @property
    def _messages(self) -> dict[Any, Callable[[costs.Costmap, float], Any]]:
        return {
            self._grid: grid_message,
            self._raw: raw_message,
            self._updates: _grid_update,
            self._raw_updates: _raw_update,
        }

    def _serve(self, kind: str) -> None:
        around, outside = self._clear_around_robot, self._clear_except
        for service, name, callback in (
            (ClearEntireCostmap, f"clear_entirely_{kind}_costmap", self._clear),
            (ClearCostmapAroundRobot, f"clear_around_{kind}_costmap", around),
            (ClearCostmapAroundRobot, "clear_costmap_around_robot", around),
            (ClearCostmapExceptRegion, f"clear_except_{kind}_costmap", outside),
            (ClearCostmapExceptRegion, "clear_costmap_except_region", outside),
            (ClearCostmapAroundPose, f"clear_around_pose_{kind}_costmap", self._clear_around_pose),
            (ClearCostmapAroundPose, "clear_costmap_around_pose", self._clear_around_pose),
            (GetCostmap, "get_costmap", self._get_costmap),
            (GetCost, f"get_cost_{kind}_costmap", self._get_cost),
        ):
            self._node.create_service(service, name, callback)

    def _base(self) -> DistanceGrid | None:
        grid = self._core.site.static_map.driveable
        if self._kind == "global":
            return grid
        pose = self._core.navigator.pose
        return None if pose is None else costs.window(grid, pose.x, pose.y, LOCAL_SIDE)

    def _costmap(self, now: float) -> costs.Costmap | None:
        grid, body = self._base(), self._core.navigator.body
        if grid is None:
            return None
        return costs.costmap_of(grid, self._core.obstacles(now), min(body.left, body.right))

    def _publish_footprint(self, now: float) -> None:
        pose, body = self._core.navigator.pose, self._core.navigator.body
        if pose is None:
            return
        message = PolygonStamped()
        message.header.frame_id, message.header.stamp = "map", to_stamp(now)
        left, right = (body.front, body.left), (-body.rear, -body.right)
        corners = np.array((left, (right[0], left[1]), right, (left[0], right[1])))
        message.polygon.points = [Point32(x=float(x), y=float(y)) for x, y in transform(corners, pose)]
        self._footprint.publish(message)

    def _clear(self, _request: Any, response: Any) -> Any:
        self._core.navigator.obstacles.clear()
        return response

    def _clear_around_robot(self, request: Any, response: Any) -> Any:
        self._clear_square(self._core.navigator.pose, request.reset_distance, outside=False)
        return response

    def _clear_except(self, request: Any, response: Any) -> Any:
        self._clear_square(self._core.navigator.pose, request.reset_distance, outside=True)
        return response

    def _clear_around_pose(self, request: Any, response: Any) -> Any:
        pose: PoseStamped = request.pose
        self._clear_square(self._core.to_map(pose), request.reset_distance, outside=False)
        return response

    def _clear_square(self, pose: Pose2D | None, side: float, *, outside: bool) -> None:
        if pose is not None and side > 0.0:
            self._core.navigator.obstacles.clear_around(pose.x, pose.y, min(side, 1e4), outside=outside)

    def _get_costmap(self, _request: Any, response: Any) -> Any:
        now = self._core.node.now
        costmap = self._costmap(now)
        if costmap is not None:
            response.map = raw_message(costmap, now)
        return response

    def _get_cost(self, request: Any, response: Any) -> Any:
        grid, navigator = self._base(), self._core.navigator
        if grid is None:
            response.cost = -1.0
            return response
        pose = Pose2D(request.x, request.y, request.theta)
        obstacles = self._core.obstacles(self._core.node.now)
        response.cost = costs.cost_at(grid, obstacles, navigator.body, pose, footprint=request.use_footprint)
        return response


def grid_message(costmap: costs.Costmap, now: float) -> Any:
    """Return a costmap as nav_msgs/OccupancyGrid."""
    return occupancy_grid(
        costs.occupancy_of(costmap.costs), costmap.resolution, costmap.origin_x, costmap.origin_y, now
    )


def occupancy_grid(values: Any, resolution: float, x: float, y: float, now: float) -> Any:
    """Return int8 values (rows x columns) as nav_msgs/OccupancyGrid in the map frame with lower left corner (x, y)."""
    message = OccupancyGrid()
    message.header.frame_id, message.header.stamp = "map", to_stamp(now)
    info = message.info
    info.map_load_time, info.resolution = to_stamp(now), float(resolution)
    info.height, info.width = values.shape
    info.origin.position.x, info.origin.position.y = float(x), float(y)
    message.data = array.array("b", values.tobytes())
    return message


def raw_message(costmap: costs.Costmap, now: float) -> Any:
    """Return a costmap as nav2_msgs/Costmap."""
    message = CostmapMsg()
    message.header.frame_id, message.header.stamp = "map", to_stamp(now)
    meta = message.metadata
    meta.update_time, meta.layer, meta.resolution = to_stamp(now), "master", float(costmap.resolution)
    meta.size_y, meta.size_x = costmap.costs.shape
    meta.origin.position.x, meta.origin.position.y = float(costmap.origin_x), float(costmap.origin_y)
    message.data = array.array("B", costmap.costs.tobytes())
    return message


def _grid_update(costmap: costs.Costmap, now: float) -> Any:
    message = OccupancyGridUpdate()
    message.header.frame_id, message.header.stamp = "map", to_stamp(now)
    message.height, message.width = costmap.costs.shape
    message.data = array.array("b", costs.occupancy_of(costmap.costs).tobytes())
    return message


def _raw_update(costmap: costs.Costmap, now: float) -> Any:
    message = CostmapUpdate()
    message.header.frame_id, message.header.stamp = "map", to_stamp(now)
    message.size_y, message.size_x = costmap.costs.shape
    message.data = array.array("B", costmap.costs.tobytes())
    return message
