"""Gives both ends of VDA 5050 what nobody would send over MQTT: each other's messages with something wrong in them.

Both ends go on stepping.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Protocol

from amr_core import vda5050 as vda
from amr_core.robots import LIFT_AMR
from amr_interop.vda.master import Master
from amr_interop.vda.outbox import Outgoing
from amr_interop.vda.robot import VdaRobot
from amr_interop.vda.sent import MemoryShelf
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from amr_lab.fleet_bench.bending import bent

_EPOCH: Final = 1_800_000_000.0  # s (Unix)
_STEP: Final = 0.3  # s between two looks at both ends
_ROUND: Final = 40  # inputs between two real messages of each kind
MANUFACTURER: Final = "ACME"


class Ear(Protocol):
    """Who takes messages of a broker."""

    def receive(self, now: float, topic: str, payload: bytes, *, retained: bool) -> None:
        """Take a message, whatever it is."""


@dataclass
class Ends:
    """A master and a robot that speak one version with each other; said: the newest real message of each topic.

    name: of the robot, and its serial number. ear: who takes its messages, None = the master itself. decide(serial,
    now): what the master says to it now; None = one step of it.
    """

    spelling: Spelling
    name: str = "r"
    master: Master | None = None
    ear: Ear | None = None
    decide: Callable[[str, float], Iterable[Outgoing]] | None = None
    map_id: str = "site"
    now: float = _EPOCH

    def __post_init__(self) -> None:
        """Connect both."""
        self.led = self.master or Master(self.name, MANUFACTURER, self.name, map_id=self.map_id, shelf=MemoryShelf())
        self.robot = VdaRobot(
            self.name, LIFT_AMR, self.spelling, manufacturer=MANUFACTURER, serial=self.name, map_id=self.map_id
        )
        self.robot.connected(self.now)
        self.said: dict[str, tuple[Ear, bytes]] = {}
        self._missions = 0

    def step(self) -> None:
        """Let both look at what came, and hear the other's true messages."""
        self.now += _STEP
        self.robot.heard(self.now, vda.RobotState(robot=self.name, last_node_id="A"))
        for message in self.robot.step(self.now).messages:
            self._bring(self.ear or self.led, message)
        said = self.led.step(self.now).messages if self.decide is None else self.decide(self.name, self.now)
        for message in said:
            self._bring(self.robot, message)

    def work(self) -> None:
        """Give an order and an instant action."""
        self._missions += 1
        names, pick = "ABCDEF", (vda.OrderAction("pick", "T1:pick", {"load_id": "PALLET-0001"}),)
        nodes = tuple(
            vda.OrderNode(name, 2 * i, i < 3, 3.0 * i, 0.0, 0.0, pick if name == names[-1] else ())
            for i, name in enumerate(names)
        )
        edges = tuple(
            vda.OrderEdge(f"{a}>{b}", 2 * i + 1, i < 2, a, b, 1.0, "drive") for i, (a, b) in enumerate(pairwise(names))
        )
        self.led.order(vda.Order(self.name, f"M{self._missions}", 0, nodes, edges))
        self.led.instant(vda.InstantAction(self.name, "startPause" if self._missions % 2 else "stopPause", "p"))

    def _bring(self, ear: Ear, message: Outgoing) -> None:
        payload = json.dumps(message.message).encode()
        self.said[message.topic] = (ear, payload)
        ear.receive(self.now, message.topic, payload, retained=False)


def fuzz_mqtt(inputs: int, seed: int, failed: Callable[[str], None], ends: Sequence[Ends] = ()) -> int:
    """Give so many messages to both ends in each version; return how many were counted as malformed.

    failed: is called with where it was while an exception is handled that came out of one of them. ends: these, with
    what is behind them; else a master and a robot alone.
    """
    chance, all_ends = random.Random(seed), list(ends) or [Ends(s) for s in (V2_0, V2_1, V3_0)]
    for number in range(inputs):
        pair = all_ends[number % len(all_ends)]
        if number // len(all_ends) % _ROUND == 0:
            _guarded(pair.work, f"order {pair.spelling.version}", failed)
        if not pair.said or number // len(all_ends) % 4 == 0:
            _guarded(pair.step, f"step {pair.spelling.version}", failed)
        topic = chance.choice(list(pair.said))
        ear, payload = pair.said[topic]
        wrong, retained = bent(payload, chance), chance.random() < 0.1
        try:
            ear.receive(pair.now, topic, wrong, retained=retained)
        except Exception:
            failed(f"MQTT {topic}")
    return sum(sum(pair.led.counts.values()) + sum(pair.robot.counts.values()) for pair in all_ends)


def _guarded(run: Callable[[], None], where: str, failed: Callable[[str], None]) -> None:
    try:
        run()
    except Exception:
        failed(f"MQTT {where}")
