"""What people may ask of the engine about maintenance work orders. Times in fleet seconds."""

from __future__ import annotations

from dataclasses import dataclass

from amr_fleet.ports import Request
from amr_fleet.upkeep_views import WorkOrder
from amr_fleet.vocabulary import UpkeepOutcome


@dataclass(frozen=True, kw_only=True)
class OpenWork(Request[WorkOrder]):
    """Somebody has seen that something is to be done at a robot. due 0.0: no time; owner "": nobody yet.

    key: asked again with it, the answer is the one of the first time, as it is by now; "" = always a new one.
    """

    robot: str
    text: str
    safety: bool = False
    due: float = 0.0
    owner: str = ""
    user: str = ""
    key: str = ""


@dataclass(frozen=True, kw_only=True)
class ChangeWork(Request[WorkOrder]):
    """Change until when an open one is to be done, or by whom; None stays as it is."""

    work_id: str
    due: float | None = None
    owner: str | None = None
    user: str = ""


@dataclass(frozen=True, kw_only=True)
class CloseWork(Request[WorkOrder]):
    """It is done, or dropped because it need not be done; the note says what was done or why not.

    One that a counter opened cannot be dropped. Done, it is a service: the counters begin anew.
    """

    work_id: str
    outcome: UpkeepOutcome
    note: str
    user: str = ""
