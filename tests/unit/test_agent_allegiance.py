"""A robot obeys one fleet until it is released, and of that fleet only the newest process."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site
from amr_core.vda5050 import NOBODY, InstantAction, Leader, RobotError, RobotState
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.settings import Unit
from amr_navigation.agent import model as m
from amr_navigation.agent.allegiance import Allegiance
from amr_navigation.agent.engine import AgentEngine
from amr_navigation.nodes.fleet_file import FleetFile
from tests.unit.agent_rig import Rig, make_order

OURS, NEWER, OLDER = Leader("cai_cui-1", 5), Leader("cai_cui-1", 6), Leader("cai_cui-1", 4)
OTHER = Leader("lab-2", 99)


def led(rig: Rig, leader: Leader = OURS) -> Rig:
    rig.beat = False
    rig.send(m.FleetBeat(leader))
    return rig


def drives(rig: Rig) -> bool:
    return any(isinstance(c, m.FollowLeg) for c in rig.commands)


@pytest.mark.parametrize("sender", [OTHER, OLDER, NOBODY])
def test_an_order_of_another_fleet_or_an_older_process_moves_nothing(sender: Leader) -> None:
    rig = led(Rig())
    rig.send(m.OrderReceived(replace(make_order(5), leader=sender)))
    rig.run(1.0)
    assert not drives(rig)
    assert rig.report is not None
    assert rig.report.order_id == ""
    error = rig.error("agent.foreign_fleet")
    assert error is not None
    assert error.level == "WARNING"
    assert error.facts == {
        "fleet": sender.instance, "epoch": sender.epoch, "obeys": OURS.instance, "obeys_epoch": OURS.epoch
    }  # fmt: skip


@pytest.mark.parametrize("sender", [OURS, NEWER])
def test_its_own_fleet_goes_on_after_a_restart(sender: Leader) -> None:
    rig = led(Rig())
    rig.send(m.FleetBeat(sender), m.OrderReceived(replace(make_order(5), leader=sender)))
    rig.run(1.0)
    assert drives(rig)
    assert rig.report is not None
    assert rig.report.leader == sender
    assert rig.error("agent.foreign_fleet") is None


@pytest.mark.parametrize("kind", ["startPause", "cancelOrder", "initPosition", "stopPause"])
def test_instant_actions_of_another_fleet_do_nothing(kind: str) -> None:
    rig = led(Rig())
    rig.send(m.OrderReceived(replace(make_order(5), leader=OURS)))
    pose = {"x": "1", "y": "2", "theta": "0"}
    out = rig.send(InstantAction("r1", kind, "i1", pose, OTHER))
    assert rig.report is not None
    assert not rig.report.paused
    assert not any(a.action_id == "i1" for a in rig.report.actions)
    assert not any(isinstance(c, m.SetInitialPose) for c in out)
    assert rig.error("agent.foreign_fleet") is not None


def test_a_robot_that_is_started_again_still_obeys_the_fleet_of_before() -> None:
    """A test fleet in the next hall must not take it over because it spoke first."""
    rig = Rig()
    rig.engine = AgentEngine("r1", LIFT_AMR, leader=OURS)
    led(rig, OTHER)
    rig.send(m.OrderReceived(replace(make_order(5), leader=OTHER)))
    assert not drives(rig)
    rig.send(m.FleetBeat(NEWER), m.OrderReceived(replace(make_order(5), leader=NEWER)))
    assert drives(rig)


def test_beats_of_another_fleet_do_not_keep_it_driving() -> None:
    rig = led(Rig(speed=0.5))
    rig.send(m.OrderReceived(replace(make_order(5), leader=OURS)))
    for _ in range(45):
        rig.send(m.FleetBeat(OTHER))
    assert rig.error("agent.fleet_silent") is not None
    error = rig.error("agent.foreign_fleet")
    assert error is not None
    assert error.facts["fleet"] == OTHER.instance, "people have to find the computer that speaks, too"


def test_one_late_beat_of_the_process_before_is_no_news_two_are() -> None:
    rig = led(Rig(), NEWER)
    rig.send(m.FleetBeat(OURS))
    rig.run(0.2)
    assert rig.error("agent.foreign_fleet") is None
    rig.send(m.FleetBeat(OURS))
    assert rig.error("agent.foreign_fleet") is not None


def test_a_released_robot_obeys_the_next_that_it_hears() -> None:
    rig = led(Rig())
    rig.send(m.FleetBeat(OTHER))
    rig.send(m.FleetBeat(OTHER))
    rig.send(m.Release())
    rig.run(0.2)
    assert rig.error("agent.foreign_fleet") is None
    rig.send(m.FleetBeat(OTHER))
    rig.send(m.OrderReceived(replace(make_order(5), leader=OTHER)))
    assert drives(rig)
    rig.send(m.FleetBeat(OURS), m.FleetBeat(OURS))
    assert rig.report is not None
    assert rig.report.leader == OTHER


def test_who_says_no_name_is_obeyed_only_while_nobody_has_said_one() -> None:
    allegiance = Allegiance()
    assert allegiance.obeys(NOBODY)
    assert allegiance.leader is None
    assert allegiance.obeys(OURS)
    assert not allegiance.obeys(NOBODY)
    assert Allegiance(OURS).obeys(OTHER) is False, "it remembers over its own restart"


def test_the_note_of_the_fleet_is_kept_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "r1.fleet.json"
    note = FleetFile(str(path))
    assert note.read() is None
    note.keep(OURS)
    assert FleetFile(str(path)).read() == OURS
    note.keep(NEWER)
    assert FleetFile(str(path)).read() == NEWER
    note.keep(None)
    assert not path.exists()
    assert note.error == ""
    FleetFile("").keep(OURS)


@pytest.mark.parametrize(
    "rubbish",
    ["", "[]", "{", '{"instance": "", "epoch": 1}', '{"instance": "a"}', '{"instance": "a", "epoch": -1}', "null",
     '{"instance": 1, "epoch": 1}', '{"instance": "a", "epoch": true}', '{"instance": "a", "epoch": 1e400}',
     "[" * 9000],
)  # fmt: skip
def test_a_damaged_note_is_said_and_binds_to_nobody(tmp_path: Path, rubbish: str) -> None:
    path = tmp_path / "note.json"
    path.write_text(rubbish)
    note = FleetFile(str(path))
    assert note.read() is None
    assert note.error


def test_a_note_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    note = FleetFile(str(tmp_path / "file" / "note.json"))
    note.keep(OURS)
    assert note.error
    (tmp_path / "file").unlink()
    note.keep(OURS)
    assert note.error == ""
    assert json.loads((tmp_path / "file" / "note.json").read_text())["epoch"] == 5


# What the fleets make of it -----------------------------------------------------------------------------------------


def fleet(leader: Leader) -> FleetEngine:
    return FleetEngine(build_roadmap(load_site("lab")), [Unit("amr_01", "lift_amr", "P1")], leader=leader)


def told(engine: FleetEngine, **more: object) -> dict[str, dict[str, object]]:
    node = engine.world.graph.roadmap.nodes["P1"]
    state = RobotState(robot="amr_01", last_node_id="P1", x=node.x, y=node.y, theta=node.theta or 0.0)
    for t in range(8):
        engine.step(float(t), [replace(state, **more)])  # type: ignore[arg-type]
    return {a.code: dict(a.facts) for a in engine.world.state.alarms.active.values()}


@pytest.mark.parametrize("leader", [None, OURS, OLDER])
def test_a_robot_that_obeys_this_fleet_is_no_alarm(leader: Leader | None) -> None:
    engine = fleet(OURS)
    assert told(engine, leader=leader) == {}
    assert engine.world.available(engine.world.robots["amr_01"])


@pytest.mark.parametrize("leader", [OTHER, NEWER])
def test_the_refused_fleet_raises_an_alarm_and_gives_the_robot_no_work(leader: Leader) -> None:
    engine = fleet(OURS)
    assert told(engine, leader=leader)["alarm.second_fleet"] == {"robot": "amr_01", "fleet": leader.instance}
    robot = engine.world.robots["amr_01"]
    assert not engine.world.available(robot)
    assert robot.root is not None
    assert robot.root.facts["error"] == "agent.foreign_fleet"
    assert told(engine, leader=OURS).get("alarm.second_fleet") is not None, "it lasts a few seconds"


def test_the_fleet_that_is_obeyed_hears_of_the_other_from_its_robot() -> None:
    engine = fleet(OURS)
    refused = RobotError("agent.foreign_fleet", "WARNING", {"fleet": OTHER.instance, "epoch": 1})
    assert told(engine, leader=OURS, errors=(refused,))["alarm.second_fleet"]["fleet"] == OTHER.instance
    assert engine.world.available(engine.world.robots["amr_01"])
