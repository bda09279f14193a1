"""One cell of a fleet study: a fleet, a demand and a seed, some hours of operation with things going wrong."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from amr_core.roadmap import Roadmap
from amr_fleet.domain.events import Ask, Event
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.settings import FleetSettings, Unit
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.rehearsal.kinematic import CHARGE, DRAIN, Behaviour
from amr_fleet.rehearsal.validate import Closure, summary, wait_cycles
from amr_fleet.requests import CreateOrder, SetZone

STEP = 0.5
"""Period of the engine in a study, s."""


@dataclass(frozen=True, kw_only=True)
class Disturbances:
    """What goes wrong. stops: share of the moves on which a robot stops somewhere (stop_s: for how long).

    A move is the way from one fork, joining or end of lanes to the next, or into or out of a station; with
    stops_each="edge" each edge of the roadmap is one, however short it was cut (2.3 m in the mean at Cai Cui).
    breakdowns and closures: per hour for the whole site, with their lengths in s.
    """

    stops: float = 0.05
    stops_each: str = "move"
    stop_s: tuple[float, float] = (5.0, 60.0)
    breakdowns: float = 1.0
    breakdown_s: tuple[float, float] = (180.0, 600.0)
    closures: float = 1.0
    closure_s: tuple[float, float] = (300.0, 900.0)


@dataclass(frozen=True, kw_only=True)
class CellResult:
    """Figures of one cell. Times in s, shares 0..1, service over all orders that were due (open ones: their age).

    waiting: share of the robots' time spent waiting for another robot; halted: share in random stops.
    """

    robots: int
    orders_per_hour: float
    seed: int
    policy: str
    site: str
    hours: float
    created: int
    done: int
    throughput: float
    service_mean: float
    service_p95: float
    in_time: float
    waiting: float
    utilisation: float
    halted: float
    charging: float
    lowest_soc: float
    violations: dict[str, int] = field(default_factory=dict)
    longest_cycle: float = 0.0
    step_p99_ms: float = 0.0
    cpu_s: float = 0.0


STOPS_EACH = ("move", "edge")


def stop_weights(graph: TrafficGraph, each: str) -> dict[str, float]:
    """Return for each lane edge which part of a move it is: the shares of a lane section add up to one."""
    found: dict[str, float] = {}
    for section in graph.sections() if each == "move" else ():
        length = sum(graph.length[e] for e in section)
        found |= {graph.edge_ids[e]: graph.length[e] / length for e in section}
    return found


class _Trouble:
    """Breakdowns and closures of one run, drawn from its seed."""

    def __init__(self, run: Rehearsal, what: Disturbances, rng: random.Random) -> None:
        self._run, self._what, self._rng = run, what, rng
        self._next_breakdown, self._next_closure = self._after(what.breakdowns), self._after(what.closures)
        self._repair: dict[str, float] = {}
        self._number = 0
        self._lanes = [e.id for e in run.roadmap.edges.values() if e.manoeuvre == "drive"]

    def _after(self, per_hour: float) -> float:
        return self._run.now + self._rng.expovariate(per_hour / 3600.0) if per_hour > 0 else float("inf")

    def events(self) -> Iterator[Event]:
        now = self._run.now
        if now >= self._next_breakdown:
            self._next_breakdown = self._after(self._what.breakdowns)
            robot = self._rng.choice(list(self._run.robots.values()))
            robot.broken = robot.changed = True
            self._repair[robot.name] = now + self._rng.uniform(*self._what.breakdown_s)
        for name in [n for n, t in self._repair.items() if now >= t]:
            del self._repair[name]
            self._run.robots[name].broken, self._run.robots[name].changed = False, True
        if now >= self._next_closure:
            self._next_closure = self._after(self._what.closures)
            self._number += 1
            lane, length = self._rng.choice(self._lanes), self._rng.uniform(*self._what.closure_s)
            self._run.closures.append(Closure(frozenset([lane]), now + 2 * STEP, now + length))
            zone = ZoneRequest(zone_id=f"C{self._number}", kind="closed", elements=(lane,), until=now + length)
            yield Ask(0, SetZone(zone=zone))


def run_cell(
    roadmap: Roadmap,
    units: Sequence[Unit],
    wishes: Iterator[tuple[float, OrderRequest]],
    *,
    hours: float,
    orders_per_hour: float,
    seed: int,
    deadline: float = 1200.0,
    what: Disturbances | None = None,
    settings: FleetSettings | None = None,
    site: str = "",
) -> CellResult:
    """Operate for some hours; wishes: (due in s, request) in order of time; deadline: s after the order came.

    site: what the result calls the place.
    """
    began = time.process_time()
    what, settings = what or Disturbances(), settings or FleetSettings()
    how = Behaviour(
        handling=15.0, stop=what.stop_s, stop_share=what.stops, stop_rate=0.0, turn_extra=0.5, dock_extra=3.0,
        drain=DRAIN, charge=CHARGE, stop_weight=stop_weights(TrafficGraph(roadmap), what.stops_each),
    )  # fmt: skip
    run = Rehearsal(roadmap, units, seed=seed, how=how, settings=settings, dt=STEP, watch=False)
    rng = random.Random(seed + 7919)
    for robot in run.robots.values():
        robot.soc = rng.uniform(0.5, 1.0)
    trouble = _Trouble(run, what, rng)
    tally, wish = _Tally(), next(wishes, None)
    end = hours * 3600.0
    while run.now < end:
        events: list[Event] = list(trouble.events())
        while wish is not None and wish[0] <= run.now:
            due = OrderRequest(**{**vars(wish[1]), "deadline": wish[0] + deadline})
            events.append(Ask(0, CreateOrder(order=due)))
            wish = next(wishes, None)
        run.step(events)
        tally.take(run)
    result = _result(run, tally, hours, orders_per_hour, seed, deadline, time.process_time() - began)
    return replace(result, site=site)


@dataclass
class _Tally:
    steps: int = 0
    busy: int = 0
    charging: int = 0
    lowest: float = 1.0

    def take(self, run: Rehearsal) -> None:
        self.steps += 1
        if self.steps % 10:
            return
        state = run.engine.world.state
        self.busy += sum(1 for o in state.open_orders.values() if o.robot)
        self.charging += sum(m.kind == "charge" for m in state.missions.values())
        self.lowest = min(self.lowest, *(r.soc for r in run.robots.values()))


def _result(
    run: Rehearsal, tally: _Tally, hours: float, rate: float, seed: int, deadline: float, cpu: float
) -> CellResult:
    orders = list(run.engine.world.state.orders.values())
    due = [o for o in orders if o.created + deadline <= run.now]
    service = [(o.finished or run.now) - o.created for o in due] or [0.0]
    in_time = sum(0.0 < o.finished <= o.created + deadline and o.state == "DONE" for o in due)
    robot_seconds = len(run.robots) * run.now
    samples = max(1, tally.steps // 10) * len(run.robots)
    cycles = wait_cycles(run.waits)
    return CellResult(
        robots=len(run.robots), orders_per_hour=rate, seed=seed, policy=run.settings.policy, site="", hours=hours,
        created=len(orders), done=sum(o.state == "DONE" for o in orders),
        throughput=sum(o.state == "DONE" for o in orders) / hours,
        service_mean=float(np.mean(service)), service_p95=float(np.percentile(service, 95)),
        in_time=in_time / len(due) if due else 1.0,
        waiting=sum(w.end - w.start for w in run.waits) / robot_seconds,
        utilisation=tally.busy / samples, halted=sum(r.halted for r in run.robots.values()) / robot_seconds,
        charging=tally.charging / samples, lowest_soc=tally.lowest,
        violations=summary(run.violations()), longest_cycle=max((end - start for _, start, end in cycles), default=0.0),
        step_p99_ms=float(1000.0 * np.percentile(run.step_seconds, 99)), cpu_s=cpu,
    )  # fmt: skip
