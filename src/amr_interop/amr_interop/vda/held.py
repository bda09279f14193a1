"""The order that a robot has taken: its nodes over all updates, and its translation for the robot agent."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from amr_core import vda5050 as vda
from amr_core.geometry import wrap_angle
from amr_core.numbers import is_number
from amr_core.roadmap import Manoeuvre, Roadmap
from amr_core.robots import RobotType
from amr_core.vda5050 import ActionState
from amr_interop.vda.floors import Floors, one_floor
from amr_interop.vda.ids import plain
from amr_interop.vda.messages import Reached, WireAction, WireEdge, WireNode, WireOrder
from amr_interop.vda.riding import RESET_POSE, Refusal, Rides

ORDER_ACTIONS: Final = frozenset({"pick", "drop", "startCharging", "stopCharging", "finePositioning"})
"""What our robots do at nodes. finePositioning is part of driving into a station: done when its node is reached."""
_PART_OF_THE_WAY: Final = RESET_POSE | {"finePositioning"}
"""Done when their node is reached."""
_ELSEWHERE: Final = ("lhd", "height", "depth", "side")
"""Where and how high a load is (2.1, 6.8.1); who does not heed that takes another one (6.6.4.2)."""
# chosen: 6 degrees are drawn by hand in a layout; a robot drives along its edge or back, never askew
_ALONG_RAD: Final = 0.1


@dataclass
class Held:
    """An accepted order. reached: sequence id of the node reached last; known: the agent has reported it.

    cancelled: a cancelOrder came, nothing continues it; cleared: nothing of it is left. ended: final action states.
    """

    order_id: str
    update_id: int
    nodes: list[WireNode]
    edges: list[WireEdge]
    content: Mapping[str, object]
    reached: int
    known: bool = False
    cancelled: bool = False
    cleared: bool = False
    ended: dict[str, ActionState] = field(default_factory=dict)

    @classmethod
    def begin(cls, order: WireOrder) -> Held:
        """Take a new order."""
        return cls(
            order.order_id, order.update_id, list(order.nodes), list(order.edges), order.content,
            order.nodes[0].sequence_id,
        )  # fmt: skip

    def stands_at(self, x: float, y: float) -> None:
        """Its first node counts as reached where the robot stands, and there the robot sets out."""
        self.nodes[0] = replace(self.nodes[0], x=x, y=y)

    @property
    def base_actions(self) -> set[str]:
        """Ids of the actions of the base, but for those of the decision point, which comes again with an update."""
        released = [n for n in self.nodes if n.released]
        return {a.action_id for n in released[:-1] for a in n.actions}

    @property
    def action_ids(self) -> set[str]:
        """Ids of all its actions."""
        return {a.action_id for n in self.nodes for a in n.actions}

    def extend(self, order: WireOrder) -> None:
        """Take an update that starts at the decision point: the base stays as it is, the horizon is replaced."""
        keep = next(i for i, n in enumerate(self.nodes) if n.sequence_id == order.nodes[0].sequence_id)
        self.nodes[keep + 1 :] = order.nodes[1:]
        self.edges[keep:] = order.edges
        self.update_id, self.content = order.update_id, order.content

    @property
    def decision(self) -> WireNode:
        """The last released node."""
        return [n for n in self.nodes if n.released][-1]

    @property
    def last(self) -> WireNode:
        """The node reached last."""
        return next((n for n in self.nodes if n.sequence_id == self.reached), self.nodes[0])

    def nodes_left(self, stop: int | None = None) -> tuple[Reached, ...]:
        """Return nodeStates: base and horizon after the node reached last; up to the sequence id stop, if one is told.

        When it is called off it drives to the next node where it can stop, and nothing beyond that is left (figure 9).
        """
        left = () if self.cleared else (n for n in self.nodes if self.reached < n.sequence_id <= self._stop(stop))
        return tuple(Reached(n.node_id, n.sequence_id, n.released) for n in left)

    def edges_left(self, stop: int | None = None) -> tuple[Reached, ...]:
        """Return edgeStates."""
        left = () if self.cleared else (e for e in self.edges if self.reached < e.sequence_id <= self._stop(stop))
        return tuple(Reached(e.edge_id, e.sequence_id, e.released) for e in left)

    def _stop(self, stop: int | None) -> int:
        last = self.nodes[-1].sequence_id if stop is None else stop
        return min(last, self.decision.sequence_id) if self.cancelled else last

    def action_states(self, reported: Mapping[str, ActionState]) -> tuple[ActionState, ...]:
        """Return actionStates of base and horizon. startCharging is FINISHED once current flows (3.0, table 5)."""
        states: list[ActionState] = []
        for node in self.nodes:
            first = len(states)
            for action in node.actions:
                states.append(self._action_state(node, action, reported, states[first:]))
        return tuple(states)

    def _action_state(
        self, node: WireNode, action: WireAction, reported: Mapping[str, ActionState], before: Sequence[ActionState]
    ) -> ActionState:
        state = self.ended.get(action.action_id) or reported.get(action.action_id)
        if state is None:
            state = ActionState(action.action_id, action.action_type, "WAITING")
            here = node.released and self.reached >= node.sequence_id and all(s.ended for s in before)
            if action.action_type in _PART_OF_THE_WAY and here and not self.cancelled:
                state = replace(state, status="FINISHED")
        if action.action_type == "startCharging" and state.status == "RUNNING":
            state = replace(state, status="FINISHED")
        if not node.released and not state.ended:
            state = replace(state, status="WAITING")
        if self.cancelled and self.known and state.status == "WAITING":
            return replace(state, status="FAILED", result_code="cancelled")  # at once; should it run yet, that is told
        if self.cleared and not state.ended:
            state = replace(state, status="FAILED", result_code="cancelled")
        if state.ended:
            self.ended[action.action_id] = state
        return state

    def tail(self, order: WireOrder) -> tuple[list[WireNode], list[WireEdge]]:
        """Return what an update brings, its first node as it was accepted first (2.1, 6.6.2)."""
        return [self.decision, *order.nodes[1:]], list(order.edges)

    def rest(self) -> Held:
        """Return what is left from the node reached last: what an agent that was restarted gets."""
        at = next((i for i, n in enumerate(self.nodes) if n.sequence_id == self.reached), 0)
        nodes = [
            replace(n, actions=tuple(a for a in n.actions if a.action_id not in self.ended)) for n in self.nodes[at:]
        ]
        return replace(self, nodes=nodes, edges=self.edges[at:])


class Translator:
    """Turns nodes and edges of others into those of the agent, with the help of the site's roadmap."""

    def __init__(
        self, robot: str, kind: RobotType, roadmap: Roadmap | None = None, floors: Floors | None = None,
        reset_pose: str = "",
    ) -> None:  # fmt: skip
        self._robot = robot
        self.rides = Rides(roadmap, floors or one_floor(""))
        self._known = ORDER_ACTIONS | ({reset_pose} if self.rides else set())
        self._position = kind.handling.kind
        self._max_speed = kind.max_speed
        self._max_turn = kind.max_turn_rate
        self._nodes = {} if roadmap is None else dict(roadmap.nodes)
        edges = () if roadmap is None else roadmap.edges.values()
        self._by_id = {edge.id: edge for edge in edges}
        self._by_ends = {(edge.start, edge.end): edge for edge in edges}

    def refusal(self, order: WireOrder) -> Refusal | None:
        """Return why this robot cannot do an order, None when it can."""
        if order.extras:
            fields = tuple(("parameter", f"order.{name}") for name in order.extras)
            return Refusal("UNSUPPORTED_PARAMETER", f"it has {', '.join(order.extras)}", fields)
        for edge, start, end in zip(order.edges, order.nodes[:-1], order.nodes[1:], strict=True):
            if unusable := (*edge.extras, *self._unusable(edge, start, end)):
                fields = (*(("parameter", f"order.edges.{name}") for name in unusable), ("edgeId", edge.edge_id))
                return Refusal("UNSUPPORTED_PARAMETER", f"edge {edge.edge_id} has {', '.join(unusable)}", fields)
        for where, action in _actions(order):
            if action.action_type not in self._known or where == "edge":
                fields = (("actionId", action.action_id), ("actionType", action.action_type))
                return Refusal("INVALID_ORDER_ACTION", f"{action.action_type} at a {where} is not possible", fields)
            if unmet := [key for key in _ELSEWHERE if self._asks(action, key)]:
                fields = (*(("parameter", key) for key in unmet), ("actionId", action.action_id))
                return Refusal(
                    "INVALID_ORDER_ACTION", f"{action.action_type} with {', '.join(unmet)} is not possible", fields
                )
        for node in order.nodes:
            if node.x is None and plain(node.node_id) not in self._nodes:
                return Refusal(
                    "NO_ROUTE_TO_TARGET", f"node {node.node_id} has no position", (("nodeId", node.node_id),)
                )
        return self.rides.refusal(order)

    def _asks(self, action: WireAction, key: str) -> bool:
        """Return whether an action is to be done where it cannot: it has one position, at the height of the floor."""
        value = action.parameters.get(key)
        return value not in (None, "", self._position) and not (is_number(value) and value == 0.0)

    def _unusable(self, edge: WireEdge, start: WireNode, end: WireNode) -> Iterable[str]:
        """Yield limits that it cannot keep. It drives forwards or in reverse, and turns as fast as it always does."""
        if edge.max_turn is not None and edge.max_turn < self._max_turn:
            yield "maxRotationSpeed"
        angle = edge.angle
        if self.rides.of(start, end) is not None:
            return  # in a lift it stands as it came in
        if angle is not None and edge.in_map:
            (ax, ay), (bx, by) = self._xy(start), self._xy(end)
            angle = wrap_angle(angle - math.atan2(by - ay, bx - ax))
        if angle is not None and min(abs(angle), math.pi - abs(angle)) > _ALONG_RAD:
            yield "orientation"

    def _xy(self, node: WireNode) -> tuple[float, float]:
        known = self._nodes.get(plain(node.node_id))
        x = known.x if node.x is None and known is not None else node.x or 0.0
        y = known.y if node.y is None and known is not None else node.y or 0.0
        return x, y

    def order(self, update_id: int, order_id: str, nodes: list[WireNode], edges: list[WireEdge]) -> vda.Order:
        """Return the order for the agent."""
        return vda.Order(
            self._robot, order_id, update_id, tuple(self._node(n) for n in nodes),
            tuple(self._edge(e, a, b) for e, a, b in zip(edges, nodes[:-1], nodes[1:], strict=True)),
        )  # fmt: skip

    def _node(self, node: WireNode) -> vda.OrderNode:
        x, y = self._xy(node)
        actions = tuple(_action(a) for a in node.actions if a.action_type not in _PART_OF_THE_WAY)
        deviation = node.deviation or vda.DEVIATION_M
        cabin, theta = self.rides.cabin(node), node.theta
        if cabin is not None and theta is None:
            theta = cabin.theta  # how it stands there is how it comes onto the other map
        return vda.OrderNode(
            self._name(node), node.sequence_id, node.released, x, y, theta, actions, deviation
        )  # fmt: skip

    def _name(self, node: WireNode) -> str:
        """Return our site's name of a node, of one that it does not have the name that it came with."""
        name = plain(node.node_id)
        return name if name in self._nodes else node.node_id

    def _edge(self, edge: WireEdge, start: WireNode, end: WireNode) -> vda.OrderEdge:
        ends = self._name(start), self._name(end)
        if (ride := self.rides.of(start, end)) is not None:
            return vda.OrderEdge(ride.id, edge.sequence_id, edge.released, *ends, ride.max_speed, "ride")
        known = self._by_id.get(plain(edge.edge_id)) or self._by_ends.get(ends)
        # A start that no map has is where the robot stands, on this edge; else it is another edge with this name.
        begins = known is not None and (ends[0] == known.start or ends[0] not in self._nodes)
        if known is not None and not (begins and known.end == ends[1]):
            known = None
        manoeuvre: Manoeuvre = "unpark" if self._reverse(edge, start, end) else "drive"
        if known is not None:
            manoeuvre = known.manoeuvre
        speed = min(edge.max_speed or self._max_speed, self._max_speed)
        name = edge.edge_id if known is None else known.id
        return vda.OrderEdge(name, edge.sequence_id, edge.released, *ends, speed, manoeuvre)

    def _reverse(self, edge: WireEdge, start: WireNode, end: WireNode) -> bool:
        if edge.angle is None or not edge.in_map:
            return edge.reverse
        (ax, ay), (bx, by) = self._xy(start), self._xy(end)
        return abs(wrap_angle(edge.angle - math.atan2(by - ay, bx - ax))) > math.pi / 2


def _actions(order: WireOrder) -> list[tuple[str, WireAction]]:
    return [("node", a) for n in order.nodes for a in n.actions] + [("edge", a) for e in order.edges for a in e.actions]


def _action(action: WireAction) -> vda.OrderAction:
    parameters = {key: action.text(key) for key in action.parameters}
    if action.action_type in ("pick", "drop"):
        # loadId may be left out: then one name stands for whatever is there.
        parameters["load_id"] = action.text("loadId") or "load"
    blocking: vda.BlockingType = (
        "HARD" if action.blocking_type == "SINGLE" else action.blocking_type
    )  # the agent knows no SINGLE
    return vda.OrderAction(action.action_type, action.action_id, parameters, blocking)
