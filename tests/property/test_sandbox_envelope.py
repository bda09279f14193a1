"""Random orders under random envelopes: nothing that is granted lies outside, goes too fast, is too many or too late.

The check knows polygons and the clock only, not what the engine compiled from them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import pytest
import shapely
from hypothesis import HealthCheck, assume, event, given, settings
from hypothesis import strategies as st

from amr_core.errors import AmrError
from amr_fleet.fleet_time import LOCAL
from amr_fleet.ports import OrderRequest
from amr_fleet.requests import CreateOrder
from amr_fleet.sandbox.record import TrialRecord
from tests.unit.trial_rig import BEGIN, Rig, record

EXAMPLES = int(os.environ.get("AMR_TRIAL_EXAMPLES", "15"))  # times 1 to 8 orders; nightly: 10,000
HALF_WIDTH = 0.45  # m of the narrower robot
SECONDS = 240.0

boxes = st.tuples(
    st.floats(0.5, 19.0), st.floats(0.5, 11.0), st.floats(0.3, 6.0), st.floats(0.3, 4.0)
).map(lambda b: [[b[0], b[1]], [b[0] + b[2], b[1]], [b[0] + b[2], b[1] + b[3]], [b[0], b[1] + b[3]]])  # fmt: skip
orders = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=8)


def allowed(found: TrialRecord) -> Callable[[tuple[float, float], tuple[float, float]], bool]:
    """Return whether a robot that drives from one point to another stays where the permit lets it."""
    area = shapely.unary_union([shapely.Polygon(p) for p in found.envelope.areas])
    area = area.difference(shapely.unary_union([shapely.Polygon(p) for p in found.envelope.forbidden]))

    @cache
    def covers(a: tuple[float, float], b: tuple[float, float]) -> bool:
        return bool(area.covers(shapely.LineString([a, b]).buffer(HALF_WIDTH, cap_style="flat")))

    return covers


def check(rig: Rig, found: TrialRecord, covers: Callable[..., bool], seconds_left: float) -> None:
    """Raise AssertionError for anything granted that the permit does not allow."""
    envelope, world = found.envelope, rig.engine.world
    movers = [m for m in world.traffic.movers.values() if m.granted > m.at]
    assert len(movers) <= envelope.max_robots_moving
    for mover in movers:
        assert mover.name in envelope.serials
        assert seconds_left > 0.0, "a way is released after the end"
        for step in range(mover.at, mover.granted):
            a, b = (tuple(world.graph.xy[n]) for n in mover.nodes[step : step + 2])
            assert covers(a, b), (mover.name, a, b)
            assert world.graph.speed[mover.edges[step]] <= envelope.max_speed.all


@pytest.mark.timeout(300 + 4 * EXAMPLES)
@settings(
    max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow]
)
@given(
    forbidden=st.lists(boxes, max_size=3), moving=st.integers(1, 2), speed=st.sampled_from([0.3, 0.6, 1.0]),
    wished=orders, end_s=st.integers(90, 400), alone=st.booleans(),
)  # fmt: skip
def test_nothing_granted_is_outside_the_envelope(
    forbidden: list[Any], moving: int, speed: float, wished: list[tuple[int, int]], end_s: int, alone: bool
) -> None:
    end = datetime.fromtimestamp(BEGIN, LOCAL) + timedelta(seconds=end_s)
    found = record(
        envelope={
            "forbidden": forbidden, "max_robots_moving": moving, "max_speed": {"all": speed},
            "end": end.isoformat(), "serials": ["amr_01"] if alone else ["amr_01", "amr_02"], "margin_s": 30,
        }
    )  # fmt: skip
    rig = Rig(dt=0.5)
    rig.save(found)
    rig.move("submitted")
    rig.move("approved", "quan_tri", "admin")
    rig.move("approved", "so_khcn", "authority")
    assume(not isinstance(rig.move("running"), AmrError))  # a robot stands in what is forbidden
    event(f"{len(wished)} orders")  # for --hypothesis-show-statistics
    names = list(rig.engine.world.places)
    for pick, drop in wished:
        request = OrderRequest(pick_place=names[pick % len(names)], drop_place=names[drop % len(names)])
        rig.ask(CreateOrder(order=request))  # one that goes nowhere is refused
    book, covers = rig.engine.world.state.trials, allowed(found)
    while rig.run.now < SECONDS and rig.state == "running":
        rig.run.step()
        check(rig, found, covers, BEGIN + end_s - book.utc(rig.run.now))
    if rig.state == "expired":
        assert all(m.granted == m.at for m in rig.engine.world.traffic.movers.values())
        assert all(robot.edge is None for robot in rig.run.robots.values())
