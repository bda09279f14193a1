"""What goes into the agent engine (events), what comes out (commands, report), and the order it works on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from amr_core.errors import Fact
from amr_core.geometry import FloatArray, Pose2D
from amr_core.roadmap import Manoeuvre

ActionStatus = Literal["WAITING", "INITIALIZING", "RUNNING", "PAUSED", "FINISHED", "FAILED"]
Outcome = Literal["succeeded", "aborted", "canceled", "rejected"]


@dataclass(frozen=True)
class OrderAction:
    """An action at a node of an order."""

    action_type: str
    action_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderNode:
    """A node of an order: map frame, metres; theta (rad) where the heading matters."""

    node_id: str
    sequence_id: int
    released: bool
    x: float
    y: float
    theta: float | None = None
    actions: tuple[OrderAction, ...] = ()


@dataclass(frozen=True)
class OrderEdge:
    """An edge of an order; max_speed in m/s."""

    edge_id: str
    sequence_id: int
    released: bool
    start: str
    end: str
    max_speed: float
    manoeuvre: Manoeuvre


@dataclass(frozen=True)
class Order:
    """An order or an update of one. nodes[i] and nodes[i + 1] are joined by edges[i]."""

    robot: str
    order_id: str
    update_id: int
    nodes: tuple[OrderNode, ...]
    edges: tuple[OrderEdge, ...]

    @property
    def base_end(self) -> int:
        """Index of the last released node."""
        return sum(n.released for n in self.nodes) - 1


# Events


@dataclass(frozen=True)
class OrderReceived:
    """An order message."""

    order: Order


@dataclass(frozen=True)
class InstantAction:
    """An instant action message."""

    robot: str
    action_type: str
    action_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class ActionResult:
    """A motion or load command ended; token is that of the command, code the action's error code."""

    token: int
    outcome: Outcome
    code: int = 0


@dataclass(frozen=True)
class PoseUpdate:
    """Where the robot stands (map frame)."""

    pose: Pose2D


@dataclass(frozen=True)
class Odometry:
    """Wheel odometry: pose in the odom frame, speeds in m/s and rad/s."""

    pose: Pose2D
    v: float
    w: float


@dataclass(frozen=True)
class Localization:
    """How sure the localiser is, 0..1."""

    score: float


@dataclass(frozen=True)
class PoseSpread:
    """Standard deviation (m) of the pose along its less certain direction, by the localiser's covariance."""

    sigma: float


@dataclass(frozen=True)
class Battery:
    """State of charge 0..1; charging while the current is positive."""

    soc: float
    charging: bool


@dataclass(frozen=True)
class LoadState:
    """The load on board, "" for none."""

    load_id: str


@dataclass(frozen=True)
class BlockedBy:
    """What the navigation waits for: "", person, vehicle, obstacle."""

    what: str


@dataclass(frozen=True)
class FleetBeat:
    """The fleet lives."""


@dataclass(frozen=True)
class Invalid:
    """A message that could not be read."""

    topic: str
    reason: str


Event = (
    OrderReceived
    | InstantAction
    | ActionResult
    | PoseUpdate
    | Odometry
    | Localization
    | PoseSpread
    | Battery
    | LoadState
    | BlockedBy
    | FleetBeat
    | Invalid
)


# Commands


@dataclass(frozen=True, eq=False)
class FollowPath:
    """Follow poses, N x 3 (x, y, theta), map frame; replaces a running FollowPath without a stop."""

    token: int
    poses: FloatArray


@dataclass(frozen=True)
class NavigateTo:
    """Plan a way to a pose of the map frame."""

    token: int
    pose: Pose2D


@dataclass(frozen=True)
class Dock:
    """Dock at a station; stage False: go on from where the robot stands on the spur."""

    token: int
    station: str
    stage: bool


@dataclass(frozen=True)
class Undock:
    """Leave the dock in reverse."""

    token: int


@dataclass(frozen=True)
class Load:
    """Take or give a load."""

    token: int
    operation: Literal["pick", "drop"]
    load_id: str


@dataclass(frozen=True)
class CancelMotion:
    """Cancel the running motion command; its result follows."""

    token: int


@dataclass(frozen=True)
class SetSpeedLimit:
    """Absolute speed limit, m/s."""

    speed: float


@dataclass(frozen=True)
class SetFootprint:
    """The robot's outline changed."""

    loaded: bool


@dataclass(frozen=True)
class SetInitialPose:
    """Tell the localization where the robot is (map frame)."""

    pose: Pose2D


@dataclass(frozen=True)
class PublishState:
    """Send the state to the fleet."""

    report: Report


Command = (
    FollowPath
    | NavigateTo
    | Dock
    | Undock
    | Load
    | CancelMotion
    | SetSpeedLimit
    | SetFootprint
    | SetInitialPose
    | PublishState
)


@dataclass(frozen=True)
class ActionReport:
    """State of one action."""

    action_id: str
    action_type: str
    status: ActionStatus
    result_code: str = ""


@dataclass(frozen=True)
class ErrorReport:
    """An active error; level WARNING or FATAL."""

    code: str
    level: Literal["WARNING", "FATAL"]
    facts: Mapping[str, Fact]


@dataclass(frozen=True, kw_only=True)
class Report:
    """The robot's state as VDA 5050 knows it; fields as in amr_interfaces/RobotState."""

    order_id: str
    order_update_id: int
    last_node_id: str
    last_node_sequence_id: int
    remaining_base: tuple[str, ...]
    pose: Pose2D
    localized: bool
    score: float
    v: float
    w: float
    driving: bool
    paused: bool
    new_base_request: bool
    soc: float
    charging: bool
    loads: tuple[str, ...]
    actions: tuple[ActionReport, ...]
    errors: tuple[ErrorReport, ...]
    waiting_for: str
    path: tuple[tuple[float, float], ...]
    distance_driven: float

    @property
    def key(self) -> tuple[object, ...]:
        """What must reach the fleet at once when it changes."""
        return (
            self.order_id,
            self.order_update_id,
            self.last_node_sequence_id,
            self.last_node_id,
            self.remaining_base,
            self.driving,
            self.paused,
            self.localized,
            self.new_base_request,
            self.charging,
            self.loads,
            self.actions,
            tuple((e.code, e.level) for e in self.errors),
            self.waiting_for,
        )
