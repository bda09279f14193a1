"""Doors in Gazebo without Gazebo: leaves are led, and nothing is said of a leaf that nobody heard of."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import pytest

from amr_core.geometry import FloatArray, Pose2D, rectangle, transform
from amr_core.site import load_site
from amr_sim.gazebo_doors import NEAR, SILENT_AFTER, GazeboDoors, Leaves

SITE = load_site("cai_cui")
GATE = "crossdock_gate"
TOP = 5.0
"""m: a gate's leaf goes up so far, in 3 s."""


def body(x: float, y: float) -> FloatArray:
    return transform(rectangle(0.675, 0.675, 0.46), Pose2D(x, y, math.pi / 2))


class Gate:
    """The gate with a leaf that hangs where leaf(commanded height) says; None: Gazebo says nothing."""

    def __init__(self, leaf: Callable[[float], float | None]) -> None:
        self.doors = GazeboDoors(SITE)
        self.door = self.doors.all[GATE]
        self.now, self.height, self._leaf = 0.0, 0.0, leaf

    def run(self, seconds: float, *, want: bool | None = None, robots: Mapping[str, FloatArray] | None = None) -> str:
        """Pass time, with a request each step where one is given; return what the gate says in the end."""
        for _ in range(round(seconds / 0.1)):
            self.now += 0.1
            if want is not None:
                self.door.tell(self.now, open_it=want)
            height = self._leaf(self.height)
            if height is not None:
                self.doors.hear(GATE, height, self.now)
            self.height = self.doors.step(self.now, robots or {})[GATE]
        return self.door.mode(self.now)


@pytest.fixture
def gate() -> Gate:
    return Gate(lambda height: height)


def test_doors_on_lanes_are_led_up_and_down_again(gate: Gate) -> None:
    assert set(gate.doors.all) == {"fire_door_south", "fire_door_north", GATE}
    assert gate.run(0.5) == "CLOSED"
    assert gate.run(1.5, want=True) == "OPENING"
    assert gate.height == pytest.approx(TOP / 2, abs=0.4)
    assert gate.run(2.0, want=True) == "OPEN"
    assert gate.height == pytest.approx(TOP)
    assert gate.run(1.0, want=False) == "CLOSING"
    assert gate.run(3.0, want=False) == "CLOSED"
    assert gate.height == 0.0


def test_it_is_open_only_when_the_leaf_is(gate: Gate) -> None:
    stuck = Gate(lambda height: min(height, 3.0))
    assert stuck.run(20.0, want=True) == "OPENING"
    slack = Gate(lambda height: height * (1.0 - NEAR / 2))
    assert slack.run(5.0, want=True) == "OPEN"
    hangs = Gate(lambda height: max(height, 2.0))
    assert hangs.run(20.0, want=False) == "CLOSING"


def test_a_leaf_that_nobody_hears_of_is_a_silent_door(gate: Gate) -> None:
    unheard = Gate(lambda _height: None)
    unheard.run(1.0, want=True)
    assert unheard.door.silent
    gate.run(0.2)
    assert not gate.door.silent
    gate._leaf = lambda _height: math.nan
    gate.run(SILENT_AFTER + 0.3)
    assert gate.door.silent, "numbers that are none are silence"
    gate._leaf = lambda height: height
    gate.run(0.2)
    assert not gate.door.silent


def test_it_does_not_close_on_a_robot(gate: Gate) -> None:
    gate.run(4.0, want=True)
    below = {"amr_01": body(116.0, 15.5)}
    assert gate.run(20.0, want=False, robots=below) == "CLOSING"
    assert gate.height == TOP
    gate.run(5.0, want=False, robots={"amr_01": body(116.0, 18.0)})
    assert gate.height == 0.0


def test_a_pause_of_the_clock_moves_no_door_far(gate: Gate) -> None:
    gate.run(0.3, want=True)
    before = gate.height
    gate.now += 100.0
    gate.door.tell(gate.now, open_it=True)
    gate.run(0.1)
    assert gate.height - before < TOP / 3.0 * 1.2


def test_leaves_hang_in_the_way_until_they_are_up() -> None:
    leaves = Leaves(SITE)
    assert {name for name, _ in leaves.in_the_way()} == {f"door_{d.id}" for d in SITE.doors if d.lanes}
    assert leaves.hear(GATE, TOP)
    assert f"door_{GATE}" not in dict(leaves.in_the_way())
    assert not leaves.hear(GATE, math.inf)
    assert leaves.share(GATE) == 1.0
    assert leaves.hear(GATE, -3.0)
    assert leaves.share(GATE) == 0.0
