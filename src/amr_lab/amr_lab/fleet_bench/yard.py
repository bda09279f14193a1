"""The robots of the bench: they live on while the fleet is dead, as real ones do."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable

from amr_core import vda5050
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Event, RobotMessage
from amr_fleet.rehearsal import units_of
from amr_fleet.rehearsal.kinematic import Behaviour, KinematicRobot

# Handling takes a second: many orders in little time, and more moments in which a kill can do harm.
BRISK = Behaviour(handling=1.0, stop_rate=0.0)


class Yard:
    """Kinematic robots of a site with a clock of their own (s)."""

    def __init__(self, site_name: str, robots: int, seed: int) -> None:
        site = load_site(site_name)
        roadmap = build_roadmap(site)
        rng = random.Random(seed)
        self.now = 0.0
        self.places = [place.id for place in site.places]
        self.robots = {
            u.name: KinematicRobot(u.name, u.home, roadmap, random.Random(rng.random()), BRISK)
            for u in units_of(site, robots)
        }
        for robot in self.robots.values():
            robot.theta = roadmap.nodes[robot.node].theta
        self._told = -1.0

    def step(self, dt: float) -> list[Event]:
        """Let dt seconds pass; return what the robots report: changes, and everything once a second."""
        self.now = round(self.now + dt, 3)
        heartbeat = self.now - self._told >= 1.0
        self._told = self.now if heartbeat else self._told
        for robot in self.robots.values():
            robot.step(dt)
        return [robot.report() for robot in self.robots.values() if robot.changed or heartbeat]

    def take(self, commands: Iterable[RobotMessage]) -> None:
        """Hand the fleet's commands to the robots."""
        for command in commands:
            robot = self.robots[command.robot]
            robot.take(command) if isinstance(command, vda5050.Order) else robot.instant(command)

    def report_all(self) -> None:
        """Make every robot report next time: a fleet that was dead has heard nothing."""
        for robot in self.robots.values():
            robot.changed = True

    @property
    def picked(self) -> Counter[str]:
        """How often each load was really taken up."""
        return Counter(load for robot in self.robots.values() for load in robot.picked)

    @property
    def dropped(self) -> Counter[str]:
        """How often each load was really put down."""
        return Counter(load for robot in self.robots.values() for load in robot.dropped)
