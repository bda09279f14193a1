"""A fleet engine whose kinematic robots are reached over VDA 5050 only: master control, a carrier, robots.

All in one thread with its own clock, so a seed gives the same run; with a real broker between the two sides, too.
"""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from amr_core import vda5050
from amr_core.robots import LIFT_AMR
from amr_core.site import Site
from amr_fleet.domain.events import Ask, Event
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal.kinematic import KinematicRobot
from amr_fleet.rehearsal.rehearsal import Rehearsal, units_of
from amr_fleet.requests import CreateOrder
from amr_interop.vda.floors import Floors
from amr_interop.vda.master import Master
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.sent import FileShelf, MemoryShelf, Shelf
from amr_interop.vda.versions import SPELLINGS, Spelling
from amr_lab.mqtt_bench.brokers import broker
from amr_lab.mqtt_bench.carrier import BrokerCarrier, Carrier, SeededLink

EPOCH = 1_800_000_000.0  # s, a day in 2027: VDA 5050 has dates where a simulation has seconds
MANUFACTURER = "ACME"
# chosen: longer than an order takes at the site; with nothing done within it a fleet stands for good
_PATIENCE_S = 900.0
_GOES_ON_S = 10.0  # chosen: the next state comes within seconds, and then a robot drives on; later counts as never


class Hand:
    """A kinematic robot as an agent: an update that begins at the decision point lengthens what it has."""

    def __init__(self, robot: KinematicRobot) -> None:
        self.robot = robot
        self.order: vda5050.Order | None = None

    def take(self, order: vda5050.Order) -> None:
        """Give the robot the whole of an order."""
        old = self.order
        if old is not None and old.order_id == order.order_id and self.robot.order_id == order.order_id:
            first = order.nodes[0].sequence_id
            kept = tuple(n for n in old.nodes if n.sequence_id < first)
            edges = tuple(e for e in old.edges if e.sequence_id < first)
            order = vda5050.Order(order.robot, order.order_id, order.update_id, kept + order.nodes, edges + order.edges)
        self.order = order
        self.robot.take(order)

    def obey(self, command: vda5050.Order | vda5050.InstantAction) -> None:
        """Do what an agent is told; an instant action is done at once."""
        if isinstance(command, vda5050.Order):
            self.take(command)
            return
        self.robot.instant(command)
        done = vda5050.ActionState(command.action_id, command.action_type, "FINISHED")
        self.robot.actions[command.action_id] = done


class VdaFleet(Rehearsal):
    """A rehearsal in which each robot has a master on the fleet's side; versions go round."""

    def wire(
        self, link: Any, versions: Sequence[Spelling] | None = None, shelf: Shelf | None = None,
        floors: Floors | None = None,
    ) -> None:  # fmt: skip
        """Put masters, carrier and the robots' VDA 5050 sides between engine and robots."""
        self.floors = floors
        self.link: Any = link
        self.carrier: Carrier = link
        self.shelf = shelf or MemoryShelf()
        self.versions = list(versions or SPELLINGS)
        self.faces: dict[str, VdaRobot] = {}
        self.hands = {name: Hand(robot) for name, robot in self.robots.items()}
        for index, name in enumerate(self.robots):
            spelling = self.versions[index % len(self.versions)]
            self.faces[name] = VdaRobot(
                name, LIFT_AMR, spelling, manufacturer=MANUFACTURER, serial=name, map_id="site", roadmap=self.roadmap,
                floors=floors,
            )  # fmt: skip
            self.faces[name].connected(EPOCH)
        self.restart_masters()
        self._told = -1.0

    def restart_masters(self) -> None:
        """Master control is killed and starts again with what it kept."""
        self.masters = {
            name: Master(name, MANUFACTURER, name, map_id="site", shelf=self.shelf, floors=self.floors)
            for name in self.robots
        }

    def step(self, events: Sequence[Event] = ()) -> None:
        """Advance robots, both sides and engine by dt."""
        self.now = round(self.now + self.dt, 3)
        now = EPOCH + self.now
        self._robots(now)
        for topic, payload in self.carrier.arrived(self.now):
            name = topic.split("/")[3]
            side: Any = self.faces[name] if topic.endswith(("order", "instantActions")) else self.masters[name]
            side.receive(now, topic, payload, retained=False)
        result = self.engine.step(self.now, [*events, *self.door_reports(), *self.lift_reports(), *self._reports(now)])
        self.journal += result.entries
        self.tell_doors(result)
        for sent in result.commands:
            master = self.masters[sent.robot]
            master.order(sent) if isinstance(sent, vda5050.Order) else master.instant(sent)
        if self.watch:
            self._check()

    def _robots(self, now: float) -> None:
        for name, robot in self.robots.items():
            robot.step(self.dt)
            face = self.faces[name]
            face.heard(now, robot.report())
            done = face.step(now)
            for command in done.to_agent:
                self.hands[name].obey(command)
            for message in done.messages:
                self.carrier.send(self.now, message)

    def _reports(self, now: float) -> list[Event]:
        found: list[Event] = []
        due = self.now - self._told >= 1.0
        for master in self.masters.values():
            outcome = master.step(now)
            for message in outcome.messages:
                self.carrier.send(self.now, message)
            if outcome.state is not None and (master.fresh or due):
                found.append(outcome.state)
        self._told = self.now if due else self._told
        return found


def ask_orders(fleet: Rehearsal, count: int, seed: int = 1, first: int = 0) -> list[Ask]:
    """Return requests between random places."""
    rng = random.Random(f"{seed}-{first}")
    places = sorted(fleet.engine.world.places)
    asks = []
    for number in range(first, first + count):
        pick, drop = rng.sample(places, 2)
        request = OrderRequest(pick_place=pick, drop_place=drop, user="bench", reference=f"bench-{number}")
        asks.append(Ask(number, CreateOrder(order=request)))
    return asks


def figures(fleet: VdaFleet, orders: int) -> dict[str, Any]:
    """Return what came of it: every load taken once and given once, by robots that were only where they may be."""
    loads = {
        what: Counter(load for robot in fleet.robots.values() for load in getattr(robot, what))
        for what in ("picked", "dropped")
    }
    found = fleet.violations()
    return {
        "orders": orders,
        "delivered": sum(entry.kind == "order_done" for entry in fleet.journal),
        "open": len(fleet.engine.world.state.open_orders),
        "picked_twice": sum(n > 1 for n in loads["picked"].values()),
        "dropped_twice": sum(n > 1 for n in loads["dropped"].values()),
        "collisions": len(found),
        "space_given_twice": fleet.held_violations,
        "hours": round(fleet.now / 3600.0, 2),
        "messages": dict(sorted(fleet.link.counts.items())),
        "bytes_per_robot_s": {
            way: round(sum(fleet.link.octets[kind] for kind in kinds) / fleet.now / len(fleet.robots))
            for way, kinds in (("up", ("state", "connection", "factsheet")), ("down", ("order", "instantActions")))
        },
        "faults": dict(sorted(fleet.link.faults.items())),
        "masters": dict(sum((master.counts for master in fleet.masters.values()), Counter[str]())),
        "robots": dict(sum((face.counts for face in fleet.faces.values()), Counter[str]())),
    }


def passed(found: dict[str, Any]) -> bool:
    """Return whether nothing was lost, done twice or given away."""
    wrong = ("open", "picked_twice", "dropped_twice", "collisions", "space_given_twice")
    outage = found.get("outage")
    went_on = not outage or (outage["went_on_after"] is not None and not outage["driving_at_its_end"])
    return found["delivered"] == found["orders"] and went_on and not any(found[name] for name in wrong)


def run_mqtt_fleet(
    model: Site, robots: int, orders: int, seed: int, share: float, given: str, restarts: int, output: Path | None,
    *, kills: int = 0, outage: float = 0.0,
) -> bool:  # fmt: skip
    """Run a mixed fleet over a broker, a share of the messages lost, as many doubled and late; print the figures.

    given: HOST:PORT of a broker; restarts: how often master control is killed on the way; kills: how often fleet and
    master control are, to start again from journal and files; outage: s in which nothing passes. False when something
    failed.
    """
    from amr_core.roadmap import build_roadmap

    fleet = VdaFleet(build_roadmap(model), units_of(model, robots), seed=seed)
    link = SeededLink(seed, share, share, share)
    began = time.perf_counter()
    with broker(given) as (address, name), tempfile.TemporaryDirectory() as folder:
        carrier = BrokerCarrier(address, link)
        try:
            fleet.wire(link, shelf=FileShelf(Path(folder)) if kills else None)
            fleet.carrier = carrier
            killed, told = _drive(fleet, orders, seed, restarts, kills=kills, outage=outage)
        finally:
            carrier.close()
    found = {"site": model.id, "fleet": len(fleet.robots), "broker": name, "seed": seed, "share": share}
    found |= {
        "master_restarts": killed,
        "server_kills": min(kills, killed),
        "outage": told,
        **figures(fleet, orders),
        "seconds": round(time.perf_counter() - began, 1),
    }
    text = json.dumps(found, indent=2)
    sys.stdout.write(text + "\n")
    if output is not None:
        output.write_text(text + "\n", encoding="utf-8")
    return passed(found)


def silence(fleet: VdaFleet, seconds: float) -> dict[str, Any]:
    """Let nothing pass for a while when all robots drive; return whether they stood then, and when one drove again."""
    before = len(fleet.engine.world.traffic.violations())
    driving = sum(robot.edge is not None for robot in fleet.robots.values())
    fleet.link.down = True
    fleet.run(lambda _: False, seconds)
    still = sum(robot.edge is not None for robot in fleet.robots.values())
    fleet.link.down = False
    back = fleet.now
    again = fleet.run(lambda f: any(r.edge is not None for r in f.robots.values()), _GOES_ON_S)
    return {
        "seconds": seconds, "driving_before": driving, "driving_at_its_end": still,
        "went_on_after": round(fleet.now - back, 1) if again else None,
        "violations": len(fleet.engine.world.traffic.violations()) - before,
    }  # fmt: skip


def _drive(
    fleet: VdaFleet, orders: int, seed: int, restarts: int, *, kills: int = 0, outage: float = 0.0
) -> tuple[int, dict[str, Any]]:
    """Give orders as fast as they are done and step until the last; stop when none ends for long.

    restarts, kills: how often master control, or all of the server, is thrown away; outage: s of silence, once. Return
    how often something was, and what came of the silence.
    """
    rng = random.Random(seed)
    total = restarts + kills
    told: dict[str, Any] = {}
    for _ in range(30):
        fleet.step()
    given, killed, last, since = 0, 0, 0, fleet.now
    while True:
        state = fleet.engine.world.state
        done = given - len(state.open_orders)
        if done != last:
            last, since = done, fleet.now
        if (given == orders and fleet.done) or fleet.now - since > _PATIENCE_S:
            return killed, told
        more = min(orders - given, 2 * len(fleet.robots) - len(state.open_orders))
        fleet.step(ask_orders(fleet, more, seed, given) if more > 0 else ())
        given += max(0, more)
        if outage and not told and done >= orders // 4 and _half_drives(fleet):
            told = silence(fleet, outage)
        if killed < total and done >= killed * orders / (total + 1) and rng.random() < 0.05:
            killed += 1
            fleet.restart_masters()
            if killed <= kills:
                fleet.restart_fleet()


def _half_drives(fleet: VdaFleet) -> bool:
    return 2 * sum(robot.edge is not None for robot in fleet.robots.values()) >= len(fleet.robots)
