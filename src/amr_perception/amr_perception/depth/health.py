"""How a robot's depth camera is, for people: what its robot, fleet and dashboard say of it."""

from __future__ import annotations

from typing import Final, Literal

from amr_core.geometry import Pose2D, distance
from amr_core.own_camera import DEPTH, LensReason, OwnCamera

LASTS_S: Final = 1.0
"""s for which nothing must have been seen before it is told: one late picture is none that people can mend."""
STARTS_S: Final = 10.0
"""s that a driver may take for its first picture."""
NEAR_M: Final = 1.0
"""What is closer than a camera measures hides the floor as dirt does. No way into a dock without depth is so long."""
_OF_THE_VIEW: Final = frozenset({"covered", "dirty"})

Reason = LensReason | Literal[""]


class DepthHealth:
    """What the pictures of one depth camera say of it; one thread owns it."""

    def __init__(self) -> None:
        self._begun: float | None = None
        self._saw: float | None = None
        self._blind_since: float | None = None
        self._there: Pose2D | None = None
        self._reason: Reason = ""
        self._drives = True

    def take(self, now: float, reason: Reason, pose: Pose2D | None) -> None:
        """Take in what a picture at now (s) showed. reason: why not, "" = it can be used. pose: as for DepthWatch."""
        self._begin(now)
        if not reason:
            self._saw, self._there, self._blind_since, self._drives = now, pose, None, True
        else:
            self._blind_since = now if self._blind_since is None else min(self._blind_since, now)
            # Until it has driven on, it may just stand before something.
            near = self._there is not None and pose is not None and distance(self._there, pose) < NEAR_M
            self._drives = not (near and reason in _OF_THE_VIEW)
        self._reason = reason

    def silent(self, now: float) -> None:
        """Take in that no picture came for long."""
        if now - self._begin(now) > STARTS_S or self._reason or self._saw is not None:
            self.take(now, "no_pictures", None)

    def camera(self, now: float) -> OwnCamera | None:
        """Return how it is at now (s); None while nothing is known of it.

        in_use: it is needed; not while its robot stands, or stood a moment ago, before what hides the view.
        """
        if self._saw is None and not self._reason:
            return None
        lasts = self._blind_since is not None and now - self._blind_since >= LASTS_S
        age = now - self._saw if self._saw is not None else -1.0
        return OwnCamera(
            camera=DEPTH, reason=self._reason if lasts else "", in_use=self._drives or not lasts,
            picture_age=age if age >= 0.0 else -1.0,
        )  # fmt: skip

    def _begin(self, now: float) -> float:
        self._begun = now if self._begun is None else min(self._begun, now)
        return self._begun
