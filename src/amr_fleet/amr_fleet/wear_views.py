"""How much a robot has worked, in all and since it was serviced; counted from the journal."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Work:
    """Metres driven, loads lifted, hours under way with an order."""

    metres: float = 0.0
    lifts: int = 0
    hours: float = 0.0

    def since(self, before: Work) -> Work:
        """Return what came after an earlier count."""
        return Work(
            metres=self.metres - before.metres, lifts=self.lifts - before.lifts, hours=self.hours - before.hours
        )


@dataclass(frozen=True, kw_only=True)
class ServiceNote:
    """A service at t (fleet s) that a person (user) noted, what was done, and the robot's count at that time."""

    t: float
    user: str
    text: str
    work: Work


@dataclass(frozen=True, kw_only=True)
class WearView:
    """A robot's work so far, and its last services, oldest first."""

    robot: str
    work: Work
    services: tuple[ServiceNote, ...] = ()

    @property
    def since_service(self) -> Work:
        """Its work since the last service, or in all."""
        return self.work.since(self.services[-1].work) if self.services else self.work
