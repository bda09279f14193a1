"""Who paused a robot, and what lifts it: nobody's "resume all" moves a robot that somebody works on."""

from __future__ import annotations

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amr_core import vda5050
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.ports import OrderRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CancelOrder, CreateOrder, DeliverLoad, FleetRequest, SetPaused

CALM = Behaviour(stop_rate=0.0)


@cache
def lab() -> Roadmap:
    return build_roadmap(load_site("lab"))


def rehearsal(robots: int = 2) -> Rehearsal:
    run = Rehearsal(lab(), units_of(load_site("lab"), robots), how=CALM)
    run.step()
    return run


def ask(run: Rehearsal, request: FleetRequest) -> list[str]:
    """Let the engine answer; return which robots were told to go on."""
    result = run.engine.step(round(run.now + 0.01, 3), [Ask(1, request)])
    run.journal += result.entries
    resumed = []
    for command in result.commands:
        if isinstance(command, vda5050.Order):
            run.robots[command.robot].take(command)
        else:
            run.robots[command.robot].instant(command)
            resumed += [command.robot] if command.action_type == "stopPause" else []
    assert not isinstance(result.replies[0].result, Exception), result.replies[0].result
    return resumed


def waits(run: Rehearsal) -> dict[str, tuple[str, object]]:
    run.step()
    views = run.engine.snapshot().robots
    return {v.name: (v.waiting.code, v.waiting.facts["user"]) for v in views if v.waiting is not None}


def test_resume_all_lifts_only_what_pause_all_set() -> None:
    run = rehearsal()
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan"))
    ask(run, SetPaused(pause=True, user="minh"))
    assert run.engine.snapshot().all_paused
    assert ask(run, SetPaused(pause=False, user="minh")) == ["amr_02"]
    assert run.robots["amr_01"].paused
    assert not run.robots["amr_02"].paused
    assert waits(run) == {"amr_01": ("wait.paused", "lan")}
    assert not run.engine.snapshot().all_paused
    assert ask(run, SetPaused(robots=("amr_01",), pause=False, user="lan")) == ["amr_01"]
    assert waits(run) == {}


def test_resume_all_with_nothing_to_lift_moves_nobody() -> None:
    run = rehearsal()
    for name in ("amr_01", "amr_02"):
        ask(run, SetPaused(robots=(name,), pause=True, user="lan"))
    assert not run.engine.snapshot().all_paused  # the button in the head offers what would have an effect
    assert ask(run, SetPaused(pause=False, user="minh")) == []
    assert all(robot.paused for robot in run.robots.values())


def test_who_names_a_robot_resumes_it_whoever_paused_it() -> None:
    run = rehearsal()
    ask(run, SetPaused(pause=True, user="minh"))
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan"))
    assert ask(run, SetPaused(robots=("amr_01",), pause=False, user="huy")) == ["amr_01"]
    assert waits(run) == {"amr_02": ("wait.paused", "minh")}


def loaded_and_cancelled() -> Rehearsal:
    run = rehearsal(1)
    ask(run, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1")))
    order = next(iter(run.engine.world.state.orders))
    assert run.run(lambda r: r.engine.world.state.orders[order].state == "TO_DROP", 600)
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan"))
    assert run.run(lambda r: not r.engine.world.robots["amr_01"].report.driving, 60)  # type: ignore[union-attr]
    ask(run, CancelOrder(order_id=order, mode="now", user="lan"))
    return run


def test_a_robot_whose_load_is_to_be_taken_off_never_moves_by_itself() -> None:
    run = loaded_and_cancelled()
    assert waits(run) == {"amr_01": ("wait.unload", "lan")}
    ask(run, SetPaused(pause=True, user="minh"))
    assert ask(run, SetPaused(pause=False, user="minh")) == []
    ask(run, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1", reference="next")))
    place = run.robots["amr_01"].node
    assert not run.run(lambda r: r.robots["amr_01"].node != place, 60)
    assert run.robots["amr_01"].paused


def test_it_goes_on_when_a_person_says_that_it_is_unloaded_or_what_becomes_of_its_load() -> None:
    run = loaded_and_cancelled()
    ask(run, SetPaused(robots=("amr_01",), pause=False, user="lan"))
    assert not run.robots["amr_01"].paused
    run = loaded_and_cancelled()
    assert ask(run, DeliverLoad(robot="amr_01", place="A1", user="lan")) == []
    assert set(run.engine.world.state.pauses["amr_01"]) == {"one"}, "it was paused by its name, too"
    ask(run, SetPaused(robots=("amr_01",), pause=False, user="lan"))
    assert run.run(lambda r: r.engine.snapshot().kpi.orders_done == 1, 600)


def test_a_journal_of_before_lifts_a_pause_by_name_only() -> None:
    old = [JournalEntry(t=1.0, kind="robot_paused", robot="amr_01", facts={"user": "lan"})]
    engine = FleetEngine(lab(), units_of(load_site("lab"), 2), journal=old)
    engine.step(2.0, [Ask(1, SetPaused(pause=False, user="minh"))])
    assert "amr_01" in engine.world.state.paused
    engine.step(3.0, [Ask(1, SetPaused(robots=("amr_01",), pause=False, user="minh"))])
    assert "amr_01" not in engine.world.state.paused
    old.append(JournalEntry(t=2.0, kind="robot_resumed", robot="amr_01", facts={"user": "lan"}))
    assert not FleetState.fold(old).paused


STEPS = st.lists(st.tuples(st.sampled_from(["", "amr_01", "amr_02"]), st.booleans()), max_size=12)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_robot_stands_exactly_while_a_pause_of_it_is_in_force_and_after_a_restart(
    steps: list[tuple[str, bool]],
) -> None:
    run = rehearsal()
    model: dict[str, set[str]] = {"amr_01": set(), "amr_02": set()}
    for name, pause in steps:
        ask(run, SetPaused(robots=(name,) if name else (), pause=pause, user="lan"))
        for robot in model if not name else (name,):
            scope = "one" if name else "all"
            if pause:
                model[robot].add(scope)
            elif name:
                model[robot].clear()
            else:
                model[robot].discard("all")
    expected = {robot for robot, scopes in model.items() if scopes}
    assert {name for name, robot in run.robots.items() if robot.paused} == expected
    assert set(FleetState.fold(run.journal).paused) == expected


@pytest.mark.parametrize("robots", [(), ("amr_01",)])
def test_resuming_sends_no_robot_on_that_was_stopped_in_an_emergency(robots: tuple[str, ...]) -> None:
    run = rehearsal()
    run.engine.world.emit("robot_stopped", robot="amr_01")
    ask(run, SetPaused(robots=robots, pause=True, user="lan"))
    assert "amr_01" not in ask(run, SetPaused(robots=robots, pause=False, user="lan"))
