"""A camera that watches by motion: halls in which nobody is, and who lies, crouches or stands near a robot."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from amr_core.geometry import Pose2D
from amr_core.robots import LIFT_AMR
from amr_lab.bench.cli import bench_app
from amr_lab.perception_bench import quiet
from amr_lab.perception_bench.cameras import Scene, crossing_site, person
from amr_lab.perception_bench.quiet import WatchedHall, moments, quiet_day
from amr_sim.fixed_cameras import robot_solids
from amr_sim.scene import GreyImage, GreySolid
from amr_sim.world import Shape

ROBOT = Pose2D(10.0, 8.0, 0.0)


def lump(x: float, y: float, size: tuple[float, float, float], radius: float = 0.0) -> list[GreySolid]:
    """Return something dark that lies or crouches on the floor; size: its length, width and height (m)."""
    return [GreySolid(Shape("lump", Pose2D(x, y, 0.0), size[0], size[1], 0.0, size[2], radius), 70.0)]


@pytest.mark.parametrize(
    ("what", "robot", "slack", "event"),
    [
        (lump(10.0, 6.0, (1.75, 0.45, 0.3)), ROBOT, 0.0, "vehicle_near"),
        (lump(10.0, 6.0, (0.5, 0.5, 0.5)), ROBOT, 0.0, "fallen_load"),
        (lump(10.0, 6.0, (0.6, 0.6, 0.9), 0.3), ROBOT, 0.4, "person_near"),
        (person(10.8, 6.8), Pose2D(12.6, 5.0, 0.0), 0.8, "person_near"),
    ],
    ids=["a lying body", "a fallen load", "a crouching person", "a standing person"],
)
def test_who_is_near_an_empty_robot_is_told(what: list[GreySolid], robot: Pose2D, slack: float, event: str) -> None:
    """A rule that took what lies within a laden robot's picture for the robot swallowed all four."""
    scene, told, picture = Scene(3), set[str](), 0
    solids = [*what, *robot_solids(LIFT_AMR, robot, "")]
    while event not in told and picture < 150:
        picture += 1
        scene.now += 0.1
        sight = scene.watch.look(scene.camera.render(solids), [(robot.x, robot.y)], slack)
        told |= {e.rule.event for e in scene.watch.events(scene.now, sight) if e.active}
    assert event in told


def test_nobody_is_told_in_the_first_minute_of_a_day_when_robots_pass_without_load() -> None:
    site = crossing_site()
    hall = WatchedHall(site, site.cameras[0], 7)
    drawn = hall._drawn
    hall._drawn = lambda: replace(drawn(), load="")  # type: ignore[method-assign]
    told = set[str]()
    for now, _ in list(moments([0]))[:600]:
        picture, robots, slack = hall.picture(now)
        sight = hall.watch.look(picture, robots, slack, now=1000.0 + now, stamp=1000.0 + now)
        told |= {e.event_id for e in hall.watch.events(1000.0 + now, sight) if e.active and now > 1.0}
    assert told == set()
    assert np.ptp([len(hall.robots(now)) for now in np.arange(60.0, 150.0)]) == 1, "robots pass"


def test_a_person_in_the_quiet_hall_would_be_counted() -> None:
    site = crossing_site()
    hall = WatchedHall(site, site.cameras[0], 7)
    empty, there, picture = hall.empty, hall.camera.perfect(person(10.0, 6.0)), hall.picture

    def visited(now: float) -> tuple[GreyImage, list[tuple[float, float]], float]:
        hall.empty = there if 3.0 < now < 5.0 else empty
        return picture(now)

    hall.picture = visited  # type: ignore[method-assign]
    counted = quiet_day(hall, [0], watched=5.0, between=3600.0)
    assert (counted["false_events"], counted["pictures"]) == (1, 51)
    assert "person_near in crossing" in str(counted["what"])


def test_a_day_of_which_something_was_told_misses_its_goal_and_ends_with_1(monkeypatch: pytest.MonkeyPatch) -> None:
    told = {"false_per_hour": 1.0, "lens_alarms": 0}
    monkeypatch.setattr(quiet, "halls", lambda: [("a hall", crossing_site(), crossing_site().cameras[0])])
    monkeypatch.setattr(quiet, "quiet_day", lambda *_: told)
    asked = ["perception", "--only", "quiet", "--strict"]
    assert CliRunner().invoke(bench_app, asked).exit_code == 1
    told["false_per_hour"] = 0.0
    assert CliRunner().invoke(bench_app, asked).exit_code == 0
