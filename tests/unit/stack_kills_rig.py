"""What tests of `amr bench kills --ros` share: a judge without ROS, what it sees and hears, a journal, an account."""

from __future__ import annotations

import math
from collections import Counter
from types import SimpleNamespace
from typing import Any

import pytest

from amr_fleet.domain.events import JournalEntry
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import OrderRequest
from amr_lab.fleet_bench.clients import Promises
from amr_lab.fleet_bench.nodes import stack_account
from amr_lab.fleet_bench.nodes.stack_account import KillOfOne
from amr_lab.fleet_bench.nodes.truth_judge import SeenRobot, TruthJudge


@pytest.fixture
def judge() -> TruthJudge:
    """A judge without ROS."""
    one = object.__new__(TruthJudge)
    one.robots = {"amr_01": SeenRobot(), "amr_02": SeenRobot()}
    one.picked, one.dropped, one.collisions = Counter(), Counter(), 0
    one.load_began, one._load_goals = -math.inf, set()
    one.ledger = Promises(sent={"W1"}, made={"W1": "T1"})
    one._loads, one._unanswered, one.fleet_heard, one.fleet_stamp, one._wrong = {}, {}, -math.inf, 0.0, set()
    return one


HEARD: dict[str, Any] = {"told": 100.0, "told_localized": True, "told_off": 0.0}
"""What the fleet's side has heard of a robot that is well."""


def figures(
    kills: list[KillOfOne], judge: TruthJudge, journal: list[JournalEntry], *, blind: float = 0.0, delivered: int = 1,
    every: float = 0.0,
) -> dict[str, Any]:  # fmt: skip
    """The account of a run whose cameras held what they guard."""
    signs = SimpleNamespace(worst_blind=blind)
    return stack_account.figures(kills, judge, journal, signs, delivered, every)


def stamp(t: float) -> Any:
    return SimpleNamespace(sec=int(t), nanosec=round(t % 1.0 * 1e9))


def truth(x: float = 1.0, v: float = 0.0, load: str = "", t: float = 5.0) -> Any:
    bodies = [
        SimpleNamespace(name="amr_01", x=x, y=2.0, theta=0.5, v=v, load=load),
        SimpleNamespace(name="person_1", x=0.0, y=0.0),
    ]
    return SimpleNamespace(stamp=stamp(t), bodies=bodies, collisions=0)


def state(x: float = 1.0, *, localized: bool = True, t: float = 5.0) -> Any:
    return SimpleNamespace(header=SimpleNamespace(stamp=stamp(t)), x=x, y=2.0, localized=localized)


def says(judge: TruthJudge, message: Any) -> None:
    """The robot speaks, and the fleet's side hears it at once."""
    judge._on_state("amr_01", message)
    judge._on_told("amr_01", message)


def journal() -> list[JournalEntry]:
    wish = OrderRequest(pick_place="D1", drop_place="A1", reference="W1", load_id="L1")
    kinds = ("order_created", "order_assigned", "order_picked", "order_done")
    facts: dict[str, Any] = {"order_created": facts_of(wish), "order_done": {"place": "A1"}}
    return [
        JournalEntry(t=float(i), kind=kind, order_id="T1", robot="amr_01", facts=facts.get(kind, {}))
        for i, kind in enumerate(kinds)
    ]
