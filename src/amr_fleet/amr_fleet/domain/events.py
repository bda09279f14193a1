"""What goes into the fleet engine and what comes out of it: plain frozen values, no ROS, no HTTP.

Units: m, rad, s (fleet clock). Frame: the site's map frame.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from amr_core.errors import Fact
from amr_fleet.ports import Request

ActionStatus = Literal["WAITING", "INITIALIZING", "RUNNING", "PAUSED", "FINISHED", "FAILED"]


@dataclass(frozen=True)
class ActionReport:
    """Progress of one action as the robot tells it; code is set when it FAILED."""

    action_id: str
    status: str
    code: str = ""


@dataclass(frozen=True)
class ErrorReport:
    """One active error of a robot; level WARNING or FATAL."""

    code: str
    level: str
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RobotReport:
    """One VDA 5050 state of a robot. base: released nodes not reached yet; seq: sequence id of last_node."""

    robot: str
    robot_type: str = ""
    order_id: str = ""
    update_id: int = 0
    last_node: str = ""
    seq: int = 0
    base: tuple[str, ...] = ()
    x: float = 0.0
    y: float = 0.0
    theta: float = 0.0
    v: float = 0.0
    localized: bool = True
    driving: bool = False
    paused: bool = False
    soc: float = 1.0
    charging: bool = False
    loads: tuple[str, ...] = ()
    actions: tuple[ActionReport, ...] = ()
    errors: tuple[ErrorReport, ...] = ()
    mode: str = "AUTOMATIC"
    e_stop: str = "NONE"
    waiting_for: str = ""
    path: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True)
class ConnectionLost:
    """The robot's agent said OFFLINE or its last will did."""

    robot: str


@dataclass(frozen=True)
class Ask:
    """A request of a person or another system; the Reply with the same token is its answer."""

    token: int
    request: Request[object]


Event = RobotReport | ConnectionLost | Ask


@dataclass(frozen=True, kw_only=True)
class JournalEntry:
    """One fact or decision. State is the fold of all entries, oldest first."""

    t: float
    kind: str
    order_id: str = ""
    robot: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderAction:
    """An action at the last node of a mission."""

    action_type: str
    action_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class OrderNode:
    """A node of an order to a robot: roadmap id, sequence id (even), whether it belongs to the base."""

    node_id: str
    seq: int
    released: bool
    actions: tuple[OrderAction, ...] = ()


@dataclass(frozen=True)
class OrderEdge:
    """An edge of an order to a robot: roadmap id, sequence id (odd), whether it belongs to the base, limit in m/s."""

    edge_id: str
    seq: int
    released: bool
    max_speed: float


@dataclass(frozen=True)
class SendOrder:
    """Command: send this order, or this update of the running one, to the robot."""

    robot: str
    order_id: str
    update_id: int
    nodes: tuple[OrderNode, ...]
    edges: tuple[OrderEdge, ...]


@dataclass(frozen=True)
class SendInstant:
    """Command: send a VDA 5050 instant action."""

    robot: str
    action_type: str
    action_id: str
    parameters: Mapping[str, str] = field(default_factory=dict)


Command = SendOrder | SendInstant


@dataclass(frozen=True)
class Reply:
    """The answer to a request, an AmrError for a refusal; valid once the step's entries are in the journal."""

    token: int
    result: object


@dataclass(frozen=True)
class StepResult:
    """Entries to journal first, then commands to send and replies to give."""

    entries: Sequence[JournalEntry]
    commands: Sequence[Command]
    replies: Sequence[Reply]
