"""Why a robot must stand although it has something to do, and when that has lasted too long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from amr_navigation.localization.confidence import Confidence, SpeedGate

Hold = Literal["", "lost", "blind"]


@dataclass(frozen=True, kw_only=True)
class GuardParams:
    """How long (s) a robot waits for its pose, or for its lidars, before the motion ends with a code."""

    lost_patience: float = 25.0
    blind_patience: float = 5.0
    source_timeout: float = 0.5


class Guard:
    """Holds the robot while it does not know where it is, or does not see. What counts as which is decided here."""

    def __init__(self, params: GuardParams | None = None) -> None:
        self._params = params or GuardParams()
        self._gate = SpeedGate()
        self._since: tuple[Hold, float] = ("", 0.0)
        self.hold: Hold = ""

    @property
    def source_timeout(self) -> float:
        """Age (s) from which on a sweep no longer counts."""
        return self._params.source_timeout

    def speed(self, confidence: Confidence, top: float) -> float:
        """Return the speed (m/s) that a confidence allows, at most top; 0 = stand."""
        return self._gate.allowed(confidence, top)

    def check(self, now: float, age: float, *, needs_pose: bool) -> bool:
        """Decide on the hold at time now (s); return whether it has lasted too long.

        age: of the older lidar's last sweep (s); needs_pose: whether the motion goes by the map. Call speed() first.
        """
        p = self._params
        self.hold = "blind" if age > p.source_timeout else "lost" if needs_pose and self._gate.held else ""
        if self.hold != self._since[0]:
            self._since = (self.hold, now)
        if not self.hold:
            return False
        patience = p.blind_patience if self.hold == "blind" else p.lost_patience
        return now - self._since[1] > patience
