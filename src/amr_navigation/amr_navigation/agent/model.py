"""What goes into the agent engine (events) and what comes out (commands). Orders and states: `amr_core.vda5050`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amr_core.geometry import FloatArray, Pose2D
from amr_core.own_camera import OwnCamera
from amr_core.robot_report import RobotReportKind
from amr_core.vda5050 import NOBODY, InstantAction, InTheWay, Leader, Order, RobotState

ActionOutcome = Literal["succeeded", "aborted", "canceled", "rejected", "lost"]
"""lost: its server is gone and another one is there; no result will come."""


# Events


@dataclass(frozen=True)
class OrderReceived:
    """An order message."""

    order: Order


@dataclass(frozen=True)
class ActionResult:
    """A motion or load command ended; token is that of the command, code the action's error code."""

    token: int
    outcome: ActionOutcome
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
class PoseDoubted:
    """What the localiser suffers from so much that it slows the robot, "" = nothing; "unobserved": as in an aisle."""

    reason: str


@dataclass(frozen=True)
class PoseSpread:
    """Standard deviation (m) of the pose along its less certain direction, by the localiser's covariance."""

    sigma: float


@dataclass(frozen=True)
class LocalizerReset:
    """The localiser was set up anew and has not taken the robot's pose yet: only the wheels carry it on."""


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
class LoadUnsaid:
    """Who said what is on board has gone, and another base is there."""


@dataclass(frozen=True)
class ForeignLoad:
    """Whether the base handles a load that this agent did not ask for; None = not known yet."""

    running: bool | None


@dataclass(frozen=True)
class BlockedBy:
    """What the navigation waits for."""

    what: InTheWay


@dataclass(frozen=True)
class FleetBeat:
    """A fleet lives."""

    leader: Leader = NOBODY


@dataclass(frozen=True)
class Release:
    """A person lets the robot obey another fleet."""


@dataclass(frozen=True)
class CameraHeard:
    """How one of the robot's cameras is, by its perception."""

    camera: OwnCamera


@dataclass(frozen=True)
class ErrandDone:
    """A report was sent, or other site files are there; code: why not, "" = it was."""

    code: str = ""


@dataclass(frozen=True)
class Invalid:
    """A message that could not be read."""

    topic: str
    reason: str


AgentEvent = (
    OrderReceived
    | InstantAction
    | ActionResult
    | PoseUpdate
    | Odometry
    | Localization
    | PoseDoubted
    | PoseSpread
    | LocalizerReset
    | Battery
    | LoadState
    | LoadUnsaid
    | ForeignLoad
    | BlockedBy
    | FleetBeat
    | Release
    | CameraHeard
    | ErrandDone
    | Invalid
)


# Commands


@dataclass(frozen=True, eq=False)
class FollowLeg:
    """Follow poses, N x 3 (x, y, theta), map frame; replaces a running FollowPath without a stop. reverse: tail on."""

    token: int
    poses: FloatArray
    reverse: bool = False


@dataclass(frozen=True)
class NavigateTo:
    """Plan a way to a pose of the map frame."""

    token: int
    pose: Pose2D


@dataclass(frozen=True)
class DockAt:
    """Dock at a station; stage False: go on from where the robot stands on the spur."""

    token: int
    station: str
    stage: bool


@dataclass(frozen=True)
class LeaveDock:
    """Leave the dock in reverse."""

    token: int


@dataclass(frozen=True)
class HandleLoad:
    """Take or give a load."""

    token: int
    operation: Literal["pick", "drop"]
    load_id: str


@dataclass(frozen=True)
class CancelLoads:
    """Ask the base to give up every operation, whoever began it; the result of the own one follows."""


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

    state: RobotState


@dataclass(frozen=True)
class MakeReport:
    """Send the last log lines or a picture."""

    what: RobotReportKind


@dataclass(frozen=True)
class UpdateSite:
    """Take the server's site files, or those that were here before (back), and start anew."""

    back: bool


AgentCommand = (
    FollowLeg
    | NavigateTo
    | DockAt
    | LeaveDock
    | HandleLoad
    | CancelLoads
    | CancelMotion
    | SetSpeedLimit
    | SetFootprint
    | SetInitialPose
    | PublishState
    | MakeReport
    | UpdateSite
)
