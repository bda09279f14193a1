"""Exercises of the operator course: done right they give 100 points, each done wrong gives less."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask, JournalEntry
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import (
    AckAlarm,
    AddNote,
    CancelOrder,
    ClearZone,
    CreateOrder,
    EndFire,
    FleetRequest,
    HoldOrder,
    RaiseFire,
    SetPaused,
    SetZone,
)
from amr_fleet.sandbox.book import Breach
from amr_fleet.store.journal import JournalStore
from amr_fleet.training import FIRE_SECONDS, LESSONS, MISTAKE, score
from amr_fleet.trial_requests import ReportBreach
from tests.unit.trial_rig import Rig, record

ORDERS, PAUSES, FIRE, TRIAL, CAMERA, LOST, BLOCKED = LESSONS
ROOT = Path(__file__).parents[2]
HOC_1 = OrderRequest(pick_place="D1", drop_place="A1", reference="HOC-1", priority=5, user="lan")
CLOSED = ZoneRequest(zone_id="hang-do", kind="closed", text="Hàng đổ", until=900.0, user="lan",
                     polygon=((0.0, 0.0), (0.5, 0.0), (0.5, 0.5)))  # fmt: skip


class Shift:
    """A trainee at the real fleet engine with kinematic robots."""

    def __init__(self, name: str = "lab", robots: int = 2, dt: float = 0.1) -> None:
        site = load_site(name)
        self.run = Rehearsal(build_roadmap(site), units_of(site, robots), how=Behaviour(stop_rate=0.0), dt=dt)
        self.run.step()

    def do(self, request: FleetRequest) -> object:
        """Ask the fleet for something; it must not refuse."""
        result = self.run.engine.step(round(self.run.now + 0.01, 3), [Ask(1, request)])
        self.run.journal += result.entries
        for command in result.commands:
            robot = self.run.robots[command.robot]
            robot.take(command) if hasattr(command, "nodes") else robot.instant(command)  # type: ignore[arg-type]
        answer = result.replies[0].result
        assert not isinstance(answer, Exception), answer
        return answer

    def wait(self, seconds: float) -> None:
        self.run.run(lambda _: False, seconds)

    @property
    def entries(self) -> list[JournalEntry]:
        return self.run.journal


def orders_done() -> Shift:
    shift = Shift()
    first = shift.do(CreateOrder(order=HOC_1))
    shift.do(HoldOrder(order_id=first.order_id, hold=True, user="lan"))  # type: ignore[attr-defined]
    shift.do(HoldOrder(order_id=first.order_id, hold=False, user="lan"))  # type: ignore[attr-defined]
    shift.run.run(lambda run: run.done, 1200.0)
    second = shift.do(CreateOrder(order=replace(HOC_1, reference="HOC-2")))
    shift.do(CancelOrder(order_id=second.order_id, mode="after_leg", user="lan"))  # type: ignore[attr-defined]
    shift.wait(1.0)
    return shift


def test_the_first_lesson_done_right_at_the_real_engine() -> None:
    result = score(ORDERS, orders_done().entries)
    assert (result.done, result.made, result.points) == (("1.1", "1.2", "1.3", "1.4"), (), 100)
    assert result.passed


def test_the_second_lesson_done_right_at_the_real_engine() -> None:
    shift = Shift()
    shift.do(SetPaused(robots=("amr_01",), pause=True, user="lan"))
    shift.do(SetPaused(robots=("amr_01",), pause=False, user="lan"))
    shift.do(SetPaused(pause=True, user="lan"))
    shift.do(SetPaused(pause=False, user="lan"))
    zone = shift.do(SetZone(zone=CLOSED))
    shift.do(ClearZone(zone_id=zone.zone_id, user="lan"))  # type: ignore[attr-defined]
    result = score(PAUSES, shift.entries)
    assert (result.done, result.made, result.points) == (("2.1", "2.2", "2.3", "2.4"), (), 100)


def test_the_third_lesson_right_and_too_fast_at_the_real_engine() -> None:
    shift = Shift()
    shift.do(RaiseFire(user="lan", text="Khói ở D1"))
    shift.wait(FIRE_SECONDS + 1.0)
    shift.do(EndFire(user="lan"))
    shift.do(AddNote(text="Báo cháy thử, không có lửa", user="lan"))
    assert score(FIRE, shift.entries).points == 100
    hasty = Shift()
    hasty.do(RaiseFire(user="lan", text="Khói ở D1"))
    hasty.do(EndFire(user="lan"))
    hasty.do(AddNote(text="Báo cháy thử", user="lan"))
    result = score(FIRE, hasty.entries)
    assert (result.made, result.points, result.passed) == (("3.a",), 100 - MISTAKE, False)


NOTE = "Robot lạ AMR-99 vào khu vực thử nghiệm, đã đưa ra"


def suspended() -> Rig:
    """Return a trial that a robot broke which the permit does not name, as in `amr demo --trial`."""
    rig = Rig()
    rig.start(record())
    rig.ask(CreateOrder(order=HOC_1))
    rig.run.step()
    rig.ask(ReportBreach(trial_id="TN-1", breach=Breach(rule="serial", robot="amr_99", x=10.0, y=6.0)))
    assert rig.state == "suspended"
    rig.run.run(lambda _: False, 60.0)  # robots come to the end of their released way
    return rig


def confirmed(rig: Rig) -> None:
    rig.move("running", "so_khcn", "authority")
    rig.move("running", "lan", "operator")
    assert rig.state == "running"


def test_the_fourth_lesson_done_right_at_the_real_engine() -> None:
    rig = suspended()
    rig.ask(AddNote(text=NOTE, user="lan"))
    confirmed(rig)
    rig.run.run(lambda run: run.done, 1200.0)
    result = score(TRIAL, rig.run.journal)
    assert (result.done, result.made, result.points) == (("4.1", "4.2", "4.3"), (), 100)


def test_who_confirms_before_he_knows_why_loses_points() -> None:
    rig = suspended()
    rig.ask(AddNote(text="Robot đứng", user="lan"))
    confirmed(rig)
    rig.run.step()
    rig.ask(AddNote(text=NOTE, user="lan"))
    rig.run.run(lambda run: run.done, 1200.0)
    result = score(TRIAL, rig.run.journal)
    assert (result.done, result.made, result.points) == (("4.1", "4.2", "4.3"), ("4.a",), 100 - MISTAKE)
    assert not result.passed


def test_one_person_resumes_nothing_and_cancelling_meanwhile_is_a_mistake() -> None:
    rig = suspended()
    rig.ask(AddNote(text=NOTE, user="lan"))
    rig.move("running", "lan", "operator")
    (order,) = rig.engine.world.state.orders
    rig.ask(CancelOrder(order_id=order, mode="after_leg", user="lan"))
    rig.run.run(lambda _: False, 60.0)
    result = score(TRIAL, rig.run.journal)
    assert (result.done, result.made) == (("4.1",), ("4.b",))


SETTLES = 60.0  # s, longer than an alarm stays after its cause
BLIND = ZoneRequest(zone_id="camera:C01:0:silent", kind="hold", code="camera.blind.silent", until=1e6, user="camera",
                    polygon=((0.0, 0.0), (0.5, 0.0), (0.5, 0.5)))  # fmt: skip


def blind() -> Shift:
    """Return a site whose camera C01 has fallen silent, as in `amr demo --incident camera`."""
    shift = Shift()
    shift.do(SetZone(zone=BLIND))
    shift.wait(2.0)
    assert [e.facts["camera"] for e in shift.entries if e.kind == "alarm_raised"] == ["C01"]
    return shift


def taken(shift: Shift) -> None:
    (alarm,) = shift.run.engine.snapshot().alarms
    shift.do(AckAlarm(alarm_id=alarm.alarm_id, user="lan"))


def sees_again(shift: Shift, user: str = "camera") -> None:
    shift.do(ClearZone(zone_id=BLIND.zone_id, user=user))
    shift.wait(SETTLES)


def test_the_fifth_lesson_done_right_at_the_real_engine() -> None:
    shift = blind()
    taken(shift)
    shift.do(AddNote(text="Camera c01 mất hình, đã báo kỹ sư", user="lan"))
    assert score(CAMERA, shift.entries).done == ("5.1", "5.2"), "it is not over yet"
    sees_again(shift)
    result = score(CAMERA, shift.entries)
    assert (result.done, result.made, result.points) == (("5.1", "5.2", "5.3"), (), 100)


def test_who_lifts_the_zone_of_a_blind_camera_or_stops_the_whole_site_loses_points() -> None:
    shift = blind()
    taken(shift)
    shift.do(AddNote(text="Camera mất hình", user="lan"))
    shift.do(SetPaused(pause=True, user="lan"))
    shift.do(SetPaused(pause=False, user="lan"))
    sees_again(shift, "lan")
    result = score(CAMERA, shift.entries)
    assert (result.done, result.made, result.passed) == (("5.1", "5.3"), ("5.a", "5.b"), False)


def test_an_alarm_that_nobody_took_or_of_something_else_is_no_task_done() -> None:
    shift = blind()
    sees_again(shift)
    assert score(CAMERA, shift.entries).done == ()
    other = [entry(1, "alarm_raised", alarm="b", code="alarm.door", door="C01"), entry(2, "alarm_acked", alarm="b")]
    assert score(CAMERA, [*other, entry(3, "note_added", text="C01")]).points == 0
    before = [entry(0, "note_added", text="C01"), entry(0, "robot_paused", scope="all")]
    raised = entry(1, "alarm_raised", alarm="a", code="alarm.camera_silent", camera="C01")
    late = entry(9, "robot_paused", scope="all")
    result = score(CAMERA, [*before, raised, entry(5, "alarm_cleared", alarm="a"), late])
    assert (result.done, result.made) == ((), ()), "what was before the alarm, or after it"


@pytest.mark.parametrize("lesson", LESSONS, ids=lambda lesson: str(lesson.number))
def test_nothing_done_is_no_point_and_programs_do_not_count(lesson: object) -> None:
    for entries in ([], [replace(e, facts={**e.facts, "user": "ros"}) for e in orders_done().entries]):
        result = score(lesson, entries)  # type: ignore[arg-type]
        assert (result.points, result.passed) == (0, False)


def entry(t: float, kind: str, order: str = "", robot: str = "", **facts: str | float | bool) -> JournalEntry:
    return JournalEntry(t=t, kind=kind, order_id=order, robot=robot, facts={"user": "lan", **facts})


@pytest.mark.parametrize(("entries", "missing"), [
    ([entry(1, "order_created", "T1", reference="HOC-1", priority=0)], "1.1"),
    ([entry(1, "order_created", "T1", reference="HOC-1", priority=10**400)], "1.1"),
    ([entry(1, "order_created", "T1", reference="HOC-1", priority=5), entry(2, "order_released", "T1"),
      entry(3, "order_held", "T1")], "1.2"),
    ([entry(1, "order_created", "T1", reference="HOC-1", priority=5), entry(2, "order_done", "T9")], "1.3"),
    ([entry(1, "order_created", "T2", reference="HOC-2", priority=0), entry(2, "order_cancelled", "T9")], "1.4"),
])  # fmt: skip
def test_each_order_task_fails_when_it_is_done_wrong(entries: list[JournalEntry], missing: str) -> None:
    assert missing not in score(ORDERS, entries).done


@pytest.mark.parametrize(("entries", "missing"), [
    ([entry(1, "robot_paused", robot="a", scope="one"), entry(2, "robot_resumed", robot="b", scope="one")], "2.1"),
    ([entry(1, "robot_paused", robot="a", scope="one"), entry(2, "robot_resumed", robot="a", scope="one")], "2.2"),
    ([entry(1, "zone_set", zone="z", zone_kind="closed", text="", until=9.0)], "2.3"),
    ([entry(1, "zone_set", zone="z", zone_kind="closed", text="x", until=0.0)], "2.3"),
    ([entry(1, "zone_set", zone="z", zone_kind="slow", text="x", until=9.0)], "2.3"),
    ([entry(1, "zone_set", zone="z", zone_kind="closed", text="x", until=9.0), entry(2, "zone_cleared", zone="y")],
     "2.4"),
])  # fmt: skip
def test_each_pause_task_fails_when_it_is_done_wrong(entries: list[JournalEntry], missing: str) -> None:
    assert missing not in score(PAUSES, entries).done


def test_a_robot_that_is_left_paused_costs_points() -> None:
    left = [entry(1, "robot_paused", robot="a", scope="all"), entry(2, "robot_resumed", robot="b", scope="all")]
    assert score(PAUSES, left).made == ("2.a",)
    assert score(PAUSES, [*left, entry(3, "robot_resumed", robot="a")]).made == (), "without a scope every pause ends"


def test_cancelling_at_once_is_a_mistake_and_no_task() -> None:
    entries = [entry(1, "order_created", "T2", reference="HOC-2", priority=0),
               entry(2, "order_cancelled", "T2", mode="now")]  # fmt: skip
    result = score(ORDERS, entries)
    assert ("1.4" in result.done, result.made, result.points) == (False, ("1.a",), 0)


def test_a_note_before_the_alarm_tells_nothing_of_it() -> None:
    entries = [entry(1, "note_added", text="x"), entry(2, "fire_raised"), entry(60, "fire_ended")]
    assert score(FIRE, entries).done == ("3.1", "3.2")


def test_the_command_prints_tasks_and_score(tmp_path: Path) -> None:
    store = JournalStore(str(tmp_path / "journal.sqlite3"))
    store.own(site="lab")
    store.append(orders_done().entries)
    store.close()
    told = CliRunner().invoke(app, ["train", "score", "1", str(tmp_path)])
    assert (told.exit_code, "100/100: đạt" in told.output) == (0, True), told.output
    told = CliRunner().invoke(app, ["train", "score", "3", str(tmp_path)])
    assert (told.exit_code, "CHƯA 3.1" in told.output, "0/100: chưa đạt" in told.output) == (1, True, True)
    told = CliRunner().invoke(app, ["train", "tasks", "2"])
    assert "2.1 Tạm dừng một robot" in told.output


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    assert "store.failed" in str(CliRunner().invoke(app, ["train", "score", "1", str(tmp_path)]).exception)
    assert "there are 1, 2, 3, 4, 5, 6, 7" in str(CliRunner().invoke(app, ["train", "tasks", "9"]).exception)


def test_the_course_names_every_task_and_mistake() -> None:
    text = (ROOT / "docs" / "course" / "operator.vi.md").read_text(encoding="utf-8")
    for lesson in LESSONS:
        assert f"## Bài {lesson.number}. {lesson.vi}" in text
        assert [task.id for task in lesson.tasks if task.vi not in text] == []
        assert [mistake.id for mistake in lesson.mistakes if mistake.vi not in text] == []
