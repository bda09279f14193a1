"""Halls in which nobody is: a camera that watches by motion tells nothing there, whatever robots carry through."""

from __future__ import annotations

import numpy as np
import pytest
from typer.testing import CliRunner

from amr_core.cameras import fixed_view
from amr_core.geometry import Pose2D
from amr_core.robots import FORK_ROBOT, LIFT_AMR, RobotType
from amr_core.site import Camera
from amr_lab.bench.cli import bench_app
from amr_lab.perception_bench import quiet
from amr_lab.perception_bench.cameras import Scene, crossing_site, person
from amr_lab.perception_bench.quiet import WatchedHall, moments, quiet_day
from amr_perception.fixed.areas import SeenThing
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.robots import is_robot
from amr_perception.people.boxes import PictureBox
from amr_sim.fixed_cameras import robot_solids
from amr_sim.imaging import PictureNoise
from amr_sim.scene import GreyImage

DIM = PictureNoise(sigma=2.0, light=0.35)


@pytest.mark.parametrize("kind", [LIFT_AMR, FORK_ROBOT], ids=lambda kind: kind.name)
@pytest.mark.parametrize("y", [4.0, 8.0])
def test_a_load_as_grey_as_the_floor_that_a_robot_carries_is_nobody(kind: RobotType, y: float) -> None:
    scene, told = Scene(3, DIM), set[str]()
    for k in range(60):
        robot = Pose2D(7.0 + 0.1 * k, y, 0.0)
        events = scene.step(robot_solids(kind, robot, "pallet"), [(robot.x - 0.3, robot.y)])
        told |= {event.event_id for event in events if event.active}
    assert told == set()


def box_of(floor: Floor, x: float, y: float, low: float, high: float, half: float) -> PictureBox:
    """Return the box (px) of what stands at x, y (m) as far as it is between two heights (m)."""
    pixels = []
    for z in (low, high):
        grown = floor.height / (floor.height - z)  # it hides the floor that is farther away
        away = (x - floor.eye[0]) * grown, (y - floor.eye[1]) * grown
        pixels += [floor.pixel(floor.eye[0] + away[0] + side, floor.eye[1] + away[1]) for side in (-half, half)]
    (left, right), (top, foot) = ((min(c), max(c)) for c in zip(*pixels, strict=True))
    return PictureBox("person", 0.9, left, top, right, foot)


@pytest.mark.parametrize("away", [4.0, 7.0, 12.0])
@pytest.mark.parametrize("behind", [1.0, 1.5, 2.5])
@pytest.mark.parametrize("height", [3.5, 6.0])
def test_who_stands_behind_a_laden_robot_is_seen(height: float, away: float, behind: float) -> None:
    """Its load hides the legs; head and shoulders stick out above all that a robot can fill."""
    floor = Floor.of(fixed_view(Camera(id="C", x=10.0, y=0.0, height=height, looks_at=(10.0, 6.0))))
    robot = (10.0, away)
    load = box_of(floor, 10.0, away, 0.35, 1.3, 0.5)
    top = SeenThing("vehicle", 10.0, away + 3.0, 0.5, 0.9)  # where it would stand if it stood on the floor
    assert is_robot(top, load, floor, [robot], 0.0)
    assert not is_robot(top, load, floor, [], 0.0)
    who = box_of(floor, 10.0, away + behind, 1.2, 1.75, 0.25)
    assert not is_robot(SeenThing("person", 10.0, away + behind + 2.0, 0.25, 0.9), who, floor, [robot], 0.0)


def test_nobody_is_told_in_the_first_minutes_of_a_day() -> None:
    site = crossing_site()
    hall = WatchedHall(site, site.cameras[0], 7)
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
