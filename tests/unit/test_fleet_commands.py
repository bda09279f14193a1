"""What people do to orders and robots while the fleet runs, against kinematic robots; and that the journal keeps it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.vda5050 import EStop, RobotState
from amr_fleet import flight_requests
from amr_fleet import requests as c
from amr_fleet.domain.events import Ask
from amr_fleet.domain.orders import FleetState
from amr_fleet.domain.requests import HANDLERS
from amr_fleet.ports import OrderRequest, OrderView, Reason, Request
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import CreateOrder
from amr_fleet.visit_requests import SetCutoff
from tests.unit.test_fleet_engine import ask, create, refuse, rehearsal, state

WISH = OrderRequest(pick_place="D1", drop_place="A1")


def do(run: Rehearsal, request: Request[Any]) -> object:
    result = ask(run, Ask(7, request)).result
    assert not isinstance(result, AmrError), result
    return result


def code(run: Rehearsal, request: Request[Any]) -> str:
    return refuse(run, Ask(7, request))


def until(run: Rehearsal, order: OrderView, *states: str) -> None:
    run.run(lambda r: state(r, order) in states, 600.0)
    assert state(run, order) in states


def driving(run: Rehearsal) -> bool:
    report = run.engine.world.robots["amr_01"].report
    return report is not None and report.driving


def waits_for(run: Rehearsal, order: OrderView) -> str:
    reason: Reason | None = next(o for o in run.engine.snapshot().orders if o.order_id == order.order_id).reason
    return reason.code if reason else ""


def same_after_restart(run: Rehearsal) -> None:
    folded, live = FleetState.fold(run.journal), run.engine.world.state
    for name in ("orders", "book", "visits", "integration", "stopped", "paused", "moving", "references"):
        assert getattr(folded, name) == getattr(live, name), name


def test_a_note_is_journaled_as_one_line_and_rubbish_is_refused() -> None:
    run = rehearsal(1)
    do(run, c.AddNote(text="  Cửa 3\nhỏng ", user="lan"))
    entry = run.journal[-1]
    assert (entry.kind, entry.facts) == ("note_added", {"text": "Cửa 3 hỏng", "user": "lan"})
    for rubbish in ("", " \n ", "x" * 1001, "a\x00b"):
        assert code(run, c.AddNote(text=rubbish)) == "request.invalid"


def test_a_held_order_waits_and_a_running_one_is_taken_back() -> None:
    run = rehearsal(1)
    order = create(run)
    until(run, order, "ASSIGNED", "TO_PICK")
    do(run, c.HoldOrder(order_id=order.order_id, hold=True, user="lan"))
    assert state(run, order) == "QUEUED"
    run.run(lambda r: False, 60.0)
    assert (state(run, order), waits_for(run, order)) == ("QUEUED", "wait.held")
    do(run, c.HoldOrder(order_id=order.order_id, hold=False, user="lan"))
    until(run, order, "DONE")
    assert code(run, c.HoldOrder(order_id=order.order_id, hold=True)) == "order.finished"
    same_after_restart(run)


def test_priority_earliest_and_cutoff_decide_who_goes_first() -> None:
    run = rehearsal(1)
    late = run.now + 400.0
    do(run, SetCutoff(name="SL-15", kind="barge", at=run.now + 200.0))
    first = ask(run, Ask(1, CreateOrder(order=replace(WISH, earliest=late)))).result
    assert isinstance(first, OrderView)
    second = create(run, "B1", "D1")
    do(run, c.ChangeOrder(order_id=second.order_id, priority=5, cutoff="SL-15"))
    assert run.engine.world.state.orders[second.order_id].due == pytest.approx(run.now + 200.0, abs=5.0)
    do(run, SetCutoff(name="SL-15", kind="barge", at=run.now + 50.0))
    assert run.engine.world.state.orders[second.order_id].due == pytest.approx(run.now + 50.0, abs=5.0)
    until(run, second, "DONE")
    assert (state(run, first), waits_for(run, first)) == ("QUEUED", "wait.earliest")
    until(run, first, "DONE")
    assert run.now >= late
    assert code(run, c.ChangeOrder(order_id=second.order_id, priority=1)) == "order.finished"
    assert code(run, c.ChangeOrder(order_id="T9", priority=1)) == "order.not_found"
    do(run, SetCutoff(name="SL-15", at=None))
    assert code(run, SetCutoff(name="SL-15", at=None)) == "book.not_found"
    same_after_restart(run)


def test_an_order_goes_to_the_robot_that_was_chosen() -> None:
    run = rehearsal(2)
    order = create(run)
    until(run, order, "ASSIGNED", "TO_PICK")
    first = run.engine.world.state.orders[order.order_id].robot
    other = next(n for n in run.robots if n != first)
    do(run, c.ReassignOrder(order_id=order.order_id, robot=other))
    until(run, order, "TO_PICK")
    assert run.engine.world.state.orders[order.order_id].robot == other
    until(run, order, "TO_DROP")
    assert code(run, c.ReassignOrder(order_id=order.order_id, robot=first)) == "order.load_on_board"
    assert code(run, c.ReassignOrder(order_id=order.order_id, robot="nobody")) == "robot.not_found"
    until(run, order, "DONE")
    same_after_restart(run)


def test_cancel_after_the_leg_leaves_the_load_on_board_for_a_person_to_send_on() -> None:
    run = rehearsal(1)
    order = create(run)
    until(run, order, "PICKING")
    do(run, c.CancelOrder(order_id=order.order_id, mode="after_leg", user="lan"))
    until(run, order, "CANCELLED")
    assert run.robots["amr_01"].loads
    run.run(lambda r: False, 30.0)
    rescue = do(run, c.DeliverLoad(robot="amr_01", place="B1", user="lan"))
    assert isinstance(rescue, OrderView)
    until(run, rescue, "DONE")
    assert code(run, c.DeliverLoad(robot="amr_01", place="B1")) == "robot.no_load"
    same_after_restart(run)


def test_cancel_now_asks_for_a_standing_robot() -> None:
    run = rehearsal(1)
    order = create(run)
    until(run, order, "TO_DROP")
    run.run(driving, 60.0)
    run.step()
    assert code(run, c.CancelOrder(order_id=order.order_id, mode="now")) == "robot.moving"
    assert code(run, c.CancelOrder(order_id=order.order_id, mode="after_leg")) == "order.load_on_board"
    run.run(lambda r: not driving(r), 300.0)
    run.step()
    do(run, c.CancelOrder(order_id=order.order_id, mode="now", user="lan"))
    assert state(run, order) == "CANCELLED"
    run.run(lambda r: False, 20.0)
    assert run.held_violations == 0
    same_after_restart(run)


def test_a_list_is_judged_row_by_row_and_a_dry_run_changes_nothing() -> None:
    run = rehearsal(1)
    rows = (
        replace(WISH, reference="DN-1"),
        replace(WISH, reference="DN-1"),
        replace(WISH, drop_place="NOWHERE"),
        replace(WISH, load_id="P1"),
        replace(WISH, load_id="P1"),
    )
    expected = ["created", "known", "refused", "created", "refused"]
    for dry_run in (True, False):
        verdicts = do(run, c.ImportOrders(orders=rows, dry_run=dry_run))
        assert isinstance(verdicts, tuple)
        assert [v.verdict for v in verdicts] == expected
        assert len(run.engine.world.state.orders) == (0 if dry_run else 2)
        assert [v.error.code for v in verdicts if v.error] == ["order.unknown_place", "cargo.busy"]


def test_a_recurring_order_comes_in_time_and_what_is_stale_is_skipped() -> None:
    run = rehearsal(1)
    do(run, c.SetTemplate(name="Gạo ra bến", request=WISH))
    do(run, c.SetSchedule(name="Ca sáng", request=WISH, first=run.now + 30.0, every=300.0, due_in=600.0))
    run.run(lambda r: False, 1000.0)
    assert len(run.engine.world.state.orders) == 4
    before = run.engine.world.state.book.schedules["Ca sáng"].next_at
    run.now += 5000.0
    run.step()
    assert len(run.engine.world.state.orders) == 4
    assert run.engine.world.state.book.schedules["Ca sáng"].next_at > before + 4500.0
    assert any(e.kind == "schedule_skipped" for e in run.journal)
    for request in (
        c.SetSchedule(name="x", request=WISH, every=1.0),
        c.SetTemplate(name="", request=WISH),
        c.SetTemplate(name="x", request=replace(WISH, load_id="P1")),
    ):
        assert code(run, request) == "order.invalid"
    do(run, c.SetSchedule(name="Ca sáng"))
    do(run, c.SetTemplate(name="Gạo ra bến"))
    assert not run.engine.world.state.book.schedules
    same_after_restart(run)


def test_a_robot_is_taken_out_by_degrees_and_put_back() -> None:
    run = rehearsal(1)
    do(run, c.SetIntegration(robot="amr_01", level="respected", user="lan"))
    order = create(run)
    run.run(lambda r: False, 60.0)
    assert state(run, order) == "QUEUED"
    assert "amr_01" in run.engine.world.traffic.movers
    for level in ("noticed", "ignored"):
        do(run, c.SetIntegration(robot="amr_01", level=level))
        run.run(lambda r: False, 5.0)
        assert "amr_01" not in run.engine.world.traffic.movers
    assert run.engine.snapshot().robots[0].integration == "ignored"
    do(run, c.SetIntegration(robot="amr_01", level="utilised"))
    until(run, order, "TO_DROP")
    assert code(run, c.SetIntegration(robot="amr_01", level="ignored")) == "robot.has_order"
    assert code(run, c.SetIntegration(robot="amr_01", level="loved")) == "order.invalid"  # type: ignore[arg-type]
    same_after_restart(run)


def test_a_robot_is_sent_to_charge_and_home() -> None:
    run = rehearsal(1)
    run.robots["amr_01"].soc = 0.5
    run.step()
    do(run, c.SendRobot(robot="amr_01", to="charge"))
    run.run(lambda r: r.engine.snapshot().robots[0].status == "CHARGING", 300.0)
    run.run(lambda r: r.robots["amr_01"].soc > 0.51, 300.0)
    do(run, c.SendRobot(robot="amr_01", to="park"))
    home = run.engine.world.robots["amr_01"].home
    run.run(lambda r: r.robots["amr_01"].node == r.engine.world.graph.node_ids[home], 300.0)
    order = create(run)
    until(run, order, "TO_PICK")
    assert code(run, c.SendRobot(robot="amr_01", to="park")) == "robot.has_order"


def test_an_emergency_stop_is_released_by_a_person_with_a_name() -> None:
    run = rehearsal(1)

    def report(e_stop: EStop) -> RobotState:
        return replace(run.robots["amr_01"].report(), e_stop=e_stop)

    run.now = round(run.now + 0.1, 3)
    run.journal += run.engine.step(run.now, [report("MANUAL")]).entries
    assert code(run, c.ReleaseRobot(robot="amr_01", person="Nguyễn Văn An")) == "robot.e_stop_active"
    run.now = round(run.now + 0.1, 3)
    run.journal += run.engine.step(run.now, [report("NONE")]).entries
    view = run.engine.snapshot().robots[0]
    assert (view.status, view.e_stop) == ("ERROR", "RELEASE")
    assert view.waiting is not None
    assert view.waiting.code == "wait.release"
    order = create(run)
    run.run(lambda r: False, 20.0)
    assert state(run, order) == "QUEUED"
    assert code(run, c.ReleaseRobot(robot="amr_01", person=" ")) == "order.invalid"
    do(run, c.ReleaseRobot(robot="amr_01", person="Nguyễn Văn An", user="tablet"))
    until(run, order, "DONE")
    entry = next(e for e in run.journal if e.kind == "robot_released")
    assert (entry.facts["person"], entry.facts["user"]) == ("Nguyễn Văn An", "tablet")
    same_after_restart(run)


def test_relocalise_sends_the_pose_to_a_standing_robot() -> None:
    run = rehearsal(1)
    result = run.engine.step(run.now + 0.1, [Ask(1, c.Relocalise(robot="amr_01", x=1.0, y=2.0, theta=0.5))])
    sent = result.commands[0]
    assert (getattr(sent, "action_type", ""), getattr(sent, "parameters", {})) == (
        "initPosition",
        {"x": "1.000", "y": "2.000", "theta": "0.5000"},
    )
    assert code(run, c.Relocalise(robot="amr_01", x=float("nan"), y=0.0, theta=0.0)) == "order.invalid"


def test_the_list_of_requests_is_closed_and_each_has_someone_who_answers_it() -> None:
    both = [*vars(c).values(), *vars(flight_requests).values()]
    kinds = {k for k in both if isinstance(k, type) and issubclass(k, Request)}
    assert kinds - {Request, c.UserRequest, flight_requests._OfFlight} == c.REQUESTS == set(HANDLERS)


class _Unheard(c.UserRequest[None]):
    """A request that nobody has put on the list."""


@pytest.mark.parametrize("rubbish", [_Unheard(), Request(), None, "create an order", object()])
def test_what_is_not_on_the_list_is_refused_and_the_engine_goes_on(rubbish: Any) -> None:
    run = rehearsal(1)
    before = len(run.journal)
    assert code(run, rubbish) == "request.invalid"
    assert len(run.journal) == before
    assert isinstance(do(run, c.CreateOrder(order=WISH)), OrderView)


def test_an_unknown_way_to_cancel_is_refused() -> None:
    run = rehearsal(1)
    order = create(run)
    mode: Any = "at once"
    assert code(run, c.CancelOrder(order_id=order.order_id, mode=mode)) == "order.invalid"
    assert state(run, order) != "CANCELLED"


def test_before_pick_does_not_cancel_a_load_that_is_being_taken() -> None:
    run = rehearsal(1)
    order = create(run)
    until(run, order, "PICKING")
    assert code(run, c.CancelOrder(order_id=order.order_id, mode="before_pick")) == "order.load_on_board"
    assert state(run, order) == "PICKING"


def test_a_cutoff_with_open_orders_stays() -> None:
    run = rehearsal(1)
    do(run, SetCutoff(name="Xe 65C-1", kind="truck", at=run.now + 900.0))
    held = replace(WISH, cutoff="Xe 65C-1", held=True)
    order = ask(run, Ask(1, CreateOrder(order=held))).result
    assert isinstance(order, OrderView)
    assert order.held
    assert code(run, SetCutoff(name="Xe 65C-1", at=None)) == "cutoff.in_use"
    assert code(run, SetCutoff(name="x", kind="plane", at=5.0)) == "order.invalid"  # type: ignore[arg-type]
    assert refuse(run, Ask(2, CreateOrder(order=replace(WISH, cutoff="no")))) == "order.unknown_cutoff"
