"""A fleet engine whose kinematic robots are reached over VDA 5050 only: master control, a link that loses, robots.

Everything is pure and in one thread; the link is seeded. Every message is checked against the schema of its version.
"""

from __future__ import annotations

import json
import random
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from amr_core import vda5050
from amr_core.roadmap import Roadmap
from amr_core.robots import LIFT_AMR
from amr_fleet.domain.events import Ask, Event
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import CreateOrder
from amr_interop.vda.master import Master
from amr_interop.vda.outbox import Outgoing
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.sent import MemoryShelf, Shelf
from amr_interop.vda.versions import SPELLINGS, Spelling

SCHEMAS = Path(__file__).parent / "data" / "vda5050"
EPOCH = 1_800_000_000.0


@cache
def schema(version: str, name: str) -> Any:
    """Return the official schema; 2.0 goes by that of 2.1, whose field names it shares."""
    release = "3.0.0" if version.startswith("3") else "2.1.0"
    return jsonschema_rs.validator_for(json.loads((SCHEMAS / f"{release}_{name}.schema").read_text(encoding="utf-8")))


def check(message: Outgoing) -> None:
    """Raise AssertionError with what is wrong with a message."""
    version = str(message.message["version"])
    errors = [
        f"{'/'.join(map(str, e.instance_path))}: {e.message}"
        for e in schema(version, message.topic.rpartition("/")[2]).iter_errors(dict(message.message))
        # 2.1's schema forgot a status that its text has (6.11).
        if not (version < "3" and "PAUSED" in e.message)
    ]
    assert not errors, (message.topic, errors[:3])


@dataclass
class Link:
    """Carries messages: some are lost, doubled or late by up to 2 s, as the seed says."""

    seed: int = 1
    lost: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    down: bool = False
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._rng = random.Random(self.seed)
        self._waiting: list[tuple[float, int, Outgoing]] = []
        self._number = 0

    def send(self, now: float, message: Outgoing) -> None:
        """Take a message of either side."""
        check(message)
        self.counts[message.topic.rpartition("/")[2]] += 1
        if self.down or self._rng.random() < self.lost:
            return
        for _ in range(1 + (self._rng.random() < self.doubled)):
            delay = self._rng.uniform(0.0, 2.0) if self._rng.random() < self.late else 0.0
            self._number += 1
            self._waiting.append((now + delay, self._number, message))

    def arrived(self, now: float) -> list[tuple[str, bytes]]:
        """Return what is there now, in the order of its arrival."""
        due = sorted(entry for entry in self._waiting if entry[0] <= now)
        self._waiting = [entry for entry in self._waiting if entry[0] > now]
        return [(m.topic, json.dumps(dict(m.message)).encode()) for _, _, m in due]


class Hand:
    """A kinematic robot as an agent: an update that begins at the decision point lengthens what it has."""

    def __init__(self, robot: Any) -> None:
        self.robot = robot
        self.order: vda5050.Order | None = None

    def take(self, order: vda5050.Order) -> None:
        old = self.order
        if old is not None and old.order_id == order.order_id and self.robot.order_id == order.order_id:
            first = order.nodes[0].sequence_id
            kept = tuple(n for n in old.nodes if n.sequence_id < first)
            edges = tuple(e for e in old.edges if e.sequence_id < first)
            order = vda5050.Order(order.robot, order.order_id, order.update_id, kept + order.nodes, edges + order.edges)
        self.order = order
        self.robot.take(order)


class VdaRehearsal(Rehearsal):
    """A rehearsal in which each robot has a master on the fleet's side; versions go round."""

    def wire(self, link: Link, versions: list[Spelling] | None = None, shelf: Shelf | None = None) -> None:
        self.link = link
        self.shelf = shelf or MemoryShelf()
        self.versions = versions or list(SPELLINGS)
        self.faces: dict[str, VdaRobot] = {}
        self.hands = {name: Hand(robot) for name, robot in self.robots.items()}
        for index, name in enumerate(self.robots):
            spelling = self.versions[index % len(self.versions)]
            self.faces[name] = VdaRobot(
                name, LIFT_AMR, spelling, manufacturer="ACME", serial=name, map_id="site", roadmap=self.roadmap
            )
            self.faces[name].connected(EPOCH)
        self.restart_masters()
        self._told = -1.0

    def restart_masters(self) -> None:
        """Master control is killed and starts again with what it kept."""
        self.masters = {name: Master(name, "ACME", name, map_id="site", shelf=self.shelf) for name in self.robots}

    def step(self, events: Any = ()) -> None:
        self.now = round(self.now + self.dt, 3)
        now = EPOCH + self.now
        for name, robot in self.robots.items():
            robot.step(self.dt)
            face = self.faces[name]
            face.heard(now, robot.report())
            done = face.step(now)
            for command in done.to_agent:
                if isinstance(command, vda5050.Order):
                    self.hands[name].take(command)
                else:
                    robot.instant(command)
                    self._instant_done(name, command)
            for message in done.messages:
                self.link.send(self.now, message)
        for topic, payload in self.link.arrived(self.now):
            name = topic.split("/")[3]
            side: Any = self.faces[name] if topic.endswith(("order", "instantActions")) else self.masters[name]
            side.receive(now, topic, payload, retained=False)
        inbox: list[Event] = list(events)
        for master in self.masters.values():
            outcome = master.step(now)
            for message in outcome.messages:
                self.link.send(self.now, message)
            if outcome.state is not None and (master.fresh or self.now - self._told >= 1.0):
                inbox.append(outcome.state)
        if self.now - self._told >= 1.0:
            self._told = self.now
        result = self.engine.step(self.now, inbox)
        self.journal += result.entries
        for sent in result.commands:
            master = self.masters[sent.robot]
            master.order(sent) if isinstance(sent, vda5050.Order) else master.instant(sent)
        if self.watch:
            self._check()

    def _instant_done(self, name: str, command: vda5050.InstantAction) -> None:
        state = vda5050.ActionState(command.action_id, command.action_type, "FINISHED")
        self.robots[name].actions[command.action_id] = state


def orders(roadmap: Roadmap, rehearsal: Rehearsal, count: int, seed: int = 1) -> list[Ask]:
    """Return requests between random places."""
    rng = random.Random(seed)
    places = sorted(rehearsal.engine.world.places)
    asks = []
    for number in range(count):
        pick, drop = rng.sample(places, 2)
        asks.append(Ask(number, CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, user="test"))))
    return asks
