"""One robot as the engine knows it while the fleet runs: what it reported, was sent, and is remembered of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from amr_core.errors import AmrError, Fact
from amr_core.robots import STANDSTILL
from amr_core.vda5050 import UNTOLD_LOADS, ActionState, RobotState
from amr_fleet.domain.hindrance import Trials
from amr_fleet.domain.settings import Unit
from amr_fleet.domain.undo import Fixed
from amr_fleet.ports import Reason

ACTING: Final = ("RUNNING", "INITIALIZING", "PAUSED")
"""States of an action that a robot does, or is about to do."""


@dataclass
class Displaced:
    """A robot that says it is elsewhere than it can be.

    sure_since: since when its pose there has been a sure one. returnable: the fleet saw itself where it was before;
    after a restart the journal knows all that it held, but not which part of that was only its word.
    """

    returnable: bool = False
    sure_since: float | None = None


@dataclass
class Refusing:
    """How a robot refuses. count: in a row; until (fleet s): it rests; orders: how often it refused each of them."""

    count: int = 0
    until: float = 0.0
    why: str = ""
    orders: dict[str, int] = field(default_factory=dict)


@dataclass
class Robot:
    """One robot while the fleet runs. Times in fleet seconds. sent: what the last order message said.

    seen: when its last report came, spoke: also one that is not listened to. refusal: that it refused missions lately.
    believed: its last report whose pose was believed, and when; displaced: while its pose is not believed; remembered:
    mask of what the journal says that it held before the fleet was restarted; told_pose: x, y that a person said, when.
    processes: that spoke for it, restarted: when one took over from another, see `link_alarms`.
    empty_since, empty_told: it has said that nothing is on board, against the journal, and last did; see `aboard`.
    waiting, root, got_on: see `causes`; was_at, explained, trials are its memory. name: also its namespace.
    """

    name: str = field(init=False)
    unit: Unit
    home: int
    report: RobotState | None = None
    seen: float = -1e9
    spoke: float = -1e9
    placed: bool = False
    acked: bool = False
    update_id: int = -1
    sent: tuple[object, ...] = ()
    sent_at: float = -1e9
    instant_at: float = -1e9
    resume_until: float = -1e9
    idle_since: float = 0.0
    reroute_at: float = -1e9
    retry_at: float = -1e9
    fatal_since: float | None = None
    stuck_since: float | None = None
    called_off: str = ""
    deaf_since: float | None = None
    believed: tuple[RobotState, float] | None = None
    displaced: Displaced | None = None
    remembered: int = 0
    told_pose: tuple[float, float, float] | None = None
    bad_chargers: Fixed[int, float] = field(default_factory=Fixed)
    note: Reason | None = None
    waiting: Reason | None = None
    root: Reason | None = None
    got_on: float = 0.0
    was_at: tuple[object, ...] | None = None
    explained: float = 0.0
    trials: Trials | None = None
    refusal: Refusing | None = None
    processes: tuple[str, ...] = ()
    restarted: float | None = None
    empty_since: float | None = None
    empty_told: float = 0.0

    def __post_init__(self) -> None:
        self.name = self.unit.name

    @property
    def fatal(self) -> bool:
        """It reports an error that it cannot drive with; a failed load action only ends its mission."""
        errors = () if self.report is None else self.report.errors
        return bool(errors) and any(e.level == "FATAL" and e.code != "load.failed" for e in errors)

    @property
    def load_unknown(self) -> bool:
        """It does not know whether it has a load on board: its base has not said since it was started.

        One that never says is no such robot: see `aboard`.
        """
        errors = () if self.report is None else self.report.errors
        return bool(errors) and any(e.code == UNTOLD_LOADS.code and e != UNTOLD_LOADS for e in errors)

    @property
    def moving(self) -> bool:
        """It drives, or has not come to a stand yet, as far as it has told."""
        r = self.report
        return r is not None and (r.driving or abs(r.v) > STANDSTILL)

    def require_standing(self) -> None:
        """Raise robot.moving unless it stands."""
        if self.moving:
            raise AmrError("robot.moving", robot=self.name)

    @property
    def lost(self) -> bool:
        """It does not know where it is, or says that it is where it cannot be."""
        return self.report is not None and (not self.report.localized or self.displaced is not None)

    @property
    def lost_facts(self) -> dict[str, Fact]:
        """What people read of a robot that is lost; x, y (m): where it says that it is, when that cannot be."""
        if self.report is None or not self.report.localized or self.displaced is None:
            return {"robot": self.name}
        return {"robot": self.name, "x": round(self.report.x), "y": round(self.report.y)}

    @property
    def settled(self) -> bool:
        """It stands with nothing left to do, so it can take a new order."""
        r = self.report
        if r is None or r.driving:
            return False
        return not self.unfinished and (not r.base or any(a.status == "FAILED" for a in self.order_actions))

    @property
    def order_actions(self) -> list[ActionState]:
        """The reported actions that belong to orders (instant actions have no colon in their ids)."""
        return [a for a in self.report.actions if ":" in a.action_id] if self.report else []

    @property
    def unfinished(self) -> bool:
        """It still means to do an action, charging not counted (that ends when the robot leaves)."""
        return any(
            a.status not in ("FINISHED", "FAILED") and not a.action_id.endswith(":charge") for a in self.order_actions
        )
