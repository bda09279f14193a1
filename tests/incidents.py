"""Random incidents over the fleet engine: robots, doors, lifts, places and cameras that fail, orders that pile up."""

from __future__ import annotations

import copy
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache

from amr_core.conveyors import SimulatedConveyor
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask, Event
from amr_fleet.domain.settings import Unit
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import (
    CancelOrder,
    CreateOrder,
    SetIntegration,
    SetPaused,
    SetZone,
)
from tests.mending import Menders, TroubledRobot
from tests.tracks import single_track

CAMERA_SAYS = 2.0
"""s between two words of a camera that sees something; its hold ends twice as long after the last one."""
TROUBLES = 4
"""So many at most at a time: more, and a fleet does nothing any more."""


@dataclass(frozen=True)
class Ground:
    """Where incidents happen. areas: what may be closed together, as ids; rate: orders a second."""

    roadmap: Roadmap
    units: Sequence[Unit]
    areas: Sequence[tuple[str, ...]]
    rate: float

    @property
    def places(self) -> list[str]:
        """The places that orders may name."""
        return sorted({n.place for n in self.roadmap.nodes.values() if n.kind == "station" and n.place})


def _leaves(roadmap: Roadmap) -> list[tuple[str, ...]]:
    return [(n.id,) for n in roadmap.nodes.values() if n.kind in ("station", "charger")]


@cache
def ground(name: str) -> Ground:
    """Return a site of `maps`, or a tree of two-way tracks one robot wide ("tracks" and a number)."""
    if name.startswith("tracks"):
        roadmap = single_track(random.Random(name), 3, 3, 4)
        pairs = [(e.id, f"{e.end}>{e.start}") for e in roadmap.edges.values() if e.manoeuvre == "drive"]
        units = [Unit(f"r{i}", "lift_amr", f"P{i}") for i in range(4)]
        return Ground(roadmap, units, [*pairs, *_leaves(roadmap)], 0.03)
    site = load_site(name)
    roadmap, units = build_roadmap(site), units_of(site)
    spare = [p.id for p in site.parking if p.id not in {u.home for u in units}]
    units += [Unit(f"more_{i}", "lift_amr", home) for i, home in enumerate(spare[: max(0, 3 - len(units))])]
    lanes = [(lane.id,) for lane in site.lanes if roadmap.edges]
    return Ground(roadmap, units, [*lanes, *_leaves(roadmap)], 0.006 * len(units))


@dataclass
class Trouble:
    """Something that is wrong until a time (s). mend: what ends it, as the events that a person's word is."""

    until: float
    mend: Callable[[], list[Event]]


@dataclass
class Incident(Menders):
    """A fleet with orders to which things happen."""

    ground: Ground
    seed: int
    rng: random.Random = field(init=False)
    troubles: list[Trouble] = field(default_factory=list)
    calm: bool = False

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        how = Behaviour(stop_rate=0.003, drain=1e-4, charge=1e-2)
        self.run = Rehearsal(self.ground.roadmap, self.ground.units, seed=self.seed, how=how, dt=0.5, watch=False)
        for name, r in self.run.robots.items():
            self.run.robots[name] = TroubledRobot(name, r.node, r.roadmap, r.rng, r.how, theta=r.theta)
        self.run.run(lambda r: r.engine.ready, 20.0)
        kinds = [*_KINDS, *(_DOORS if self.run.doors else ()), *(_LIFTS if self.run.lifts else ())]
        self.kinds = self.rng.sample(kinds, 5)

    def twin(self) -> Incident:
        """Return a copy in which nothing more happens; what went wrong stays so."""
        run = self.run
        fresh: list[object] = [self.troubles, run.journal, run.waits, run.step_seconds]
        fresh += [robot.history for robot in run.robots.values()]
        memo: dict[int, object] = {id(one): [] for one in fresh}
        memo |= {id(shared): shared for shared in (self.ground, run.roadmap, run.units)}
        other = copy.deepcopy(self, memo)
        other.calm = True
        return other

    # What happens -------------------------------------------------------------------------------------------------

    def step(self, events: Sequence[Event] = ()) -> None:
        """Let the fleet go on for a step, with what happens meanwhile unless it is calm."""
        self.run.step([*events, *([] if self.calm else self._happens()), *self._cameras()])

    def _happens(self) -> list[Event]:
        rng, dt, now = self.rng, self.run.dt, self.run.now
        events: list[Event] = []
        for trouble in [t for t in self.troubles if t.until <= now]:
            self.troubles.remove(trouble)
            events += trouble.mend()
        if rng.random() < self.ground.rate * dt:
            events += self._orders(1)
        if rng.random() < 0.02 * dt and len(self.troubles) < TROUBLES:
            events += getattr(self, f"_{rng.choice(self.kinds)}")()
        return events

    def _orders(self, count: int) -> list[Event]:
        pick, drop = self.rng.sample(self.ground.places, 2)
        wish = OrderRequest(pick_place=pick, drop_place=drop, priority=self.rng.choice([0, 0, 9]))
        return [Ask(1, CreateOrder(order=wish)) for _ in range(count)]

    def _lasts(self, mend: Callable[[], list[Event]]) -> None:
        self.troubles.append(Trouble(self.run.now + self.rng.uniform(80.0, 500.0), mend))

    def _robot(self, *, loaded: bool = False) -> TroubledRobot:
        robots = [r for r in self.run.robots.values() if isinstance(r, TroubledRobot)]
        return self.rng.choice([r for r in robots if r.loads] or robots if loaded else robots)

    def _full_place(self) -> list[Event]:
        return self._orders(6)

    def _closed(self) -> list[Event]:
        zone = f"z{self.run.now}"
        kind = self.rng.choice(["closed", "hold"])
        areas = self.rng.sample(list(self.ground.areas), self.rng.choice([1, 1, 2]))
        wish = ZoneRequest(zone_id=zone, kind=kind, elements=tuple(e for a in areas for e in a))  # type: ignore[arg-type]
        self._lasts(lambda: self.lift_zone(zone))
        return [Ask(2, SetZone(zone=wish))]

    def _chargers_shut(self) -> list[Event]:
        zone = f"c{self.run.now}"
        chargers = tuple(n.id for n in self.ground.roadmap.nodes.values() if n.kind == "charger")
        self._lasts(lambda: self.lift_zone(zone))
        return [*self._low(), Ask(2, SetZone(zone=ZoneRequest(zone_id=zone, kind="closed", elements=chargers)))]

    def _camera(self) -> list[Event]:
        zone = f"camera:C{self.rng.randint(1, 3)}:{self.run.now}"
        code = self.rng.choice(["camera.person_near", "camera.lane_blocked", "camera.blind.covered"])
        self.seen[zone] = (code, self.rng.choice(self.ground.areas))
        self._lasts(lambda: self.gone(zone))
        return []

    def _paused(self) -> list[Event]:
        name = self._robot(loaded=self.rng.random() < 0.5).name
        self._lasts(lambda: self.resume(name))
        return [Ask(3, SetPaused(robots=(name,), pause=True, user="lan"))]

    def _cancelled(self) -> list[Event]:
        """An order is cancelled while its load is, or comes, on board; some are to be taken off by hand."""
        orders = [o for o in self.run.engine.world.state.open_orders.values() if o.state in ("PICKING", "TO_DROP")]
        if not orders:
            return self._paused()
        order = self.rng.choice(orders)
        mode, name = ("after_leg" if order.state == "PICKING" else "now"), order.robot
        self._lasts(lambda: self.unload(name))
        pause = [] if mode == "after_leg" else [Ask(3, SetPaused(robots=(name,), pause=True, user="lan"))]
        self.run.step(pause)
        for _ in range(10):
            self.run.step(self._cameras())
        return [Ask(4, CancelOrder(order_id=order.order_id, mode=mode, user="lan"))]  # type: ignore[arg-type]

    def _silent(self) -> list[Event]:
        name = self._robot().name
        self.run.robots[name].alive = False
        self._lasts(lambda: self.reach(name))
        return []

    def _broken(self) -> list[Event]:
        name = self._robot().name
        self.run.robots[name].broken = self.run.robots[name].changed = True
        self._lasts(lambda: self.repair(name))
        return []

    def _stopped(self) -> list[Event]:
        robot = self._robot()
        robot.e_stop, robot.changed = self.rng.choice(["MANUAL", "AUTOACK"]), True
        self._lasts(lambda: self.reset(robot.name))
        return []

    def _lost(self) -> list[Event]:
        robot = self._robot()
        robot.lost = robot.changed = True
        self._lasts(lambda: self.find(robot.name))
        return []

    def _hindered(self) -> list[Event]:
        robot = self._robot()
        robot.hindered = robot.changed = True
        self._lasts(lambda: self.clear_way(robot.name))
        return []

    def _low(self) -> list[Event]:
        for _ in range(self.rng.randint(1, len(self.run.robots))):
            self._robot().soc = self.rng.uniform(0.05, 0.4)
        return []

    def _out(self) -> list[Event]:
        name = self._robot().name
        self._lasts(lambda: [Ask(6, SetIntegration(robot=name, level="utilised", user="lan"))])
        return [Ask(6, SetIntegration(robot=name, level="respected", user="lan"))]

    def _door(self) -> list[Event]:
        door = self.rng.choice(list(self.run.doors.values()))
        what = self.rng.choice(["fault", "silent", "slow"])
        setattr(door, what, 1e6 if what == "slow" else True)
        self._lasts(lambda: self.mend_door(door.door_id))
        return []

    def _belt(self) -> list[Event]:
        belts = [d for d in self.run.doors.values() if isinstance(d, SimulatedConveyor)]
        if not belts:
            return self._door()
        belt = self.rng.choice(belts)
        if self.rng.random() < 0.5:
            belt.blind = True
        else:
            belt.fixed = self.rng.random() < 0.5
        self._lasts(lambda: self.mend_door(belt.door_id))
        return []

    def _lift(self) -> list[Event]:
        name = self.rng.choice(list(self.run.lifts))
        lift = self.run.lifts[name]
        what = self.rng.choice(["stuck", "silent", "mode"])
        if what == "mode":
            lift.people(lift.nearest.level)
        else:
            setattr(lift, what, True)
        self._lasts(lambda: self.mend_lift(name))
        return []

    def _cameras(self) -> list[Event]:
        if self.run.now % CAMERA_SAYS:
            return []
        return [
            Ask(2, SetZone(zone=ZoneRequest(
                zone_id=zone, kind="hold", elements=elements, code=code, text=f"{zone.split(':')[1]} lane",
                until=self.run.now + 2.0 * CAMERA_SAYS, user="camera",
            )))
            for zone, (code, elements) in self.seen.items()
        ]  # fmt: skip


_KINDS = (
    "full_place", "closed", "closed", "chargers_shut", "camera", "paused", "cancelled", "silent", "broken", "stopped",
    "lost", "hindered", "low", "out",
)  # fmt: skip
_DOORS = ("door", "door", "belt")
_LIFTS = ("lift", "lift")
