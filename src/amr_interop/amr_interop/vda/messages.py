"""VDA 5050 messages free of a version: what `amr_core.vda5050` says, and what only the wire carries beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from amr_core.own_camera import OwnCamera
from amr_core.vda5050 import ActionState
from amr_interop.vda.versions import REJECTIONS

_WORDS: Final = 200
Blocking = Literal["HARD", "SOFT", "SINGLE", "NONE"]
"""SINGLE is of 3.0: driving goes on, other actions wait."""
BLOCKING: Final[tuple[Blocking, ...]] = ("HARD", "SOFT", "SINGLE", "NONE")
"""The strictest first: what forbids driving before what allows it."""
LOAD_TYPE: Final = "EPAL"
"""What loadType says when nobody knows more; the word is in the text's examples (2.1, 6.8.1)."""
MAP_ACTIONS: Final = frozenset({"downloadMap", "enableMap", "deleteMap"})
_AT_ONCE: Final = MAP_ACTIONS | {
    "cancelOrder", "startPause", "stopPause", "stateRequest", "factsheetRequest", "initPosition", "logReport",
}  # fmt: skip
PROCESS: Final = "amrProcess"
"""Name of the information by which our robots say which of their processes speaks: people hear of a restart."""
_ALL_DO: Final = frozenset({"cancelOrder", "startPause", "stopPause", "factsheetRequest"})


@dataclass(frozen=True)
class Header:
    """Who sent a message, the how many-th of its topic, when (s since 1970, None: not readable), in which version."""

    header_id: int
    stamp: float | None
    version: str
    manufacturer: str
    serial: str


@dataclass(frozen=True)
class WireAction:
    """An action of an order, or an instant action. parameters: as they came, any JSON value."""

    action_type: str
    action_id: str
    blocking_type: Blocking = "HARD"
    parameters: Mapping[str, object] = field(default_factory=dict)

    def text(self, key: str) -> str:
        """Return a parameter as text, "" when it is not there."""
        value = self.parameters.get(key)
        return "" if value is None else value if isinstance(value, str) else str(value)


@dataclass(frozen=True)
class WireNode:
    """A node; x, y (m), theta (rad) in the map map_id; deviation: the smaller half axis (m). None: not said.

    ellipse: its half axes (m) and how far the first is turned (rad), where a version says so. turn: how far (rad) its
    heading may be off.
    """

    node_id: str
    sequence_id: int
    released: bool
    x: float | None = None
    y: float | None = None
    theta: float | None = None
    deviation: float | None = None
    map_id: str = ""
    actions: tuple[WireAction, ...] = ()
    ellipse: tuple[float, float, float] | None = None
    turn: float | None = None

    def spans(self, x: float, y: float) -> float:
        """Return how far (m) the deviation reaches from the node towards a place: less than its distance is outside."""
        if self.ellipse is None:
            return self.deviation or 0.0
        a, b, turned = self.ellipse
        angle = math.atan2(y - (self.y or 0.0), x - (self.x or 0.0)) - turned
        wide = math.hypot(b * math.cos(angle), a * math.sin(angle))
        return a * b / wide if wide > 0.0 else 0.0


@dataclass(frozen=True)
class WireEdge:
    """An edge; max_speed in m/s, reverse: tangential orientation of 180 degrees; extras: optional fields that it uses.

    angle (rad): its orientation as it came, in the map's frame if in_map, else along the edge. max_turn in rad/s.
    typed: orientationType is said, too; tangential is what it is without. length in m.
    """

    edge_id: str
    sequence_id: int
    released: bool
    start: str
    end: str
    max_speed: float | None = None
    reverse: bool = False
    extras: tuple[str, ...] = ()
    actions: tuple[WireAction, ...] = ()
    angle: float | None = None
    in_map: bool = False
    max_turn: float | None = None
    typed: bool = True
    length: float | None = None


@dataclass(frozen=True)
class WireOrder:
    """An order message. content: all of it but the header, to compare two; extras: optional fields that it uses."""

    header: Header
    order_id: str
    update_id: int
    nodes: tuple[WireNode, ...]
    edges: tuple[WireEdge, ...]
    content: Mapping[str, object] = field(default_factory=dict)
    extras: tuple[str, ...] = ()


@dataclass(frozen=True)
class Reached:
    """A node or edge that is still before a robot: its id, sequence id, whether it is released."""

    id: str
    sequence_id: int
    released: bool


@dataclass(frozen=True)
class WireError:
    """An error of a robot. level: WARNING, URGENT, CRITICAL or FATAL; references: (key, value) pairs."""

    error_type: str
    level: str
    references: tuple[tuple[str, str], ...] = ()
    description: str = ""
    translation: str = ""

    @property
    def refuses(self) -> bool:
        """Its type is one by which messages are refused."""
        return self.error_type.replace("_", "").lower() in REJECTIONS

    @property
    def words(self) -> str:
        """Its type with what the robot says of it."""
        return f"{self.error_type}: {self.description}"[:_WORDS].removesuffix(": ")

    def reference(self, key: str) -> str:
        """Return the value of a reference, "" when it is not there."""
        return next((value for name, value in self.references if name.lower() == key.lower()), "")


@dataclass(frozen=True)
class MapState:
    """A version of a map that a robot has; at most one of each map is enabled."""

    map_id: str
    version: str
    enabled: bool


@dataclass(frozen=True)
class ZoneSetState:
    """A zone set that a robot has."""

    id: str
    map_id: str
    enabled: bool


@dataclass(frozen=True)
class RobotRequest:
    """What a robot asks for. kind: ACCESS, REPLANNING or CORRIDOR; zone_id, zone_set: "" for a corridor."""

    id: str
    kind: str
    status: str
    zone_id: str = ""
    zone_set: str = ""


@dataclass(frozen=True, kw_only=True)
class WireState:
    """A state message in the words of 3.0. x, y (m), theta (rad): None when no position came; soc 0..1; m/s, rad/s.

    loads: ids, "" for a load without one; None: the robot does not tell. mode, e_stop: words of 3.0 (e_stop also
    AUTOACK). maps: those that it has; None: it does not tell. zone_sets, requests: of 3.0.
    process: ours, which one speaks for the robot, in `information`; for people only, as the text wants it, like
    cameras: its own ones.
    """

    header: Header
    order_id: str = ""
    update_id: int = 0
    last_node_id: str = ""
    last_sequence_id: int = 0
    nodes: tuple[Reached, ...] = ()
    edges: tuple[Reached, ...] = ()
    actions: tuple[ActionState, ...] = ()
    instant_actions: tuple[ActionState, ...] = ()
    x: float | None = None
    y: float | None = None
    theta: float = 0.0
    map_id: str = ""
    localized: bool = False
    score: float | None = None
    v: float = 0.0
    w: float = 0.0
    driving: bool = False
    paused: bool = False
    new_base_request: bool = False
    soc: float = 1.0
    charging: bool = False
    loads: tuple[str, ...] | None = None
    errors: tuple[WireError, ...] = ()
    mode: str = "AUTOMATIC"
    e_stop: str = "NONE"
    field_violation: bool = False
    distance_since_last: float | None = None
    maps: tuple[MapState, ...] | None = None
    process: str = ""
    cameras: tuple[OwnCamera, ...] = ()
    zone_sets: tuple[ZoneSetState, ...] = ()
    requests: tuple[RobotRequest, ...] = ()

    @property
    def all_actions(self) -> tuple[ActionState, ...]:
        """The actions of the order and those that were asked for at once."""
        return (*self.actions, *self.instant_actions)

    def busy_with(self, *kinds: str) -> bool:
        """Return whether an action of one of these types has not ended."""
        return any(action.action_type in kinds and not action.ended for action in self.all_actions)

    @property
    def order_actions(self) -> list[ActionState]:
        """The actions of the order. In 2.x those that were asked for at once stand among them, and are no order.

        Ours are known by their ids (see `Asking.told_apart`); these are of whoever asked before.
        """
        return [a for a in self.actions if (a.action_type or a.action_id.partition("-")[0]) not in _AT_ONCE]

    @property
    def idle(self) -> bool:
        """Nothing of an order is left: VDA 5050 3.0, section 6.6.8."""
        return not self.nodes and not self.edges and all(action.ended for action in self.order_actions)


@dataclass(frozen=True)
class Extent:
    """How far something reaches from the robot's own centre, m: ahead, behind, to the side, and with its corners."""

    front: float
    rear: float
    half_width: float
    radius: float


@dataclass(frozen=True)
class LoadSet:
    """One kind of load that a robot takes: loadType, length and width (m), max_weight (kg); 0.0: not said.

    extent: where it lies on the robot; None: not said, and it counts as centred.
    """

    load_type: str
    length: float = 0.0
    width: float = 0.0
    max_weight: float = 0.0
    extent: Extent | None = None


def _among(name: str, told: Iterable[str]) -> bool:
    """Return whether a field is among dotted names; the schema of 2.0.0 has other capitals than the text."""
    return any(one.lower().endswith(name.lower()) for one in told)


@dataclass(frozen=True)
class Factsheet:
    """What of a robot's factsheet master control heeds. Lengths and counts: None = no limit; intervals in s.

    optional: dotted names of optional fields that it takes, required: of those that it cannot do without; actions:
    types that it can do in an order, instants: at once; None: it does not say. parameters: of an action, for those that
    name them. zones: types that it understands. length, width in m, max_speed in m/s, acceleration, deceleration in
    m/s^2, max_load in kg; outline: of all its envelope curves; 0.0, None: not said. loads: what it can carry, () when
    it does not say. unread: what of its shapes could not be read. max_actions: at one node, max_parameters: of one
    action, max_message: bytes; max_states: nodes after the one reached last, base and horizon. demanded: parameters
    without which an action is not done.
    """

    series: str = ""
    id_length: int | None = None
    numeric_ids: bool = False
    load_id_length: int | None = None
    max_nodes: int | None = None
    max_edges: int | None = None
    max_states: int | None = None
    max_actions: int | None = None
    max_parameters: int | None = None
    max_message: int | None = None
    default_interval: float | None = None
    min_order_interval: float = 0.0
    min_state_interval: float = 0.0
    optional: frozenset[str] | None = None
    actions: frozenset[str] | None = None
    instants: frozenset[str] | None = None
    parameters: Mapping[str, frozenset[str]] = field(default_factory=dict)
    demanded: Mapping[str, frozenset[str]] = field(default_factory=dict)
    blocking: Mapping[str, frozenset[str]] = field(default_factory=dict)
    max_instants: int | None = None
    zones: frozenset[str] = frozenset()
    length: float = 0.0
    width: float = 0.0
    max_speed: float = 0.0
    max_load: float = 0.0
    required: frozenset[str] = frozenset()
    outline: Extent | None = None
    acceleration: float = 0.0
    deceleration: float = 0.0
    loads: tuple[LoadSet, ...] = ()
    unread: tuple[str, ...] = ()

    def takes(self, name: str, *, unless_told: bool = True) -> bool:
        """Return whether an optional field may be sent; unless_told: before there is a factsheet."""
        return unless_told if self.optional is None else _among(name, self.optional)

    def needs(self, name: str) -> bool:
        """Return whether an optional field must be sent: "required for proper operation" (2.1, 6.15)."""
        return _among(name, self.required)

    @property
    def load_type(self) -> str:
        """What our loads are called to it: a pallet, or the only kind that it names."""
        named = {load.load_type for load in self.loads}
        return next(iter(named)) if len(named) == 1 else LOAD_TYPE

    def speaks_within(self, seconds: float) -> bool:
        """Return whether the robot promises a state at least so often."""
        return self.default_interval is not None and self.default_interval <= seconds

    def blocked_as(self, action_type: str) -> Blocking:
        """Return the strictest blocking type that it allows for an action; HARD where it does not say."""
        allowed = self.blocking.get(action_type, frozenset())
        return next((kind for kind in BLOCKING if kind in allowed), "HARD")

    def does(self, action_type: str, *, at_once: bool = False) -> bool:
        """Return whether it does an action, in an order or at once. Each robot can be paused and called off."""
        known = self.instants if at_once else self.actions
        return known is None or action_type in known or (at_once and action_type in _ALL_DO)
