"""One picture: whatever happens, the other process and a page have what the engine has, and its parts agree."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from typing import Any

import pytest

from amr_core import vda5050
from amr_core.errors import AmrError
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.api.models.live import Snapshot
from amr_fleet.api_process.news import NewsReader, NewsWriter
from amr_fleet.domain.events import Ask, Event, JournalEntry, RobotMessage
from amr_fleet.ports import FleetSnapshot, OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CancelOrder, ClearZone, CreateOrder, HoldOrder, SetPaused, SetZone
from amr_fleet.service import FleetService

SITE = load_site("cai_cui")
ROADMAP = build_roadmap(SITE)
PLACES = [place.id for place in SITE.places]
LANES = [lane.id for lane in SITE.lanes]
STEPS = 500
WITHOUT_ORDER = ("IDLE", "CHARGING", "PARKING")


class Floor:
    """A service over an engine with kinematic robots; its disk is full now and then, and its pictures break."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.run = Rehearsal(ROADMAP, units_of(SITE), seed=seed, how=Behaviour(handling=4.0), watch=False)
        self.run.run(lambda r: r.engine.ready, 20.0)
        self.full = self.broken = False
        self.service = FleetService(self.run.engine, self, self.send, steady=lambda: self.run.now)
        self.sound = self.run.engine.snapshot
        vars(self.run.engine)["snapshot"] = self.snapshot

    def snapshot(self, *given: Any) -> FleetSnapshot:
        if self.broken:
            raise RuntimeError("a part that nobody foresaw")
        return self.sound(*given)

    def append(self, entries: Sequence[JournalEntry]) -> None:
        if self.full:
            raise AmrError("store.failed", reason="disk full")

    def recover(self) -> None:
        self.append([])

    def read(self, order_id: str | None = None) -> Sequence[JournalEntry]:
        return []

    def send(self, message: RobotMessage) -> None:
        robot = self.run.robots[message.robot]
        robot.take(message) if isinstance(message, vda5050.Order) else robot.instant(message)

    def step(self) -> None:
        run = self.run
        run.now = round(run.now + 0.1, 3)
        for event in (*self.trouble(), *run.door_reports(), *run.lift_reports()):
            self.service.ask(event.request) if isinstance(event, Ask) else self.service.post(event)
        for robot in run.robots.values():
            robot.step(0.1)
            if robot.alive and (robot.changed or self.rng.random() < 0.1):
                self.service.post(robot.report())
        self.service.advance(run.now)

    def trouble(self) -> list[Event]:
        rng = self.rng
        dice, robot = rng.random(), rng.choice(list(self.run.robots.values()))
        self.full = rng.random() < (0.9 if self.full else 0.004)
        self.broken = rng.random() < (0.8 if self.broken else 0.004)
        if dice < 0.03:
            pick, drop = rng.sample(PLACES, 2)
            wish = OrderRequest(pick_place=pick, drop_place=drop, priority=rng.choice([0, 9]), held=rng.random() < 0.1)
            return [Ask(0, CreateOrder(order=wish))] * rng.choice((1, 1, 4))
        if dice < 0.04:
            zone = ZoneRequest(
                zone_id=rng.choice("xyz"), kind=rng.choice(["closed", "hold"]), elements=(rng.choice(LANES),)
            )
            return [Ask(0, SetZone(zone=zone) if rng.random() < 0.5 else ClearZone(zone_id=zone.zone_id))]
        if dice < 0.05:
            return [Ask(0, SetPaused(robots=(robot.name,), pause=rng.random() < 0.4, user="lan"))]
        if dice < 0.055 and (open_ones := list(self.run.engine.world.state.open_orders)):
            chosen = rng.choice(open_ones)
            return [
                Ask(0, rng.choice([CancelOrder(order_id=chosen), HoldOrder(order_id=chosen, hold=rng.random() < 0.5)]))
            ]
        robot.alive = robot.alive if dice > 0.057 else not robot.alive
        return []


def agrees(frame: dict[str, Any]) -> None:
    """A robot has the order that has it, and is at work then or says what is the matter."""
    robots = {robot["name"]: robot for robot in frame["robots"]}
    orders = {order["order_id"]: order for order in frame["orders"]}
    for name, robot in robots.items():
        if robot["order_id"]:
            assert robot["status"] not in WITHOUT_ORDER
            assert orders[robot["order_id"]]["robot"] == name
    for order_id, order in orders.items():
        if order["robot"]:
            assert robots[order["robot"]]["order_id"] == order_id
            assert order["state"] != "QUEUED"


def with_engine(floor: Floor, shown: FleetSnapshot) -> None:
    """Who has which order is what the engine knows, though not all is looked at for each picture."""
    now = floor.sound()
    assert [(r.name, r.order_id) for r in shown.robots] == [(r.name, r.order_id) for r in now.robots]
    assert [(o.order_id, o.robot, o.state) for o in shown.orders] == [
        (o.order_id, o.robot, o.state) for o in now.orders
    ]


@pytest.mark.parametrize("seed", range(3))
def test_the_other_process_and_a_page_have_the_picture_that_the_engine_has(seed: int) -> None:
    floor = Floor(seed)
    writer, reader = NewsWriter(floor.service), NewsReader()
    whole, given = 0, set[str]()
    for _ in range(STEPS):
        floor.step()
        if floor.rng.random() < 0.5:
            continue  # the teller is late: what was between is never told
        for news in writer.look()[1]:
            reader.hear(news)
        told, now = reader.snapshot, floor.service.snapshot()
        assert told is not None
        assert told == now
        frame = json.loads(Snapshot.of(told).model_dump_json())
        assert frame == json.loads(Snapshot.of(now).model_dump_json())
        agrees(frame)
        if now.t == floor.run.now and now.ready and now.picture_age == 0.0:
            with_engine(floor, now)
            whole += 1
        given.update(robot.order_id for robot in now.robots)
    assert (whole > STEPS / 5, len(given) >= 8) == (True, True), (whole, len(given))
