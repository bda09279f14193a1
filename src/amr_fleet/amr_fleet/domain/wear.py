"""What robots have worked and when they were serviced: a fold of the journal, and the request to note a service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from amr_fleet.domain.events import JournalEntry
from amr_fleet.wear_views import ServiceNote, WearView, Work

KEPT: Final = 20
"""Services of a robot that are shown; the journal has them all."""
_UNDER_WAY: Final = ("loaded", "empty")
_KINDS: Final = frozenset({"robot_time", "order_picked", "robot_serviced"})


@dataclass
class WearBook:
    """The wear of each robot by name; all: the same as a tuple, another one after each change."""

    robots: dict[str, WearView] = field(default_factory=dict)
    _all: tuple[WearView, ...] | None = None

    @property
    def all(self) -> tuple[WearView, ...]:
        """Every robot's, by name."""
        if self._all is None:
            self._all = tuple(self.robots[name] for name in sorted(self.robots))
        return self._all

    def of(self, robot: str) -> WearView:
        """Return a robot's; who is not known has done nothing."""
        return self.robots.get(robot, WearView(robot=robot, work=Work()))

    def apply(self, entry: JournalEntry) -> None:
        """Take over what a robot did in a while, that it lifted a load, or that it was serviced."""
        if entry.kind not in _KINDS:
            return
        wear, f = self.of(entry.robot), entry.facts
        work = wear.work
        if entry.kind == "robot_time":
            seconds = sum(float(f.get(use) or 0.0) for use in _UNDER_WAY)
            metres = work.metres + float(f.get("metres") or 0.0)
            self._put(replace(wear, work=replace(work, metres=metres, hours=work.hours + seconds / 3600.0)))
        elif entry.kind == "order_picked" and entry.robot and not f.get("found_on_board"):
            self._put(replace(wear, work=replace(work, lifts=work.lifts + 1)))
        elif entry.kind == "robot_serviced":
            note = ServiceNote(t=entry.t, user=str(f["user"]), text=str(f["text"]), work=work)
            self._put(replace(wear, services=(*wear.services, note)[-KEPT:]))

    def _put(self, wear: WearView) -> None:
        self.robots[wear.robot], self._all = wear, None
