"""Robots that leave `loads` out of their states, as VDA 5050 allows: what is on board follows from finished actions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from amr_core.vda5050 import UNTOLD_LOADS, ActionState, RobotError, RobotState
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.rehearsal.kinematic import KinematicRobot
from amr_fleet.requests import CancelOrder, SetIntegration, SetPaused
from amr_fleet.vocabulary import Integration
from tests.unit.test_fleet_recovery import two_robots

_ENDED = ("order_done", "order_failed", "order_requeued", "order_cancelled")
_WISH = OrderRequest(pick_place="LR", drop_place="LL", load_id="PAL-1")


def leaves_loads_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have all robots leave `loads` out of their states from now on."""
    told = KinematicRobot.report

    def untold(robot: KinematicRobot) -> RobotState:
        report = told(robot)
        return replace(report, loads=(), errors=(*report.errors, UNTOLD_LOADS))

    monkeypatch.setattr(KinematicRobot, "report", untold)


def silent_of_loads(monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    """Return a run with two robots none of whose states has `loads` in it."""
    leaves_loads_out(monkeypatch)
    return two_robots()


def ends(run: Rehearsal) -> list[str]:
    return [entry.kind for entry in run.journal if entry.kind in _ENDED]


def on_board(run: Rehearsal, robot: str = "r0") -> list[str]:
    (view,) = (view for view in run.engine.snapshot().robots if view.name == robot)
    return list(view.loads)


@pytest.mark.parametrize("fleet_too", [False, True])
def test_a_robot_that_never_tells_its_loads_delivers_and_has_on_board_what_it_picked(
    fleet_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = silent_of_loads(monkeypatch)
    run.create([_WISH, OrderRequest(pick_place="LL", drop_place="LR", load_id="PAL-2")])
    orders = run.engine.world.state.orders
    assert run.run(lambda r: orders["T000001"].state == "TO_DROP", 200.0)
    assert on_board(run, orders["T000001"].robot) == ["PAL-1"]
    if fleet_too:
        run.restart_fleet()
        run.step()
        assert on_board(run, orders["T000001"].robot) == ["PAL-1"]
    assert run.run(lambda r: r.done, 400.0)
    assert ends(run) == ["order_done", "order_done"]
    assert on_board(run, "r0") == on_board(run, "r1") == []


@pytest.mark.parametrize("fleet_too", [False, True])
def test_a_restart_while_it_puts_down_delivers_nothing_by_silence(
    fleet_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It died with the load on board and says nothing of loads: an order that is told as delivered is a lost pallet."""
    run = silent_of_loads(monkeypatch)
    run.create([_WISH])
    assert run.run(lambda r: r.engine.world.state.orders["T000001"].state == "DROPPING", 200.0)
    driver = run.robots["r0"]
    run.step()
    driver.restart()
    if fleet_too:
        run.restart_fleet()
    for _ in range(8):
        run.step()
    assert ends(run) == []
    assert run.run(lambda r: r.done, 200.0), "it is told to put it down once more"
    assert (ends(run), driver.dropped) == (["order_done"], ["PAL-1"])


def test_one_that_told_its_load_and_leaves_it_out_after_a_restart_has_delivered_nothing() -> None:
    run = two_robots()
    run.create([_WISH])
    driver = run.robots["r0"]
    assert run.run(lambda r: r.engine.world.state.orders["T000001"].putting is not None, 200.0)
    driver.restart()
    driver.mute = True
    came_back = replace(driver.report(), loads=(), errors=(UNTOLD_LOADS,), instance="b")
    for _ in range(4):
        run.step([came_back])
    assert ends(run) == []
    assert on_board(run) == ["PAL-1"]
    assert run.engine.world.state.orders["T000001"].putting is not None, "its silence is no word that it still has it"
    mission = run.engine.world.state.missions["r0"]
    failed = ActionState(mission.action_id, "drop", "FAILED", "load.failed")
    empty = RobotError("load.failed", "FATAL", {"load_id": "PAL-1", "load_code": 4})
    run.step([replace(came_back, order_id=mission.mission_id, actions=(failed,), errors=(empty,))])
    assert ends(run) == ["order_done"], "that nothing is on board is such a word"


def cancelled_with_its_load(monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    run = silent_of_loads(monkeypatch)
    run.create([_WISH])
    state, robot = run.engine.world.state, run.engine.world.robots["r0"]
    assert run.run(lambda r: state.orders["T000001"].state == "TO_DROP" and not robot.moving, 200.0)
    run.step([Ask(9, CancelOrder(order_id="T000001", mode="now", user="linh"))])
    assert ends(run) == ["order_cancelled"]
    run.create([OrderRequest(pick_place="LL", drop_place="LR", load_id="PAL-2", robot="r0")])
    run.run(lambda r: False, 30.0)
    return run


def test_a_load_of_a_cancelled_order_stays_on_board_until_a_person_has_taken_it_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = cancelled_with_its_load(monkeypatch)
    assert on_board(run) == ["PAL-1"]
    assert "alarm.load_on_board" in {alarm.code for alarm in run.engine.world.state.alarms.active.values()}
    run.robots["r0"].loads.clear()
    run.step([Ask(10, SetPaused(robots=("r0",), pause=False, user="linh", unloaded=True))])
    run.run(lambda r: False, 1.0)
    assert on_board(run) == []
    assert run.run(lambda r: r.done, 400.0)


@pytest.mark.parametrize("fleet_too", [False, True])
@pytest.mark.parametrize("level", ["noticed", "ignored"])
@pytest.mark.parametrize("told_before", [False, True])
def test_one_that_was_taken_out_of_use_comes_back_with_its_load_until_a_person_says_that_it_is_off(
    told_before: bool, level: Integration, fleet_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its load was forgotten: back from the workshop with a pallet on its forks, it was sent for the next one."""
    run = two_robots() if told_before else silent_of_loads(monkeypatch)
    run.create([replace(_WISH, robot="r0")])
    state, robot = run.engine.world.state, run.engine.world.robots["r0"]
    assert run.run(lambda r: state.orders["T000001"].state == "PICKING", 200.0)
    run.step([Ask(9, CancelOrder(order_id="T000001", mode="after_leg", user="linh"))])
    assert run.run(lambda r: not state.orders["T000001"].open and not robot.moving, 60.0)
    if told_before:
        leaves_loads_out(monkeypatch)
    run.step([Ask(11, SetIntegration(robot="r0", level=level, user="linh"))])
    run.run(lambda r: False, 1.0)
    if fleet_too:
        run.restart_fleet()
        state = run.engine.world.state
    run.step([Ask(12, SetIntegration(robot="r0", level="utilised", user="linh"))])
    run.create([OrderRequest(pick_place="LL", drop_place="LR", load_id="PAL-2", robot="r0")])
    run.run(lambda r: False, 30.0)
    assert (on_board(run), state.orders["T000002"].state) == (["PAL-1"], "QUEUED")
    assert "unload" in state.pauses["r0"]
    run.robots["r0"].loads.clear()
    run.step([Ask(13, SetPaused(robots=("r0",), pause=False, user="linh", unloaded=True))])
    assert run.run(lambda r: r.done, 400.0)
    assert "unload" not in state.pauses.get("r0", {})


def picking(monkeypatch: pytest.MonkeyPatch) -> Rehearsal:
    """Return a run whose first robot tells no loads and is about to take its load."""
    run = silent_of_loads(monkeypatch)
    run.create([replace(_WISH, robot="r0")])
    state = run.engine.world.state
    assert run.run(lambda r: state.orders["T000001"].state == "PICKING", 200.0)
    return run


@pytest.mark.parametrize("fleet_too", [False, True])
def test_cancelled_now_while_it_takes_its_load_it_may_have_it_until_a_person_has_looked(
    fleet_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pick ends after its order: it counted as empty and was sent for the next load with one on board."""
    run = picking(monkeypatch)
    run.step([Ask(9, CancelOrder(order_id="T000001", mode="now", user="linh"))])
    assert ends(run) == ["order_cancelled"]
    run.create([OrderRequest(pick_place="LL", drop_place="LR", load_id="PAL-2", robot="r0")])
    if fleet_too:
        run.restart_fleet()
    run.run(lambda r: False, 30.0)
    assert on_board(run) == ["PAL-1"]
    assert "unload" in run.engine.world.state.pauses["r0"]
    assert run.engine.world.state.orders["T000002"].state == "QUEUED"
    run.robots["r0"].loads.clear()
    run.step([Ask(10, SetPaused(robots=("r0",), pause=False, user="linh", unloaded=True))])
    run.run(lambda r: False, 1.0)
    assert on_board(run) == []
    assert run.run(lambda r: r.done, 400.0)


@pytest.mark.parametrize("fleet_too", [False, True])
def test_restarted_while_it_takes_its_load_it_may_have_it_until_a_person_has_looked(
    fleet_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was told to take a load while it perhaps had one on its forks, and counted as empty when that failed."""
    run = picking(monkeypatch)
    driver = run.robots["r0"]
    if fleet_too:
        run.restart_fleet()
    driver.restart()
    run.run(lambda r: False, 10.0)
    assert (ends(run), on_board(run)) == ([], ["PAL-1"])
    assert "order_picked" not in {entry.kind for entry in run.journal}, "nobody said that it has it"
    assert "unload" in run.engine.world.state.pauses["r0"]
    driver.loads.clear()
    run.step([Ask(10, SetPaused(robots=("r0",), pause=False, user="linh", unloaded=True))])
    run.run(lambda r: False, 1.0)
    assert on_board(run) == []
    assert run.run(lambda r: r.done, 400.0), "the person has looked: it takes it"
    assert ends(run) == ["order_done"]


def test_one_that_tells_its_loads_needs_no_person_after_a_restart_while_it_takes_one() -> None:
    run = two_robots()
    run.create([replace(_WISH, robot="r0")])
    assert run.run(lambda r: r.engine.world.state.orders["T000001"].state == "PICKING", 200.0)
    run.robots["r0"].restart()
    assert run.run(lambda r: r.done, 400.0)
    assert "robot_paused" not in {entry.kind for entry in run.journal}


@pytest.mark.parametrize("fleet_too", [False, True])
@pytest.mark.parametrize("has_it", [False, True])
def test_whose_base_still_works_on_a_load_needs_no_person_after_a_restart_of_its_agent(
    fleet_too: bool, has_it: bool
) -> None:
    """Over VDA 5050 its loads are left out for seconds, and it stood until somebody had looked whose base told them."""
    run = two_robots()
    run.create([replace(_WISH, robot="r0")])
    state, driver = run.engine.world.state, run.robots["r0"]
    assert run.run(lambda r: state.orders["T000001"].state == "PICKING", 200.0)
    if fleet_too:
        run.restart_fleet()
    driver.restart()
    driver.mute = True
    own = RobotError("load.unknown", "WARNING")
    for _ in range(30):
        run.step([replace(driver.report(), loads=(), errors=(own, UNTOLD_LOADS), instance="b")])
    assert "robot_paused" not in {entry.kind for entry in run.journal}
    if has_it:
        driver.loads.append("PAL-1")
    driver.mute = False
    assert run.run(lambda r: r.done, 400.0)
    kinds = [entry.kind for entry in run.journal]
    assert ("robot_paused" in kinds, kinds.count("order_picked"), ends(run)) == (False, 1, ["order_done"])


def test_a_load_that_is_only_believed_on_board_does_not_make_a_failed_pick_a_done_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = picking(monkeypatch)
    state = run.engine.world.state
    state.aboard["r0"] = "PAL-1"  # left over from before
    mission = state.missions["r0"]
    robot = run.robots["r0"]
    robot.mute = True
    failed = ActionState(mission.action_id, "pick", "FAILED", "load.failed")
    run.step([replace(robot.report(), order_id=mission.mission_id, actions=(failed,))])
    kinds = {entry.kind for entry in run.journal}
    assert ("order_picked" in kinds, "order_attempt" in kinds) == (False, True)


@pytest.mark.parametrize("how", ["cancelled", "failed"])
def test_whose_order_ends_with_its_load_on_board_goes_on_when_a_person_has_taken_that_off(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stood with its load for ever: it never tells that the load is off, and there was nothing to let go on."""
    run = picking(monkeypatch)
    state, robot = run.engine.world.state, run.robots["r0"]
    if how == "cancelled":
        run.step([Ask(9, CancelOrder(order_id="T000001", mode="after_leg", user="linh"))])
    else:
        assert run.run(lambda r: state.orders["T000001"].state == "DROPPING", 200.0)
        world = run.engine.world
        monkeypatch.setattr(world, "settings", world.settings.model_copy(update={"max_attempts": 1}))
        robot.mute = True
        mission = state.missions["r0"]
        failed = ActionState(mission.action_id, "drop", "FAILED", "load.failed")
        run.step([replace(robot.report(), order_id=mission.mission_id, actions=(failed,))])
        robot.mute = False
    assert run.run(lambda r: not state.orders["T000001"].open, 60.0)
    assert (ends(run), state.aboard) == ([f"order_{how}"], {"r0": "PAL-1"})
    assert "unload" in state.pauses["r0"]
    if how == "cancelled":
        robot.loads.clear()  # else it gets rid of it itself, now that it is let go on
    run.step([Ask(10, SetPaused(robots=("r0",), pause=False, user="linh", unloaded=True))])
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id="PAL-2", robot="r0")])
    if how == "failed":  # then it waits for who takes that alarm, as any robot does
        run.run(lambda r: False, 30.0)
        waiting = run.engine.world.robots["r0"].waiting
        assert (state.aboard, waiting.code if waiting else "") == ({}, "wait.alarm")
    else:
        assert run.run(lambda r: state.orders["T000002"].state == "DONE", 400.0)


@pytest.mark.parametrize("fleet_too", [False, True])
@pytest.mark.parametrize("level", ["utilised", "noticed"])
def test_one_that_said_itself_that_its_load_is_off_is_not_held_when_it_leaves_loads_out_later(
    level: Integration, fleet_too: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A person took the load off long ago: one state without loads, and an empty robot stood with a load of its own."""
    run = two_robots()
    run.create([replace(_WISH, robot="r0")])
    state, robot, driver = run.engine.world.state, run.engine.world.robots["r0"], run.robots["r0"]
    assert run.run(lambda r: state.orders["T000001"].state == "PICKING", 200.0)
    run.step([Ask(9, CancelOrder(order_id="T000001", mode="after_leg", user="linh"))])
    assert run.run(lambda r: not state.orders["T000001"].open and not robot.moving, 60.0)
    assert state.aboard == {"r0": "PAL-1"}
    if level != "utilised":
        run.step([Ask(11, SetIntegration(robot="r0", level=level, user="linh"))])
    driver.loads.clear()
    run.run(lambda r: False, 30.0)
    if level != "utilised":
        run.step([Ask(12, SetIntegration(robot="r0", level="utilised", user="linh"))])
    if fleet_too:
        run.restart_fleet()
        run.step()
        state = run.engine.world.state
    leaves_loads_out(monkeypatch)
    run.run(lambda r: False, 5.0)
    assert (state.aboard, on_board(run), state.pauses.get("r0", {})) == ({}, [], {})
    told = [entry.kind for entry in run.journal if entry.kind in ("robot_unloaded", "robot_resumed")]
    assert told == ["robot_unloaded"], "once, in the journal: a restart of the fleet must not forget it; nobody resumed"
    run.create([OrderRequest(pick_place="LR", drop_place="LL", load_id="PAL-2", robot="r0")])
    assert run.run(lambda r: r.done, 400.0)


def test_one_that_says_for_a_moment_that_nothing_is_on_board_has_its_load_still() -> None:
    """As with a state that is a little older than the end of its pick: its load would be on nobody's page."""
    run = two_robots()
    run.create([replace(_WISH, robot="r0")])
    state, robot, driver = run.engine.world.state, run.engine.world.robots["r0"], run.robots["r0"]
    assert run.run(lambda r: state.orders["T000001"].state == "PICKING", 200.0)
    run.step([Ask(9, CancelOrder(order_id="T000001", mode="after_leg", user="linh"))])
    assert run.run(lambda r: not state.orders["T000001"].open and not robot.moving, 60.0)
    driver.mute = True
    for _ in range(4):
        run.step([replace(driver.report(), loads=())])
    for _ in range(60):
        run.step([replace(driver.report(), loads=(), errors=(UNTOLD_LOADS,))])
    assert (state.aboard, on_board(run)) == ({"r0": "PAL-1"}, ["PAL-1"])
    assert "unload" in state.pauses["r0"]


def test_two_moments_with_a_silence_between_are_no_while_in_which_nothing_was_on_board() -> None:
    """Nobody heard what it would have said between the two: its load would be on nobody's page."""
    run = two_robots()
    run.create([replace(_WISH, robot="r0")])
    state, robot, driver = run.engine.world.state, run.engine.world.robots["r0"], run.robots["r0"]
    assert run.run(lambda r: state.orders["T000001"].state == "PICKING", 200.0)
    run.step([Ask(9, CancelOrder(order_id="T000001", mode="after_leg", user="linh"))])
    assert run.run(lambda r: not state.orders["T000001"].open and not robot.moving, 60.0)
    driver.mute = True
    run.step([replace(driver.report(), loads=())])
    assert run.run(lambda r: not r.engine.world.online(robot), 60.0)
    run.run(lambda r: False, 30.0)
    run.step([replace(driver.report(), loads=())])
    run.step([replace(driver.report(), loads=(), errors=(UNTOLD_LOADS,))])
    assert (state.aboard, on_board(run)) == ({"r0": "PAL-1"}, ["PAL-1"])
    assert "unload" in state.pauses["r0"]


def test_a_journal_that_says_it_with_a_pause_that_never_was_is_read_as_before() -> None:
    """So it was written for a day: a robot_resumed of the scope unload by nobody."""
    run = two_robots()
    state = run.engine.world.state
    state.aboard["r0"] = "PAL-1"
    state.apply(JournalEntry(t=1.0, kind="robot_resumed", robot="r0", facts={"user": "", "scope": "unload"}))
    assert (state.aboard, state.pauses) == ({}, {})
