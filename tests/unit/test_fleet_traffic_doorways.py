"""Doorways and fire lanes, where no robot may stop: what traffic grants into them and out of them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest

from amr_fleet.domain.gates import LIFT, DoorGate
from tests.unit.traffic_bench import Bench, line


def before_a_doorway(gate: dict[str, object], wall: str = "") -> tuple[Bench, set[str]]:
    """r0 stands on n1 before a doorway from n2 to n3 and gets one edge at a time; return the bench and who got more."""
    bench = Bench(line(), base_length=0.0, base_edges=1)
    if wall:
        bench.put("r9", wall).wall = True
    mover = bench.put("r0", "n1")
    mover.set_tail(bench.graph.path(bench.node("n1"), bench.node("S"), bench.graph.seconds) or [])
    mask = bench.graph.mask(["n2", "n3", "n1>n2", "n2>n3", "n3>n4"])
    bench.traffic.gates = (DoorGate("d1", mask, **gate),)  # type: ignore[arg-type]
    return bench, bench.grant(1.0)


@pytest.mark.parametrize(("each", "base"), [(False, ["n1", "n2", "n3", "n4"]), (True, ["n1", "n2"])])
def test_a_step_into_a_doorway_is_given_with_all_steps_through_it_and_into_a_cabin_alone(
    each: bool, base: list[str]
) -> None:
    """A door cannot be closed on who waits in it; in the cabin of a lift a robot stands while it rides."""
    bench, granted = before_a_doorway({"open_to": frozenset({"r0"}), "each": each})
    mover = bench.traffic.movers["r0"]
    assert granted == {"r0"}
    assert bench.base(mover) == base
    assert bench.held(mover) == set(base) | {f"{a}>{b}" for a, b in pairwise(base)}


def test_a_way_that_ends_in_a_doorway_is_granted_to_its_end() -> None:
    """Of one that a person set down in there, for example: there is no step after it to ask for."""
    bench, _ = before_a_doorway({"open_to": frozenset()})
    mover = bench.traffic.movers["r0"]
    mover.set_tail([bench.edge("n1>n2")])
    bench.traffic.gates = (replace(bench.traffic.gates[0], open_to=frozenset({"r0"})),)
    assert bench.grant(2.0) == {"r0"}
    assert bench.base(mover) == ["n1", "n2"]


def test_who_could_not_leave_a_doorway_again_does_not_enter_it() -> None:
    bench, granted = before_a_doorway({"open_to": frozenset({"r0"})}, wall="n4")
    mover = bench.traffic.movers["r0"]
    assert granted == set()
    assert (bench.base(mover), bench.held(mover)) == (["n1"], {"n1"})
    assert mover.blocker is not None
    assert (mover.blocker.robot, mover.blocker.held, mover.blocker.zone) == ("r9", True, "")


@pytest.mark.parametrize(("more", "zone"), [({}, "door:d1"), ({"each": True, "prefix": LIFT}, "lift:d1")])
def test_before_a_door_or_a_lift_that_is_not_open_to_him_he_waits_for_that(more: dict[str, object], zone: str) -> None:
    bench, granted = before_a_doorway({"open_to": frozenset({"r1"}), **more})
    mover = bench.traffic.movers["r0"]
    assert (granted, bench.base(mover)) == (set(), ["n1"])
    assert mover.blocker is not None
    assert (mover.blocker.robot, mover.blocker.held, mover.blocker.zone) == ("", True, zone)


@pytest.mark.parametrize("first", [True, False])
def test_another_door_of_the_site_lets_nobody_stop_in_a_doorway(first: bool) -> None:
    bench, _ = before_a_doorway({"open_to": frozenset()})
    here = replace(bench.traffic.gates[0], open_to=frozenset({"r0"}))
    other = DoorGate("d2", bench.graph.mask(["P0", "n0>P0"]), frozenset({"r0"}))
    bench.traffic.gates = (here, other) if first else (other, here)
    assert bench.grant(2.0) == {"r0"}
    assert bench.base(bench.traffic.movers["r0"]) == ["n1", "n2", "n3", "n4"]


def test_two_doorways_that_touch_are_driven_through_at_once() -> None:
    """A base that ended in the second one held its door open for a robot that waits there."""
    bench, _ = before_a_doorway({"open_to": frozenset()})
    one, two = (bench.graph.mask(names) for names in (["n1>n2", "n2", "n2>n3"], ["n2>n3", "n3", "n3>n4"]))
    bench.traffic.gates = tuple(DoorGate(f"d{k}", mask, frozenset({"r0"})) for k, mask in enumerate((one, two)))
    assert bench.grant(2.0) == {"r0"}
    assert bench.base(bench.traffic.movers["r0"]) == ["n1", "n2", "n3", "n4"]


@pytest.mark.parametrize("each", [False, True])
def test_a_doorway_or_cabin_elsewhere_makes_no_base_longer(each: bool) -> None:
    """Not even at the first node of the map."""
    bench = Bench(line(), base_length=0.0, base_edges=1)
    mover = bench.put("r0", "P0", "S")
    bench.traffic.gates = (DoorGate("d1", bench.graph.mask(["n3", "n2>n3"]), frozenset(), each=each),)
    assert bench.node("n0") == 0
    assert bench.grant(1.0) == {"r0"}
    assert bench.base(mover) == ["P0", "n0"]


@pytest.mark.parametrize(
    ("at", "room", "granted"), [("n2", False, True), ("n1", False, False), ("n1", True, True), ("n0", False, False)]
)
def test_in_a_fire_alarm_only_who_would_stop_in_a_fire_lane_or_keeps_others_in_one_gets_on(
    at: str, room: bool, granted: bool
) -> None:
    bench = Bench(line(), base_length=0.0, base_edges=1)
    mover = bench.put("r0", at)
    mover.set_tail(bench.graph.path(bench.node(at), bench.node("S"), bench.graph.seconds) or [])
    bench.traffic.leaving = bench.graph.mask(["n2", "n1>n2", "n2>n3"])
    bench.traffic.making_room = frozenset({"r0"} if room else ())
    assert bench.grant(1.0) == ({"r0"} if granted else set())
