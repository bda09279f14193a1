"""Dispatch beyond the moment: orders wait for robots that deliver nearby, change robots, have forecasts and limits."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from amr_core.errors import AmrError
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import CreateOrder

CALM = Behaviour(stop_rate=0.0)


@cache
def cai_cui() -> Roadmap:
    return build_roadmap(load_site("cai_cui"))


def rehearsal(robots: int, roadmap: Roadmap | None = None, **settings: float) -> Rehearsal:
    units = units_of(load_site("cai_cui"), robots)
    run = Rehearsal(roadmap or cai_cui(), units, how=CALM, dt=0.5, settings=FleetSettings(**settings))  # type: ignore[arg-type]
    run.step()
    return run


def ask(run: Rehearsal, pick: str, drop: str, deadline: float = 0.0) -> OrderView | AmrError:
    run.now = round(run.now + 0.01, 3)
    request = OrderRequest(pick_place=pick, drop_place=drop, deadline=deadline)
    result = run.engine.step(run.now, [Ask(1, CreateOrder(order=request))])
    run.journal += result.entries
    for command in result.commands:
        run.robots[command.robot].take(command)  # type: ignore[arg-type]
    answer = result.replies[0].result
    assert isinstance(answer, OrderView | AmrError)
    return answer


def order(run: Rehearsal, pick: str, drop: str, deadline: float = 0.0) -> str:
    answer = ask(run, pick, drop, deadline)
    assert isinstance(answer, OrderView)
    return answer.order_id


def state(run: Rehearsal, order_id: str) -> str:
    return run.engine.world.state.orders[order_id].state


def test_an_order_waits_for_the_robot_that_is_about_to_deliver_there() -> None:
    run = rehearsal(2)
    first = order(run, "D12", "A3E")
    assert run.run(lambda r: state(r, first) == "DROPPING", 900)
    robot = run.engine.world.state.orders[first].robot
    second = order(run, "A3E", "D05")
    assert run.run(lambda r: state(r, second) == "TO_DROP", 900)
    assert run.engine.world.state.orders[second].robot == robot, "the other one stands at the far end of the site"


def test_an_order_goes_to_a_robot_that_became_free_much_closer() -> None:
    run = rehearsal(2)
    far = run.robots["amr_02"]
    far.broken, far.changed = True, True
    run.run(lambda _: False, 3.0)
    near = order(run, "A1W", "G1")
    assert run.run(lambda r: state(r, near) == "TO_DROP", 900)
    far.broken, far.changed = False, True
    second = order(run, "G1", "A1E")
    assert run.run(lambda r: state(r, second) == "TO_PICK", 100)
    assert run.engine.world.state.orders[second].robot in ("amr_01", "amr_02")
    assert run.run(lambda r: r.done, 2000)
    assert run.violations() == []


def test_forecasts_come_true_and_tell_of_a_missed_deadline_at_once() -> None:
    run = rehearsal(2)
    hopeless = order(run, "D01", "B6", deadline=run.now + 60.0)
    easy = order(run, "D02", "A1W", deadline=run.now + 3600.0)
    run.run(lambda _: False, 7.0)
    views = {o.order_id: o for o in run.engine.snapshot().orders}
    late = views[hopeless].late
    assert late is not None
    assert late.code == "alarm.order_late"
    assert isinstance(late.facts["minutes"], int)
    assert late.facts["minutes"] >= 1
    assert views[easy].late is None
    assert views[easy].eta_early <= views[easy].eta <= views[easy].eta_late
    assert run.run(lambda r: r.done, 3600)
    done = {o: run.engine.world.state.orders[o].finished for o in (hopeless, easy)}
    for order_id, view in views.items():
        assert view.eta_early - 20.0 <= done[order_id] <= view.eta_late + 60.0


def test_waits_tell_who_waits_for_what() -> None:
    run = rehearsal(12)
    for k in range(10):
        order(run, f"D{1 + k % 3:02d}", "A1W")
    seen: set[str] = set()
    for _ in range(800):
        run.step()
        seen |= {reason.code for _, reason in run.engine.snapshot().waits.edges}
    assert "wait.traffic" in seen


def test_an_order_that_no_robot_can_reach_is_refused() -> None:
    whole = cai_cui()
    cut = {i: e for i, e in whole.edges.items() if not e.end.startswith("G1_")}
    out = {n: tuple(e for e in es if e.id in cut) for n, es in whole.out_edges.items()}
    gone = set(whole.edges) - set(cut)
    near = {i: others - gone for i, others in whole.conflicts.items() if i not in gone}
    run = rehearsal(1, replace(whole, edges=cut, out_edges=out, conflicts=near))
    for pick, drop in (("G1", "A1W"), ("A1W", "G1")):
        answer = ask(run, pick, drop)
        assert isinstance(answer, AmrError)
        assert answer.code == "order.unreachable"
    assert isinstance(ask(run, "G2", "A1W"), OrderView)
