"""VDA 5050 robots of three versions under the real fleet engine, over a link that loses, doubles and delays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_core.vda5050 import RobotError
from amr_fleet.rehearsal.rehearsal import units_of
from amr_interop.vda.sent import FileShelf
from amr_interop.vda.versions import V2_0, V2_1, V3_0, Spelling
from tests.vda_pair import Link, VdaRehearsal, orders

COUNT = 5


def rehearsal(link: Link, *versions: Spelling, shelf: FileShelf | None = None) -> VdaRehearsal:
    model = load_site("lab")
    made = VdaRehearsal(build_roadmap(model), units_of(model, 2), seed=1)
    made.wire(link, list(versions), shelf)
    for _ in range(30):
        made.step()
    made.step(orders(made.roadmap, made, COUNT))
    return made


def judge(made: VdaRehearsal) -> None:
    """Everything delivered once, by robots that were only where they were allowed to be."""
    state = made.engine.world.state
    assert made.done, [(o.order_id, o.state, o.robot) for o in state.open_orders.values()]
    for what in ("picked", "dropped"):
        loads = Counter(load for robot in made.robots.values() for load in getattr(robot, what))
        assert len(loads) == COUNT
        assert set(loads.values()) == {1}
    assert made.held_violations == 0
    assert made.violations() == []


@pytest.mark.parametrize("versions", [(V2_0, V2_1), (V2_1, V3_0), (V3_0, V3_0)], ids=lambda v: v[0].version)
def test_orders_are_delivered_in_every_version(versions: tuple[Spelling, ...]) -> None:
    made = rehearsal(Link(), *versions)
    made.run(lambda r: r.done, 3600.0)
    judge(made)
    assert not any(master.counts for master in made.masters.values())
    assert not any(face.counts for face in made.faces.values())


def test_nothing_is_lost_or_done_twice_when_a_tenth_of_the_messages_goes_wrong() -> None:
    made = rehearsal(Link(seed=5, lost=0.1, doubled=0.1, late=0.1), V2_1, V3_0)
    made.run(lambda r: r.done, 7200.0)
    judge(made)


def test_master_control_is_killed_again_and_again(tmp_path: Path) -> None:
    made = rehearsal(Link(seed=6, lost=0.02), V2_1, V3_0, shelf=FileShelf(tmp_path, sync=lambda _: None))
    for count in range(1, 60000):
        if made.done:
            break
        made.step()
        if count % 97 == 0:
            made.restart_masters()
        if count % 331 == 0:
            made.restart_fleet()
    judge(made)


def test_robots_stop_at_the_end_of_their_base_without_the_broker_and_go_on_when_it_is_back() -> None:
    made = rehearsal(Link(seed=7), V2_1, V3_0)
    made.run(lambda r: any(robot.edge is not None for robot in r.robots.values()), 600.0)
    made.link.down = True
    made.run(lambda _: False, 60.0)
    assert all(robot.edge is None for robot in made.robots.values())
    made.link.down = False
    end = made.now + 10.0
    assert made.run(lambda r: any(robot.edge is not None for robot in r.robots.values()), 10.0), end
    made.run(lambda r: r.done, 3600.0)
    judge(made)


@pytest.mark.parametrize("spelling", [V2_0, V2_1, V3_0], ids=lambda v: v.version)
def test_a_load_that_could_not_be_handled_is_tried_again_in_every_version(
    spelling: Spelling, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Seen over ROS after kill -9 of the simulator: in 2.1 the failure went out as FATAL, for which a person must come:
    the robot stood loaded before its place for good, and its next try never left master control."""
    made = rehearsal(Link(), spelling)
    open_orders = made.engine.world.state.orders
    assert made.run(lambda r: any(o.state == "PICKING" for o in open_orders.values()), 600.0)
    name = next(o.robot for o in open_orders.values() if o.state == "PICKING")
    driver = made.robots[name]
    failed = driver.order_id
    for key, action in list(driver.actions.items()):
        driver.actions[key] = replace(action, status="FAILED", result_code="load.failed")
    driver.loads[:], driver.busy, driver.changed = [], 0.0, True

    def errors() -> Iterator[RobotError]:
        if driver.order_id == failed:  # an agent clears it with its next order
            yield RobotError("load.failed", "FATAL", {"load_id": "PAL-1", "load_code": 99})

    monkeypatch.setattr(driver, "_errors", errors)
    made.run(lambda r: r.done, 1200.0)
    assert [e.facts["code"] for e in made.journal if e.kind == "order_attempt"] == ["load.failed"]
    judge(made)
