"""A rehearsed fleet for the answers of the assistant: engine, orders and kinematic robots are the real ones.

It begins before midnight: one order is delivered and one is cancelled "yesterday", the others are of today.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from typing import Any

from amr_core.check_digits import gs1, iso6346
from amr_core.roadmap import build_roadmap
from amr_core.site import Site, load_site
from amr_fleet.assistant.live import facts_of
from amr_fleet.assistant.state import Facts
from amr_fleet.cargo_views import Cargo, CargoView
from amr_fleet.domain.events import Ask
from amr_fleet.ports import FleetSnapshot, OrderRequest, OrderView, Request, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CancelOrder, CreateOrder, SetPaused, SetZone
from amr_fleet.visit_requests import SetCutoff

MIDNIGHT = 86_400.0
PALLETS = [f"{base}{gs1(base)}" for base in ("89385000000000001", "89385000000000002")]
BOXES = [f"{base}{iso6346(base)}" for base in ("TCLU456789", "MSCU123456")]
LANE = "A2"


@dataclass
class RealFleet:
    """orders: their ids by what is special about them. driving: a picture in which a robot is on a lane."""

    site: Site
    run: Rehearsal
    orders: dict[str, str] = field(default_factory=dict)
    driving: FleetSnapshot | None = None
    truth: dict[str, tuple[float, float]] = field(default_factory=dict)

    def ask(self, request: Request[Any]) -> None:
        self.run.step([Ask(1, request)])

    def order(self, name: str, pick: str, drop: str, **wish: Any) -> str:
        before = set(self.run.engine.world.state.orders)
        self.ask(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, **wish)))
        [made] = set(self.run.engine.world.state.orders) - before
        self.orders[name] = made
        return made

    def until(self, there: Callable[[Rehearsal], bool], seconds: float = 900.0) -> None:
        assert self.run.run(there, seconds), "the rehearsal never came there"

    def node(self, name: str) -> str:
        """Return where the robot of an order is, as the engine says it."""
        snapshot = self.run.engine.snapshot()
        robot = next((order.robot for order in snapshot.orders if order.order_id == self.orders[name]), "")
        return next((one.node for one in snapshot.robots if one.name == robot), "")

    def robot(self, name: str) -> str:
        """Return the robot of an order."""
        return self.run.engine.world.state.orders[self.orders[name]].robot

    @property
    def snapshot(self) -> FleetSnapshot:
        return self.run.engine.snapshot()

    @property
    def ended(self) -> list[OrderView]:
        return [order.view() for order in reversed(self.run.engine.orders()) if not order.open]

    @property
    def cargo(self) -> list[CargoView]:
        return list(self.run.engine.world.state.cargo.loads.values())

    @property
    def facts(self) -> Facts:
        return facts_of(self.snapshot, self.cargo, self.site, self.ended)


@cache
def real_fleet() -> RealFleet:
    """Return the fleet as it is after midnight; made once, for tests that only look at it."""
    site = load_site("cai_cui")
    how = Behaviour(stop_rate=0.0)
    run = Rehearsal(
        build_roadmap(site), units_of(site, 4), how=how, dt=0.5, now=MIDNIGHT - 240.0, watch=False
    )  # fmt: skip
    fleet = RealFleet(site, run)
    fleet.until(lambda r: r.engine.ready, 30.0)
    fleet.ask(SetCutoff(name="SL-12", kind="barge", at=MIDNIGHT + 7200.0, planned=4))
    fleet.ask(SetCutoff(name="CT-12", kind="truck", at=MIDNIGHT + 7200.0, planned=4))
    rice, fruit = Cargo(kind="pallet", lot="gạo"), Cargo(kind="pallet", lot="trái cây")
    gone = fleet.order("gone", "B1", "D04", held=True, cargo=replace_lot("phân bón"), load_id="LOT-7")
    fleet.ask(CancelOrder(order_id=gone, user="lan"))
    first = fleet.order("first", "D01", "A1W", load_id=PALLETS[0], cargo=rice, cutoff="SL-12")
    fleet.until(lambda r: not r.engine.world.state.orders[first].open)
    assert run.now < MIDNIGHT, "the first order was not delivered before midnight"
    fleet.until(lambda r: r.now > MIDNIGHT)
    fleet.ask(SetZone(zone=ZoneRequest(zone_id="K-1", kind="closed", elements=(LANE,), text="dọn hàng", user="lan")))
    fleet.order("behind", "A2E", "D11", load_id=PALLETS[1], cargo=fruit, deadline=MIDNIGHT + 5 * 3600.0)
    fleet.order(
        "late", "G1", "D02", priority=9, deadline=run.now + 30.0, cargo=replace_lot("phân bón"), load_id="LOT-8"
    )
    fleet.order("picked", "D03", "A1E", load_id=BOXES[0], cargo=Cargo(kind="container"), deadline=MIDNIGHT + 9 * 3600.0)
    fleet.until(
        lambda r: "@" in fleet.node("late") and fleet.node("late").partition("@")[0] in ("NE", "NW", "SE", "SW")
    )
    fleet.driving = fleet.snapshot
    fleet.truth = {name: robot.place() for name, robot in run.robots.items()}
    fleet.until(lambda r: fleet.node("picked").startswith("D03_"))
    fleet.ask(SetPaused(robots=(fleet.robot("picked"),), pause=True, user="minh", text="đang dỡ tay"))
    area = next(zone.polygon for zone in site.zones if zone.id == "crossing_90_south")
    seen = ZoneRequest(
        zone_id="camera:C12:person_near:1", kind="hold", polygon=tuple(area), code="camera.person_near", text="C12 X9",
        until=run.now + 3600.0, user="camera",
    )  # fmt: skip
    fleet.ask(SetZone(zone=seen))
    fleet.run.step()
    return fleet


def replace_lot(lot: str) -> Cargo:
    """Return cargo of a lot."""
    return Cargo(kind="lot", lot=lot)


def near(point: tuple[float, float], line: list[tuple[float, float]]) -> float:
    """Return the distance (m) from a point to a polyline, by hand: what the answers are judged by."""
    best = math.inf
    for (ax, ay), (bx, by) in pairwise(line):
        length = math.dist((ax, ay), (bx, by)) or 1.0
        share = ((point[0] - ax) * (bx - ax) + (point[1] - ay) * (by - ay)) / length**2
        share = min(1.0, max(0.0, share))
        best = min(best, math.dist(point, (ax + share * (bx - ax), ay + share * (by - ay))))
    return best
