"""What an engineer asks of a robot's computer: its last log, a picture of its camera, other site files."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Protocol, get_args

ErrandKind = Literal["log", "picture", "site_update", "site_back"]
ErrandState = Literal["asked", "running", "done", "failed"]
KINDS: Final[tuple[ErrandKind, ...]] = get_args(ErrandKind)


@dataclass(frozen=True, kw_only=True)
class Errand:
    """The last one of its kind. at: fleet s when it was asked for, by user. code: why it failed, "" = it has not.

    size: bytes of what came, 0 = nothing yet.
    """

    kind: ErrandKind
    state: ErrandState
    at: float
    user: str
    code: str = ""
    size: int = 0


class RobotDesk(Protocol):
    """Passes on what is asked; what came is kept in memory, the newest of each robot and kind."""

    def ask(self, robot: str, kind: str, user: str) -> None:
        """Ask; one errand of a robot at a time. Raises AmrError."""

    def errands(self, robot: str) -> list[Errand]:
        """Return the last errand of each kind, newest first. Raises robot.not_found."""

    def content(self, robot: str, kind: str) -> bytes:
        """Return the log (a gzip file) or picture (JPEG) that came last. Raises request.not_found."""
