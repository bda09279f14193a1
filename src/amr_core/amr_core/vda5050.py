"""The one vocabulary between fleet and robot: orders, nodes, edges, actions and states, as VDA 5050 means them.

The fleet's engine, the robot agent and the ROS messages (`amr_ros.vda5050`) use these classes; a codec for VDA 5050
JSON reads and writes the same. They are the canonical model: each version's spelling belongs to its codec.

An order is a line of nodes joined by edges, counted by sequence ids (nodes even, edges odd) over its whole life. Its
first part is the **base**: what is released, where the robot may drive. The base is never changed nor taken back. The
rest is the **horizon**: what will probably come, to be replaced at will. The last node of the base is the **decision
point**: the robot stops there unless an update (same order_id, higher update_id) has lengthened the base by then. An
update starts at a node of the base and goes on beyond the decision point; strict VDA 5050 wants it to start exactly
there. The remaining base in a state is what the robot still has the right to drive on, so the fleet keeps it free.

order_id on the wire is the id of a mission in the fleet (`Mission.mission_id`, M000001): a transport order (T000001) is
carried out by several missions, and a way to a charger or home is one, too.

Units: m, rad, s, m/s; poses of `base_link` in the site's map frame; shares 0..1. Source: VDA 5050 2.1.0, sections
6.6 to 6.10; manoeuvre is ours (VDA 5050 knows orientation and finePositioning instead).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from amr_core.errors import Fact
from amr_core.own_camera import OwnCamera
from amr_core.roadmap import Manoeuvre

ActionType = Literal["pick", "drop", "startCharging", "stopCharging", "dock", "undock"]
InstantType = Literal["startPause", "stopPause", "cancelOrder", "stateRequest", "initPosition"]
BlockingType = Literal["NONE", "SOFT", "HARD"]
"""NONE: may be done while driving and beside others; SOFT: not while driving; HARD: alone and standing."""
ActionStatus = Literal["WAITING", "INITIALIZING", "RUNNING", "PAUSED", "FINISHED", "FAILED"]
ErrorLevel = Literal["WARNING", "FATAL"]
"""WARNING: the robot goes on; FATAL: it needs a person or another order."""
OperatingMode = Literal["AUTOMATIC", "SEMIAUTOMATIC", "MANUAL", "SERVICE", "TEACHIN"]
EStop = Literal["NONE", "AUTOACK", "MANUAL", "REMOTE"]
"""AUTOACK clears itself (a protective stop); MANUAL is reset at the robot, REMOTE at a facility."""
InTheWay = Literal["", "person", "vehicle", "obstacle", "clock"]
WaitingFor = Literal[InTheWay, "base", "localisation"]
"""What holds a robot that has something to do; base: the release of the next nodes. Ours, not in VDA 5050."""

MANOEUVRES: Final[frozenset[str]] = frozenset(get_args(Manoeuvre))
ACTION_TYPES: Final[frozenset[str]] = frozenset(get_args(ActionType))
ENDED: Final[frozenset[str]] = frozenset({"FINISHED", "FAILED"})
# how far beside a node counts as on it, as the agent's NODE_REACHED_M; 3.0 reads none as 0.0, so it is always sent
DEVIATION_M: Final = 0.25


@dataclass(frozen=True)
class OrderAction:
    """What is to be done at a node. action_id: unique in the fleet, stable over restarts, new for each attempt."""

    action_type: str
    action_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    blocking_type: BlockingType = "HARD"


@dataclass(frozen=True)
class OrderNode:
    """A node of an order; theta (rad) where the heading matters; deviation (m): how far beside it is still on it."""

    node_id: str
    sequence_id: int
    released: bool
    x: float
    y: float
    theta: float | None = None
    actions: tuple[OrderAction, ...] = ()
    deviation: float = DEVIATION_M


@dataclass(frozen=True)
class OrderEdge:
    """An edge of an order, directed from the node start to the node end; max_speed in m/s."""

    edge_id: str
    sequence_id: int
    released: bool
    start: str
    end: str
    max_speed: float
    manoeuvre: Manoeuvre


@dataclass(frozen=True)
class Leader:
    """Which fleet speaks. instance: one journal, whichever process leads from it; epoch: which of those processes.

    Ours, not in VDA 5050: there the broker decides who may send orders. "" = nobody said.
    """

    instance: str = ""
    epoch: int = 0

    def follows(self, other: Leader) -> bool:
        """Return whether this is the other one, or a process that took over from it."""
        return self.instance == other.instance and self.epoch >= other.epoch


NOBODY: Final = Leader()


@dataclass(frozen=True)
class Order:
    """An order to a robot, or an update of one. nodes[i] and nodes[i + 1] are joined by edges[i]."""

    robot: str
    order_id: str
    update_id: int
    nodes: tuple[OrderNode, ...]
    edges: tuple[OrderEdge, ...]
    leader: Leader = NOBODY

    @property
    def base_end(self) -> int:
        """Index of the decision point, the last released node; -1 when nothing is released."""
        return sum(n.released for n in self.nodes) - 1


@dataclass(frozen=True)
class InstantAction:
    """An action to be done at once, beside the order."""

    robot: str
    action_type: str
    action_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)
    leader: Leader = NOBODY


@dataclass(frozen=True)
class ActionState:
    """Progress of one action of the order, or of an instant action. result_code: an AmrError code when it FAILED."""

    action_id: str
    action_type: str
    status: ActionStatus
    result_code: str = ""

    @property
    def ended(self) -> bool:
        """FINISHED or FAILED: it will not change any more."""
        return self.status in ENDED


LOADS_FIELD: Final = "loadSets.loadType"
"""What vda.factsheet_differs calls types of loads; "expected" is the one of the site that the robot does not take."""


@dataclass(frozen=True)
class RobotError:
    """One active error of a robot."""

    code: str
    level: ErrorLevel
    facts: Mapping[str, Fact] = field(default_factory=dict)


UNTOLD_LOADS: Final = RobotError("load.unknown", "WARNING", {"known_by": "orders"})
"""Of a robot that leaves out what it has on board (VDA 5050: it cannot tell): that follows from what it finished."""

NO_SCORE: Final = -1.0
"""Score of a robot that says whether it knows where it is, but not how sure it is: no proof against look-alikes."""


@dataclass(frozen=True, kw_only=True)
class RobotState:
    """What a robot says of itself, on every change and at least once a second.

    order_id "": it never had an order. last_sequence_id: of last_node_id. base: released nodes not reached yet.
    v (m/s), w (rad/s). score, soc: 0..1; score also NO_SCORE. new_base_request: it will stand soon unless more is
    released. path: what it means to drive next, for display. instance: of the process that speaks for the robot;
    leader: whom it obeys, None while nobody or when nothing is said of it. site_version: of the site files that it
    works with, see `amr_core.site.archive`; "": it does not say. cameras: its own, as far as something is known.
    """

    robot: str
    robot_type: str = ""
    order_id: str = ""
    update_id: int = 0
    last_node_id: str = ""
    last_sequence_id: int = 0
    base: tuple[str, ...] = ()
    x: float = 0.0
    y: float = 0.0
    theta: float = 0.0
    localized: bool = True
    score: float = 1.0
    v: float = 0.0
    w: float = 0.0
    driving: bool = False
    paused: bool = False
    new_base_request: bool = False
    soc: float = 1.0
    charging: bool = False
    loads: tuple[str, ...] = ()
    actions: tuple[ActionState, ...] = ()
    errors: tuple[RobotError, ...] = ()
    mode: OperatingMode = "AUTOMATIC"
    e_stop: EStop = "NONE"
    waiting_for: WaitingFor = ""
    path: tuple[tuple[float, float], ...] = ()
    distance_driven: float = 0.0
    instance: str = ""
    leader: Leader | None = None
    site_version: str = ""
    cameras: tuple[OwnCamera, ...] = ()

    @property
    def key(self) -> tuple[object, ...]:
        """What must reach the fleet at once when it changes."""
        return (
            self.order_id, self.update_id, self.last_sequence_id, self.last_node_id, self.base, self.driving,
            self.paused, self.localized, self.new_base_request, self.charging, self.loads, self.actions,
            tuple((e.code, e.level) for e in self.errors), self.waiting_for, self.leader,
        )  # fmt: skip
