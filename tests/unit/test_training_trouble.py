"""Lessons of alarms: a robot that is lost, a place that is blocked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from amr_fleet.domain.events import JournalEntry
from amr_fleet.ports import OrderRequest
from amr_fleet.requests import (
    AckAlarm,
    AddNote,
    CancelOrder,
    ClearZone,
    CreateOrder,
    SetPaused,
    SetZone,
)
from amr_fleet.training import score
from amr_fleet.training_checks import NEAR
from tests.unit.test_training import BLOCKED, CLOSED, HOC_1, LOST, SETTLES, Shift, entry


class Trouble(Shift):
    """A site on which a robot with an order is lost, or blocked, as `amr demo --incident lost | blocked` makes it."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.order = self.do(CreateOrder(order=HOC_1)).order_id  # type: ignore[attr-defined]
        self.wait(20.0)
        (name,) = [name for name, robot in self.run.robots.items() if robot.order_id]
        self.befall(name, kind)

    def befall(self, name: str, kind: str) -> None:
        """Let it happen to a robot, and wait until the fleet says so."""
        self.name, self.robot, self.kind = name, self.run.robots[name], kind
        self.robot.busy = 1e9
        if kind == "lost":
            report = self.robot.report
            vars(self.robot)["report"] = lambda: replace(report(), localized=False)
        else:
            self.robot.halt = self.robot.changed = True
        self.wait(200.0)
        first, *others = (e for e in self.entries if e.kind == "alarm_raised")
        assert first.robot == self.name
        assert {str(e.facts["code"]) for e in others} <= {"alarm.blocked"}, "whom it stands in the way of"

    def over(self) -> None:
        """The film is off, or the goods are away."""
        self.robot.busy, self.robot.halt, self.robot.changed = 0.0, False, True
        vars(self.robot).pop("report", None)
        self.wait(SETTLES)

    def close(self, off: float = 2.0, **changes: object) -> object:
        """Close a square of a metre, so many m beside where the robot stands; return the zone."""
        report = self.run.engine.world.robots[self.name].report
        assert report is not None
        x, y = report.x + off, report.y
        square = ((x, y - 0.5), (x + 1.0, y - 0.5), (x + 1.0, y + 0.5), (x, y + 0.5))
        about = replace(CLOSED, polygon=square, until=self.run.now + 600.0)
        return self.do(SetZone(zone=replace(about, **changes)))  # type: ignore[arg-type]

    def pause(self, pause: bool, *robots: str) -> None:
        self.do(SetPaused(robots=robots, pause=pause, user="lan"))

    def take(self) -> None:
        (alarm,) = (a for a in self.run.engine.snapshot().alarms if a.robot == self.name)
        self.do(AckAlarm(alarm_id=alarm.alarm_id, user="lan"))


class Crowd(Trouble):
    """The reference site, twelve robots at work, of which one is lost on its way, as lesson 6 has it."""

    def __init__(self) -> None:
        Shift.__init__(self, "cai_cui", 12, 0.5)
        places = [place for place in self.run.engine.world.places if place.startswith(("D", "B"))]
        for i in range(8):
            pick, drop = places[i], places[-1 - i]
            self.do(CreateOrder(order=OrderRequest(pick_place=pick, drop_place=drop, user="lan")))
        self.wait(40.0)
        self.befall(next(name for name, robot in self.run.robots.items() if robot.order_id and robot.edge), "lost")


@pytest.mark.parametrize("make", [lambda: Trouble("lost"), Crowd], ids=["lab", "twelve robots"])
def test_the_sixth_lesson_done_right_at_the_real_engine(make: Callable[[], Trouble]) -> None:
    site = make()
    site.take()
    site.pause(True, site.name)
    site.do(AddNote(text=f"{site.name.upper().replace('_', '-')} bị lạc, màng co phủ máy quét", user="lan"))
    assert score(LOST, site.entries).done == ("6.1", "6.2", "6.3"), "it is not over yet"
    site.over()
    site.pause(False, site.name)
    result = score(LOST, site.entries)
    assert (result.done, result.made, result.points) == (("6.1", "6.2", "6.3", "6.4"), (), 100)
    site.wait(SETTLES)
    assert not site.run.engine.snapshot().alarms, "whoever stood behind it drives on, and its alarm ended by itself"


def test_who_lets_a_lost_robot_go_or_stops_all_for_it_loses_points() -> None:
    site = Trouble("lost")
    site.pause(True, site.name)
    site.pause(False, site.name)
    assert score(LOST, site.entries).done == ("6.2",), "it is still lost"
    site.pause(True)
    site.do(AddNote(text="Một robot bị lạc", user="lan"))
    site.over()
    site.pause(False)
    result = score(LOST, site.entries)
    assert (result.done, result.made, result.passed) == (("6.2", "6.4"), ("6.a", "6.b"), False)


def test_another_robot_paused_or_noted_is_no_task_done() -> None:
    site = Trouble("lost")
    (other,) = set(site.run.robots) - {site.name}
    site.pause(True, other)
    site.do(AddNote(text=f"{other} bị lạc", user="lan"))
    site.over()
    site.pause(False, other)
    assert score(LOST, site.entries).done == ()


def test_the_seventh_lesson_done_right_at_the_real_engine() -> None:
    site = Trouble("blocked")
    site.take()
    zone = site.close()
    assert score(BLOCKED, site.entries).done == ("7.1", "7.2"), "it is not over yet"
    site.over()
    site.do(ClearZone(zone_id=zone.zone_id, user="lan"))  # type: ignore[attr-defined]
    site.run.run(lambda run: run.done, 1200.0)
    result = score(BLOCKED, site.entries)
    assert (result.done, result.made, result.points) == (("7.1", "7.2", "7.3", "7.4"), (), 100)


def test_who_closes_another_place_has_not_closed_this_one() -> None:
    site = Trouble("blocked")
    site.take()
    site.close(NEAR + 0.3)
    assert score(BLOCKED, site.entries).done == ("7.1",)
    raised, held = [e for e in site.entries if e.kind in ("alarm_raised", "robot_holds")][-1], "n1 n1>n2"
    assert raised.kind == "alarm_raised"
    told = [entry(1, "robot_holds", robot=site.name, held=held), replace(raised, t=2.0)]
    for area, done in (
        ('{"polygon": [], "elements": ["n1>n2"]}', ("7.2",)), ('{"polygon": [], "elements": ["n2>n3"]}', ()),
        ('{"polygon": [[0, 0]], "elements": []}', ()), ("rubbish", ()), ("{}", ()), ("[]", ()),
        ('{"polygon": [["a", 0], [1, 0], [1, 1]], "elements": []}', ()),
    ):  # fmt: skip
        shut = entry(
            3, "zone_set", area=area, zone="z", zone_kind="closed", text="Đổ", until=9.0, code="", max_speed=0.0
        )
        assert score(BLOCKED, [*told, shut]).done == done, area


def test_who_opens_too_early_or_cancels_the_order_loses_points() -> None:
    site = Trouble("blocked")
    zone = site.close()
    site.do(ClearZone(zone_id=zone.zone_id, user="lan"))  # type: ignore[attr-defined]
    site.do(CancelOrder(order_id=site.order, mode="after_leg", user="lan"))
    site.over()
    result = score(BLOCKED, site.entries)
    assert (result.done, result.made, result.passed) == (("7.2",), ("7.a", "7.b"), False)


def test_to_pause_the_robot_ends_its_alarm_but_not_what_lies_in_its_way() -> None:
    site = Trouble("blocked")
    site.take()
    zone = site.close()
    site.pause(True, site.name)
    site.wait(90.0)
    assert site.run.engine.snapshot().alarms == ()
    site.do(ClearZone(zone_id=zone.zone_id, user="lan"))  # type: ignore[attr-defined]
    site.pause(False, site.name)
    site.wait(20.0)
    raised = [e.facts["code"] for e in site.entries if e.kind == "alarm_raised"]
    assert raised == ["alarm.blocked", "alarm.blocked"], "it still stands there"
    site.over()
    site.run.run(lambda run: run.done, 1200.0)
    result = score(BLOCKED, site.entries)
    assert (result.done, result.made, result.passed) == (("7.1", "7.2", "7.4"), ("7.b",), False)


def test_a_block_after_it_was_let_go_is_the_same_trouble_and_a_later_one_is_not() -> None:
    shut = entry(150, "zone_set", zone="z", zone_kind="closed", text="Hàng đổ", until=900.0)
    let_go = entry(300, "robot_resumed", robot="a", scope="one")
    first = [block("raised", 100, "A1"), shut, block("cleared", 203, "A1"), let_go]
    again = [block("raised", 301, "A2"), block("cleared", 500, "A2")]
    open_early, in_time = entry(250, "zone_cleared", zone="z"), entry(510, "zone_cleared", zone="z")
    result = score(BLOCKED, [*first, open_early, *again])
    assert (result.done, result.made) == (("7.2",), ("7.b",))
    result = score(BLOCKED, [*first, *again, in_time])
    assert (result.done, result.made) == (("7.2", "7.3"), ())
    later = [block("raised", 450, "A2"), in_time, block("cleared", 600, "A2")]
    result = score(BLOCKED, [*first, *later])
    assert (result.done, result.made) == (("7.2", "7.3"), ()), "that was something else"


def block(what: str, t: float, alarm: str) -> JournalEntry:
    return entry(t, f"alarm_{what}", robot="a", alarm=alarm, code="alarm.blocked")


def test_a_robot_that_is_lost_again_is_not_to_be_let_go() -> None:
    times = ((100, "raised", "A1"), (150, "cleared", "A1"), (160, "raised", "A2"), (300, "cleared", "A2"))
    alarms = [entry(t, f"alarm_{what}", robot="a", alarm=i, code="alarm.not_localized") for t, what, i in times]
    paused = entry(120, "robot_paused", robot="a", scope="one")
    result = score(LOST, [*alarms, paused, entry(200, "robot_resumed", robot="a", scope="one")])
    assert (result.done, result.made) == (("6.2",), ("6.a",))
    result = score(LOST, [*alarms, paused, entry(155, "robot_resumed", robot="a", scope="one")])
    assert (result.done, result.made) == (("6.2", "6.4"), ()), "the screen said that it knew its place"
    assert "6.4" in score(LOST, [*alarms, paused, entry(300, "robot_resumed", robot="a", scope="one")]).done
    early = entry(90, "robot_resumed", robot="a", scope="one")
    assert "6.4" not in score(LOST, [*alarms, paused, early]).done, "that was before it was paused"


def test_an_area_closed_before_the_alarm_or_without_a_reason_is_no_task_done() -> None:
    raised = entry(100, "alarm_raised", robot="amr_01", alarm="a", code="alarm.blocked")
    early = entry(50, "zone_set", zone="z", zone_kind="closed", text="x", until=900.0)
    bare = entry(150, "zone_set", zone="y", zone_kind="closed", text=" ", until=900.0)
    assert score(BLOCKED, [early, raised, bare]).done == ()
    other = entry(200, "order_cancelled", "T9", mode="after_leg")
    assert score(BLOCKED, [raised, other]).made == (), "an order of another robot"
