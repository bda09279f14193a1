"""A fleet engine whose kinematic robots are reached over VDA 5050 only: master control, a link that loses, robots.

Everything is pure and in one thread; the link is seeded. Every message is checked against the schema of its version.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs

from amr_core.roadmap import Roadmap
from amr_fleet.domain.events import Ask
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import CreateOrder
from amr_interop.vda.outbox import Outgoing
from amr_lab.mqtt_bench.carrier import SeededLink
from amr_lab.mqtt_bench.fleet import EPOCH as EPOCH
from amr_lab.mqtt_bench.fleet import Hand as Hand
from amr_lab.mqtt_bench.fleet import VdaFleet

SCHEMAS = Path(__file__).parent / "data" / "vda5050"


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
class Link(SeededLink):
    """The seeded proxy, which holds every message against its schema."""

    def send(self, now: float, message: Outgoing) -> None:
        """Take a message of either side."""
        check(message)
        super().send(now, message)


VdaRehearsal = VdaFleet


def orders(roadmap: Roadmap, rehearsal: Rehearsal, count: int, seed: int = 1) -> list[Ask]:
    """Return requests between random places."""
    rng = random.Random(seed)
    places = sorted(rehearsal.engine.world.places)
    asks = []
    for number in range(count):
        pick, drop = rng.sample(places, 2)
        asks.append(Ask(number, CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, user="test"))))
    return asks
