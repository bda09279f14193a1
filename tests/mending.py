"""Robots that fail in more ways, and what people do that ends what is wrong with robots, doors, lifts and areas."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from amr_core.conveyors import SimulatedConveyor
from amr_core.vda5050 import EStop, RobotState
from amr_fleet.domain import causes
from amr_fleet.domain.events import Ask, Event
from amr_fleet.ports import Reason
from amr_fleet.rehearsal import KinematicRobot, Rehearsal
from amr_fleet.requests import AckAlarm, ClearZone, ReleaseRobot, SetIntegration, SetPaused


class TroubledRobot(KinematicRobot):
    """One that can also be stopped by its button, lost, or have something in its way."""

    e_stop: EStop = "NONE"
    lost: bool = False
    hindered: bool = False

    @property
    def stands(self) -> bool:
        """It cannot drive."""
        return self.e_stop != "NONE" or self.lost or self.hindered or self.broken

    def step(self, dt: float) -> None:
        """Live for dt seconds, or stand."""
        if self.stands:
            self.clock += dt
        else:
            super().step(dt)

    def report(self) -> RobotState:
        """Return its state; it does not drive while it cannot."""
        said = super().report()
        return replace(
            said, e_stop=self.e_stop, localized=not self.lost, driving=said.driving and not self.stands,
            waiting_for="obstacle" if self.hindered else said.waiting_for,
        )  # fmt: skip


@dataclass
class Menders:
    """The people around a fleet. seen: what cameras hold lanes for, by zone, while it is there."""

    run: Rehearsal = field(init=False)
    seen: dict[str, tuple[str, tuple[str, ...]]] = field(init=False, default_factory=dict)

    def lift_zone(self, zone: str) -> list[Event]:
        """A person opens an area again."""
        return [Ask(5, ClearZone(zone_id=zone, user="lan"))]

    def gone(self, zone: str) -> list[Event]:
        """What a camera saw is gone, or it sees again: it says no more."""
        self.seen.pop(zone, None)
        return []

    def resume(self, name: str) -> list[Event]:
        """A person lets a robot go on."""
        return [Ask(5, SetPaused(robots=(name,), pause=False, user="lan"))]

    def unload(self, name: str) -> list[Event]:
        """A person takes a load off and says so."""
        self.run.robots[name].loads, self.run.robots[name].changed = [], True
        return [Ask(5, SetPaused(robots=(name,), pause=False, user="lan", unloaded=True))]

    def reach(self, name: str) -> list[Event]:
        """A robot is heard again."""
        self.run.robots[name].alive = True
        return []

    def repair(self, name: str) -> list[Event]:
        """A robot's error is gone."""
        self.run.robots[name].broken, self.run.robots[name].changed = False, True
        return []

    def reset(self, name: str) -> list[Event]:
        """A person resets the button of a robot, and says a moment later that it may go on."""
        robot = self.run.robots[name]
        assert isinstance(robot, TroubledRobot)
        robot.e_stop, robot.changed = "NONE", True
        self.run.step()
        return [Ask(5, ReleaseRobot(robot=name, person="Lan", user="lan"))]

    def find(self, name: str) -> list[Event]:
        """A robot knows again where it is."""
        robot = self.run.robots[name]
        assert isinstance(robot, TroubledRobot)
        robot.lost, robot.changed = False, True
        return []

    def clear_way(self, name: str) -> list[Event]:
        """A person takes away what stands before a robot."""
        robot = self.run.robots[name]
        assert isinstance(robot, TroubledRobot)
        robot.hindered, robot.changed = False, True
        return []

    def take_alarms(self, name: str) -> list[Event]:
        """A person takes the alarms of a robot."""
        alarms = self.run.engine.world.state.alarms.active.values()
        return [Ask(5, AckAlarm(alarm_id=a.alarm_id, user="lan")) for a in alarms if a.robot == name]

    def mend_door(self, name: str) -> list[Event]:
        """A door or conveyor works and is heard again."""
        door = self.run.doors[name]
        door.fault, door.silent, door.slow = False, False, 1.0
        if isinstance(door, SimulatedConveyor):
            door.blind, door.fixed = False, None
        return []

    def mend_lift(self, name: str) -> list[Event]:
        """A lift works, is heard again and is ours to call."""
        lift = self.run.lifts[name]
        lift.stuck, lift.silent, lift.mode = False, False, "AGV"
        return []

    def put_to_work(self, name: str, but: tuple[str, ...] = ()) -> list[Event]:
        """A person brings a robot back to work: that one, else what strands most, else one that is out of use.

        Asked again until one of those in use is back: what one root hides may be another one. but: the root (by its
        key) that is to stay.
        """
        world = self.run.engine.world
        out = [n for n in world.robots if world.state.integration.get(n, "utilised") != "utilised"]
        used = [r.root for n, r in world.robots.items() if n not in out]
        roots = [root for root in used if root is not None and causes.ends(root) != "itself"]
        if not name and len(roots) < len(used):
            return []  # one works
        keys = {causes.key(root) for root in roots} - {but}
        if not name and keys:  # by the list that people see: what strands most comes first
            worst = next(c for c in self.run.engine.snapshot().causes if causes.key(c.reason) in keys)
            return self.lift(worst.ends, worst.reason) or []
        one = name or next(iter(out), "")
        return [Ask(6, SetIntegration(robot=one, level="utilised", user="lan"))] if one else []

    def charge(self) -> list[Event]:
        """A person sends a robot off from its charger: one of those is full."""
        world = self.run.engine.world
        at = [n for n, m in world.traffic.movers.items() if m.end in world.chargers]
        for name in at[:1]:
            self.run.robots[name].soc, self.run.robots[name].changed = 1.0, True
        return []

    def lift(self, ends: str, reason: Reason, but: tuple[str, ...] = ()) -> list[Event] | None:
        """Do what is said to end a root, or let what a camera sees go; None: that is nothing that a person can do.

        but: the root that stays when it is left to people what to lift.
        """
        robot, facts = str(reason.facts.get("robot", "")), reason.facts
        zone, door = str(facts.get("zone", "")), str(facts.get("door", facts.get("conveyor", "")))
        if "sees" in facts and ends in ("itself", "clear_way", "see_to_camera"):
            return self.gone(zone)
        does: Mapping[str, Callable[[], list[Event]]] = {
            "lift_zone": lambda: self.lift_zone(zone),
            "clear_way": lambda: self.clear_way(robot),
            "resume_robot": lambda: self.resume(robot),
            "reach_robot": lambda: self.reach(robot),
            "repair_robot": lambda: self.repair(robot),
            "reset_stop": lambda: self.reset(robot),
            "release_robot": lambda: [Ask(5, ReleaseRobot(robot=robot, person="Lan", user="lan"))],
            "relocalise": lambda: self.find(robot),
            "unload_robot": lambda: self.unload(robot),
            "take_alarm": lambda: self.take_alarms(robot),
            "repair_door": lambda: self.mend_door(door),
            "repair_conveyor": lambda: self.mend_door(door),
            "repair_lift": lambda: self.mend_lift(str(facts.get("lift", ""))),
            "free_charger": self.charge,
            "free_robot": lambda: self.put_to_work(robot, but),
        }
        return does[ends]() if ends in does else None
