"""Who paused a robot, and what lifts it: nobody's "resume all" moves a robot that somebody works on."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from amr_core import vda5050
from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain import holds, robot_requests
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.ports import HeldBy, OrderRequest
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


def refused(run: Rehearsal, request: FleetRequest) -> AmrError:
    """Return how the engine refuses a request; nothing is written and nobody is told anything."""
    result = run.engine.step(round(run.now + 0.01, 3), [Ask(1, request)])
    error = result.replies[0].result
    assert isinstance(error, AmrError), error
    assert not result.commands
    assert not [e for e in result.entries if e.kind.startswith(("robot_", "order_"))]
    return error


def resume(*robots: str, user: str, **more: Any) -> SetPaused:
    return SetPaused(robots=robots, pause=False, user=user, **more)


def test_another_persons_pause_is_lifted_in_their_place_only_and_the_journal_says_so() -> None:
    run = rehearsal()
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan", text="đang dỡ tay"))
    since = run.engine.world.now
    error = refused(run, resume("amr_01", user="huy"))
    assert (error.code, error.facts["user"], error.facts["at"]) == ("robot.held_by", "lan", since)
    assert error.facts["why"] == "đang dỡ tay"
    assert refused(run, resume("amr_01", user="huy", instead_of=("minh",))).code == "robot.held_by"
    assert run.robots["amr_01"].paused
    assert ask(run, resume("amr_01", user="huy", instead_of=("lan",), text="đã hỏi lan")) == ["amr_01"]
    last = run.journal[-1]
    assert (last.kind, last.facts["user"], last.facts["instead_of"]) == ("robot_resumed", "huy", "lan")
    assert last.facts["text"] == "đã hỏi lan"


def test_a_pause_says_whose_it_is_since_when_and_why() -> None:
    run = rehearsal()
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan"))
    since = run.engine.world.now
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan", text="  đang dỡ\n tay "))  # said after the stop
    run.step()
    view = run.engine.snapshot().robots[0]
    assert view.pauses == (HeldBy(user="lan", since=since, text="đang dỡ tay"),)
    assert view.waiting is not None
    assert view.waiting.facts == {"robot": "amr_01", "user": "lan", "at": since, "why": "đang dỡ tay"}
    assert run.engine.snapshot().robots[1].pauses == ()
    assert FleetState.fold(run.journal).pauses == run.engine.world.state.pauses


STRANGE = [("x" * 130, "x" * 120), ("a\u202eb", "ab"), ("a\u200b \nb", "a b"), ("\ud800", ""), ("\u200b" * 5000, "")]


@pytest.mark.parametrize(("text", "kept"), STRANGE)
def test_no_reason_and_no_list_of_names_refuses_a_stop(text: str, kept: str) -> None:
    """The robot drove on, towards whom the program had seen, since its text was ten letters too long."""
    run = rehearsal()
    everybody = tuple(f"user_{number}" for number in range(5000))
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan", text=text, instead_of=everybody))
    ask(run, SetPaused(pause=True, user="ros", text=text))
    assert all(robot.paused for robot in run.robots.values())
    run.step()
    assert [(pause.user, pause.text) for pause in run.engine.snapshot().robots[0].pauses] == [
        ("lan", kept),
        ("ros", kept),
    ]
    assert refused(run, resume("amr_01", user="lan", text=text)).code == "request.invalid"


def test_two_people_at_one_robot_each_lift_their_own_and_it_goes_on_with_the_last() -> None:
    """The second word was lost: who paused first sent the robot on while the other one stood at it."""
    run = rehearsal()
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan"))
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="minh"))
    assert [pause.user for pause in run.engine.snapshot().robots[0].pauses] == ["lan", "minh"]
    assert ask(run, resume("amr_01", user="lan")) == []
    assert run.robots["amr_01"].paused
    assert waits(run) == {"amr_01": ("wait.paused", "minh")}
    assert refused(run, resume("amr_01", user="lan")).facts["user"] == "minh"
    assert FleetState.fold(run.journal).pauses == run.engine.world.state.pauses
    assert ask(run, resume("amr_01", user="minh")) == ["amr_01"]


def test_a_pause_that_somebody_added_meanwhile_outlives_the_answer_to_the_question() -> None:
    run = rehearsal()
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan"))
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="minh"))  # after the page asked huy about lan's
    assert ask(run, resume("amr_01", user="huy", instead_of=("lan",))) == []
    assert waits(run) == {"amr_01": ("wait.paused", "minh")}


def test_a_pause_that_its_owner_set_after_the_question_outlives_the_answer_to_it() -> None:
    """lan's question named huy's pause of 02:40; huy let the robot go and paused it again to reach in."""
    run = rehearsal()
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="huy"))
    seen = run.engine.world.now
    run.step()
    ask(run, resume("amr_01", user="huy"))
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="huy"))
    assert refused(run, resume("amr_01", user="lan", instead_of=("huy",), seen=seen)).code == "robot.held_by"
    assert run.robots["amr_01"].paused
    first = run.engine.world.now
    run.step()
    ask(run, SetPaused(pause=True, user="huy"))  # of all, beside
    assert ask(run, resume("amr_01", user="lan", instead_of=("huy",), seen=first)) == []
    assert [pause.scope for pause in run.engine.world.state.pauses["amr_01"].values()] == ["all"]
    assert ask(run, resume("amr_01", user="lan", instead_of=("huy",), seen=run.engine.world.now)) == ["amr_01"]


def test_a_pause_is_handed_over_without_the_robot_moving() -> None:
    run = rehearsal()
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan", text="đang dỡ tay"))
    since = run.engine.world.now
    assert ask(run, SetPaused(robots=("amr_01",), pause=True, user="minh", instead_of=("lan",))) == []
    assert run.journal[-1].facts["instead_of"] == "lan"
    assert run.engine.snapshot().robots[0].pauses == (HeldBy(user="minh", since=since, text="đang dỡ tay"),)
    assert refused(run, resume("amr_01", user="lan")).facts["user"] == "minh"
    assert FleetState.fold(run.journal).pauses == run.engine.world.state.pauses
    assert ask(run, resume("amr_01", user="minh")) == ["amr_01"]


def test_resume_all_lifts_its_own_pause_of_all_and_that_of_another_in_their_place_only() -> None:
    run = rehearsal()
    ask(run, SetPaused(pause=True, user="minh"))
    assert refused(run, resume(user="huy")).facts["user"] == "minh"
    assert refused(run, resume("amr_01", user="huy")).facts["user"] == "minh"
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan", instead_of=("minh",)))  # lan takes one over
    assert ask(run, resume(user="minh")) == ["amr_02"]
    assert waits(run) == {"amr_01": ("wait.paused", "lan")}
    ask(run, SetPaused(pause=True, user="minh"))
    assert ask(run, resume(user="huy", instead_of=("minh",))) == ["amr_02"]


def test_who_names_two_robots_sends_on_neither_when_another_holds_one() -> None:
    run = rehearsal()
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="huy"))
    ask(run, SetPaused(robots=("amr_02",), pause=True, user="lan"))
    assert refused(run, resume("amr_01", "amr_02", user="huy")).facts["robot"] == "amr_02"


def loaded_and_cancelled(unloader: str = "lan") -> Rehearsal:
    run = rehearsal(1)
    ask(run, CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1")))
    order = next(iter(run.engine.world.state.orders))
    assert run.run(lambda r: r.engine.world.state.orders[order].state == "TO_DROP", 600)
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan"))
    assert run.run(lambda r: not r.engine.world.robots["amr_01"].report.driving, 60)  # type: ignore[union-attr]
    ask(run, CancelOrder(order_id=order, mode="now", user=unloader))
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
    assert refused(run, resume("amr_01", user="lan")).code == "robot.to_unload"
    ask(run, resume("amr_01", user="lan", unloaded=True))
    assert not run.robots["amr_01"].paused
    run = loaded_and_cancelled()
    assert ask(run, DeliverLoad(robot="amr_01", place="A1", user="lan", nobody_there=True)) == []
    assert set(run.engine.world.state.pauses["amr_01"]) == {"one"}, "it was paused by its name, too"
    ask(run, resume("amr_01", user="lan"))
    assert run.run(lambda r: r.engine.snapshot().kpi.orders_done == 1, 600)


def test_no_other_person_sends_a_robot_off_at_which_somebody_takes_the_load_off() -> None:
    run = loaded_and_cancelled()
    ask(run, SetPaused(pause=True, user="minh"))
    assert refused(run, resume("amr_01", user="huy", unloaded=True)).facts["user"] == "lan"
    assert refused(run, resume("amr_01", user="minh", instead_of=("lan",))).code == "robot.to_unload"
    assert refused(run, DeliverLoad(robot="amr_01", place="A1", user="huy")).facts["user"] == "lan"
    ask(run, DeliverLoad(robot="amr_01", place="A1", user="huy", instead_of=("lan",), nobody_there=True))
    assert [e.facts.get("instead_of") for e in run.journal if e.kind == "robot_resumed"] == ["lan"]
    assert run.robots["amr_01"].paused, "it was paused by its name, and with all, too"


@pytest.mark.parametrize("whose", ["", "lan"])
def test_a_robot_that_is_being_unloaded_is_not_sent_off_with_its_load_by_one_press(whose: str) -> None:
    """By nobody's pause, nor by one's own: a worker may stand at its forks, and it moves at once."""
    run = loaded_and_cancelled(whose)
    wish = DeliverLoad(robot="amr_01", place="A1", user="lan")
    for early in (wish, replace(wish, user="huy", instead_of=("lan",))):
        assert refused(run, early).code == "robot.somebody_there"
    assert run.robots["amr_01"].paused
    assert "unload" in run.engine.world.state.pauses["amr_01"]
    ask(run, replace(wish, nobody_there=True))
    assert "unload" not in run.engine.world.state.pauses["amr_01"]


def facts_of(run: Rehearsal, kind: str) -> list[dict[str, Any]]:
    """Return what the journal says of amr_01 in entries of a kind."""
    return [dict(e.facts) for e in run.journal if (e.kind, e.robot) == (kind, "amr_01")]


@pytest.mark.parametrize("text", ["", "đang dỡ tay"])
def test_pause_all_takes_over_what_another_paused_with_all_and_nothing_that_they_paused_by_name(text: str) -> None:
    run = rehearsal()
    ask(run, SetPaused(pause=True, user="lan"))
    ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan"))
    ask(run, SetPaused(pause=True, user="minh", instead_of=("lan",), text=text))
    said = {"text": text} if text else {}
    assert facts_of(run, "robot_paused")[2:] == [{"user": "minh", "scope": "all", "instead_of": "lan", **said}]
    owners = [(pause.scope, pause.user) for pause in run.engine.snapshot().robots[0].pauses]
    assert owners == [("one", "lan"), ("all", "minh")]


def test_a_pause_that_is_asked_for_again_is_no_news_without_another_reason() -> None:
    run = rehearsal()
    for text in ("", "dỡ tay", "dỡ tay", ""):
        ask(run, SetPaused(robots=("amr_01",), pause=True, user="lan", text=text))
    paused = {"user": "lan", "scope": "one"}
    assert facts_of(run, "robot_paused") == [paused, {**paused, "text": "dỡ tay"}]


def test_a_refusal_at_a_robot_that_is_being_unloaded_names_the_robot_and_who_unloads_it() -> None:
    run = loaded_and_cancelled()
    since = run.engine.world.state.pauses["amr_01"]["unload"].since
    held = {"robot": "amr_01", "user": "lan", "at": since, "why": ""}
    deliver = DeliverLoad(robot="amr_01", place="A1", user="huy")
    for request, code, facts in (
        (deliver, "robot.held_by", held),
        (replace(deliver, user="lan"), "robot.somebody_there", {"robot": "amr_01"}),
        (resume("amr_01", user="lan"), "robot.to_unload", {"robot": "amr_01"}),
    ):
        error = refused(run, request)
        assert (error.code, error.facts) == (code, facts)
    ask(run, replace(deliver, user="lan", nobody_there=True))
    assert facts_of(run, "robot_resumed") == [{"user": "lan", "scope": "unload"}], "its own, and no reason was given"


def test_what_a_door_stops_is_journaled_once_and_goes_on_with_its_name() -> None:
    run = rehearsal(1)
    world = run.engine.world
    world.entries = run.journal
    for _ in range(2):
        robot_requests.pause(world, world.robots["amr_01"], "door", "gate")
    robot_requests.resume(world, world.robots["amr_01"], "door", "gate")
    assert facts_of(run, "robot_paused") == [{"user": "gate", "scope": "door"}]
    assert facts_of(run, "robot_resumed") == [{"user": "gate", "scope": "door"}]


def test_a_journal_of_before_lifts_a_pause_by_name_only() -> None:
    old = [JournalEntry(t=1.0, kind="robot_paused", robot="amr_01", facts={"user": "lan"})]
    engine = FleetEngine(lab(), units_of(load_site("lab"), 2), journal=old)
    engine.step(2.0, [Ask(1, SetPaused(pause=False, user="minh"))])
    assert "amr_01" in engine.world.state.paused
    engine.step(3.0, [Ask(1, resume("amr_01", user="minh", instead_of=("lan",)))])
    assert "amr_01" not in engine.world.state.paused
    other = JournalEntry(t=2.0, kind="robot_resumed", robot="amr_01", facts={"user": "minh", "scope": "one"})
    assert not FleetState.fold([*old, other]).paused, "nobody's name was asked for then"
    old.append(JournalEntry(t=2.0, kind="robot_resumed", robot="amr_01", facts={"user": "lan"}))
    assert not FleetState.fold(old).paused


PEOPLE = ("huy", "lan", "minh")
ROBOT, WHO, OTHER = (st.sampled_from(names) for names in (("", "amr_01", "amr_02"), PEOPLE, ("", *PEOPLE)))
STEPS = st.lists(st.tuples(ROBOT, st.booleans(), WHO, OTHER), max_size=12)


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_a_robot_stands_exactly_while_a_pause_of_it_is_in_force_and_after_a_restart(
    steps: list[tuple[str, bool, str, str]],
) -> None:
    run = rehearsal()
    model: dict[str, set[tuple[str, str]]] = {"amr_01": set(), "amr_02": set()}
    for name, pause, user, other in steps:
        instead_of = (other,) if other and not pause else ()
        request = SetPaused(robots=(name,) if name else (), pause=pause, user=user, instead_of=instead_of)
        reply = run.engine.step(round(run.now + 0.01, 3), [Ask(1, request)])
        run.journal += reply.entries
        for command in reply.commands:
            if not isinstance(command, vda5050.Order):
                run.robots[command.robot].instant(command)
        for robot in model if not name else (name,):
            held = model[robot]
            if pause:
                held.add(("one" if name else "all", user))
            else:
                held -= {(scope, whose) for scope, whose in held if whose in (user, other) and (name or scope == "all")}
    expected = {robot for robot, held in model.items() if held}
    assert {name for name, robot in run.robots.items() if robot.paused} == expected
    state = run.engine.world.state
    assert {r: {(p.scope, p.user) for p in holds.of_people(state.pauses.get(r, {}))} for r in model} == model
    assert FleetState.fold(run.journal).pauses == state.pauses


@pytest.mark.parametrize("robots", [(), ("amr_01",)])
def test_resuming_sends_no_robot_on_that_was_stopped_in_an_emergency(robots: tuple[str, ...]) -> None:
    run = rehearsal()
    run.engine.world.emit("robot_stopped", robot="amr_01")
    ask(run, SetPaused(robots=robots, pause=True, user="lan"))
    assert "amr_01" not in ask(run, SetPaused(robots=robots, pause=False, user="lan"))
