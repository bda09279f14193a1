"""route_server: ComputeRoute, ComputeAndTrackRoute and the services that change the graph."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from geometry_msgs.msg import Point
from nav2_msgs.action import ComputeAndTrackRoute, ComputeRoute
from nav2_msgs.msg import Route as RouteMsg
from nav2_msgs.msg import RouteEdge, RouteNode, SpeedLimit
from nav2_msgs.srv import DynamicEdges, SetRouteGraph
from std_srvs.srv import Trigger

from amr_core.errors import AmrError
from amr_navigation.nodes.core import Core
from amr_navigation.nodes.named_file import named_file
from amr_navigation.servers.route_graph import NO_VALID_GRAPH, GraphRoute, RouteGraph
from amr_navigation.servers.tracking import RouteTracker, TrackingEvent
from amr_ros import qos
from amr_ros.actions import ActionServerBridge
from amr_ros.convert import array_to_path, to_duration, to_stamp

TF_ERROR = 401
PERIOD = 0.1  # s: in it a robot at 1.5 m/s goes 0.15 m along its route


class RouteServers:
    """Plans and tracks routes on the site's graph. Driving is somebody else's task, as in nav2_route."""

    def __init__(self, core: Core, graph: Path) -> None:
        self._core, self._due = core, 0.0
        self._graph = _load(str(graph))
        self._tracker: RouteTracker | None = None
        self._route: GraphRoute | None = None
        self._begun, self._rerouted = 0.0, False
        node = self._node = core.servers["route_server"]
        self._compute = self._serve(ComputeRoute, "compute_route")
        self._track = self._serve(ComputeAndTrackRoute, "compute_and_track_route")
        node.create_service(SetRouteGraph, "route_server/set_route_graph", self._on_graph)
        node.create_service(DynamicEdges, "route_server/DynamicEdgesScorer/adjust_edges", self._on_adjust)
        node.create_service(Trigger, "route_server/ReroutingService/reroute", self._on_reroute)
        self._limit = node.create_publisher(SpeedLimit, "speed_limit", qos.RELIABLE)

    def tick(self, now: float) -> None:
        """Answer what has been asked, follow the robot along the tracked route."""
        if self._compute.active and not self._compute.cancel_requested:
            self._answer(now)
        if not self._track.active or now < self._due - 1e-6:
            return
        self._due = now + PERIOD
        if self._tracker is None and not self._start(now):
            return
        pose = self._core.navigator.pose
        event = self._tracker.update(pose.x, pose.y) if self._tracker is not None and pose is not None else None
        if event is not None:
            self._tell(event, now)

    def stop(self) -> None:
        """End everything: the server has been deactivated."""
        self._tracker = None
        self._compute.abort_all()
        self._track.abort_all()

    def _serve(self, action: Any, name: str) -> ActionServerBridge:
        bridge: ActionServerBridge = ActionServerBridge(
            self._node,
            action,
            name,
            on_goal=lambda _goal: self._forget(name),
            on_cancel=lambda: self._cancelled(bridge, name),
            accepting=lambda: self._core.active("route_server"),
        )
        return bridge

    def _forget(self, name: str) -> None:
        if name == "compute_and_track_route":
            self._tracker, self._route = None, None

    def _cancelled(self, bridge: ActionServerBridge, name: str) -> None:
        self._forget(name)
        bridge.canceled()

    def _answer(self, now: float) -> None:
        begun, result = time.perf_counter(), ComputeRoute.Result()
        found = self._search(self._compute.goal)
        result.planning_time = to_duration(time.perf_counter() - begun)
        if isinstance(found, int):
            result.error_code = found
            self._compute.abort(result)
            return
        result.route, result.path = route_message(found, now), array_to_path(found.path(), "map", now)
        self._compute.succeed(result)

    def _search(self, goal: Any) -> GraphRoute | int:
        if self._graph is None:
            return NO_VALID_GRAPH
        here = self._core.navigator.pose
        if goal.use_poses:
            start = self._core.to_map(goal.start) if goal.use_start else here
            end = self._core.to_map(goal.goal)
            if start is None or end is None:
                return TF_ERROR
            return self._graph.search(self._graph.nearest(start.x, start.y), self._graph.nearest(end.x, end.y))
        if goal.use_start:
            return self._graph.search(goal.start_id, goal.goal_id)
        return TF_ERROR if here is None else self._graph.search(self._graph.nearest(here.x, here.y), goal.goal_id)

    def _start(self, now: float) -> bool:
        found = self._search(self._track.goal)
        if isinstance(found, int):
            self._track.abort(ComputeAndTrackRoute.Result(error_code=found))
            return False
        self._route, self._tracker, self._begun, self._rerouted = found, RouteTracker(found), now, False
        return True

    def _tell(self, event: TrackingEvent, now: float) -> None:
        assert self._route is not None
        feedback = ComputeAndTrackRoute.Feedback(
            last_node_id=event.last_node, next_node_id=event.next_node, current_edge_id=event.edge
        )
        feedback.route, feedback.path = route_message(self._route, now), array_to_path(self._route.path(), "map", now)
        feedback.operations_triggered, feedback.rerouted = list(event.operations), self._rerouted
        self._rerouted = False
        self._track.feedback(feedback)
        if event.speed_limit is not None:
            self._limit.publish(SpeedLimit(percentage=True, speed_limit=event.speed_limit))
        if event.done:
            self._tracker = None
            self._track.succeed(ComputeAndTrackRoute.Result(execution_duration=to_duration(now - self._begun)))

    def _on_graph(self, request: Any, response: Any) -> Any:
        graph = _load(request.graph_filepath)
        response.success = graph is not None
        self._graph = graph or self._graph
        return response

    def _on_adjust(self, request: Any, response: Any) -> Any:
        costs = {edge.edgeid: edge.cost for edge in request.adjust_edges}
        sane = all(cost >= 0.0 for cost in costs.values())
        graph = self._graph
        response.success = (
            graph is not None and sane and graph.adjust(request.closed_edges, request.opened_edges, costs)
        )
        return response

    def _on_reroute(self, _request: Any, response: Any) -> Any:
        """Search again from the node that the robot is on its way to."""
        if self._tracker is None or self._graph is None or not self._track.active:
            response.message = "no route is tracked"
            return response
        goal = self._tracker.route.nodes[-1].id
        found = self._graph.search(self._tracker.next_node, goal)
        if isinstance(found, int):
            response.message = f"error {found}"
            return response
        self._route, self._tracker, self._rerouted = found, RouteTracker(found), True
        response.success = True
        return response


def route_message(route: GraphRoute, now: float) -> Any:
    """Return nav2_msgs/Route."""
    message = RouteMsg(route_cost=float(route.cost))
    message.header.frame_id, message.header.stamp = "map", to_stamp(now)
    points = {node.id: Point(x=node.x, y=node.y) for node in route.nodes}
    message.nodes = [RouteNode(nodeid=node.id, position=points[node.id]) for node in route.nodes]
    message.edges = [RouteEdge(edgeid=e.id, start=points[e.start], end=points[e.end]) for e in route.edges]
    return message


def _load(name: str) -> RouteGraph | None:
    try:
        return RouteGraph.load(named_file(name))
    except AmrError:
        return None
