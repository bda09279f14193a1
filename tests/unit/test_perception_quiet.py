"""A camera that watches by motion: halls in which nobody is, and who lies, crouches or stands near a robot."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from amr_core.geometry import Pose2D
from amr_core.robots import FORK_ROBOT, LIFT_AMR, RobotType
from amr_core.site import load_site
from amr_core.site.generators.world import world_sdf
from amr_lab.bench.cli import bench_app
from amr_lab.perception_bench import quiet
from amr_lab.perception_bench.cameras import Scene, crossing_site, person
from amr_lab.perception_bench.quiet import WatchedHall, moments, quiet_day
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.robots import KnownRobot
from amr_perception.fixed.watch import CameraWatch
from amr_sim.fixed_cameras import FixedCamera, robot_solids
from amr_sim.imaging import PictureNoise, spoil_picture
from amr_sim.scene import GreyImage, GreySolid
from amr_sim.world import Shape, parse_world

ROBOT = Pose2D(10.0, 8.0, 0.0)


def lump(x: float, y: float, size: tuple[float, float, float], radius: float = 0.0) -> list[GreySolid]:
    """Return something dark that lies or crouches on the floor; size: its length, width and height (m)."""
    return [GreySolid(Shape("lump", Pose2D(x, y, 0.0), size[0], size[1], 0.0, size[2], radius), 70.0)]


HALL = crossing_site()
LOAD = (LIFT_AMR.load_front, LIFT_AMR.load_rear, LIFT_AMR.load_half_width)


def known(pose: Pose2D, drove: float = 0.0, load: tuple[float, float, float] | None = None) -> KnownRobot:
    return KnownRobot(pose.x, pose.y, pose.theta, LIFT_AMR.reach(loaded=False), load, (-drove, drove), drove)


def low_load(pose: Pose2D) -> list[GreySolid]:
    """Return a robot with a load that is not as high as the pallets of the simulator."""
    return [*robot_solids(LIFT_AMR, pose, ""), GreySolid(Shape("low", pose, 1.2, 1.0, 0.35, 0.6), 165.0)]


def told_of(solids: list[GreySolid], robot: KnownRobot, pictures: int = 150) -> set[str]:
    """Return the first events."""
    scene = Scene(3)
    for _ in range(pictures):
        scene.now += 0.1
        sight = scene.watch.look(scene.camera.render(solids), [robot])
        told: set[str] = {e.rule.event for e in scene.watch.events(scene.now, sight) if e.active}
        if told:
            return told
    return set()


@pytest.mark.parametrize(
    ("what", "robot", "event"),
    [
        (lump(10.0, 6.0, (1.75, 0.45, 0.3)), known(ROBOT), "vehicle_near"),
        (lump(10.0, 6.0, (0.5, 0.5, 0.5)), known(ROBOT), "fallen_load"),
        (lump(10.0, 6.0, (0.6, 0.6, 0.9), 0.3), known(ROBOT, 0.4), "person_near"),
        (person(10.8, 6.8), known(Pose2D(12.6, 5.0, 0.0), 0.8), "person_near"),
        (person(10.0, 6.4), KnownRobot(10.0, 8.0, farthest=0.8), "person_near"),
    ],
    ids=["a lying body", "a fallen load", "a crouching person", "a standing person", "a robot of an unknown type"],
)
def test_who_is_near_an_empty_robot_is_told(what: list[GreySolid], robot: KnownRobot, event: str) -> None:
    """A rule that took what lies within a laden robot's picture for the robot swallowed the first four."""
    pose = Pose2D(robot.x, robot.y, robot.theta or 0.0)
    assert event in told_of([*what, *robot_solids(LIFT_AMR, pose, "")], robot)


@pytest.mark.parametrize("drove", [0.0, 1.2])
@pytest.mark.parametrize(
    ("what", "low"),
    [
        (lump(10.0, 4.6, (1.75, 0.45, 0.3)), False),
        (lump(10.0, 5.8, (1.75, 0.45, 0.3)), True),
        (lump(8.7, 6.2, (0.45, 1.75, 0.3)), False),
        (lump(8.7, 6.2, (0.6, 0.6, 0.9), 0.3), False),
        (person(10.0, 6.2), False),
        (person(8.9, 6.2), False),
    ],
    ids=["a body behind it", "a body across behind a low load", "a body aside", "who crouches aside",
         "who stands behind it", "who stands aside"],
)  # fmt: skip
def test_who_is_near_a_laden_robot_is_told(what: list[GreySolid], low: bool, drove: float) -> None:
    """What shows a load's top has its width, its depth and a height: nobody behind it has all three."""
    body = low_load(ROBOT) if low else robot_solids(LIFT_AMR, ROBOT, "pallet")
    assert told_of([*what, *body], known(ROBOT, drove, LOAD))


@pytest.mark.parametrize("drove", [0.0, 1.2])
@pytest.mark.parametrize("low", [False, True])
def test_a_laden_robot_that_stands_is_nothing_to_tell(low: bool, drove: float) -> None:
    body = low_load(ROBOT) if low else robot_solids(LIFT_AMR, ROBOT, "pallet")
    assert told_of(body, known(ROBOT, drove, LOAD)) == set()


def test_the_top_of_a_load_that_a_robot_does_not_carry_is_told() -> None:
    body = robot_solids(LIFT_AMR, ROBOT, "pallet")
    assert "vehicle_near" in told_of(body, known(ROBOT)), "the fleet says that it carries nothing"


def test_a_robot_that_stands_for_minutes_is_not_learnt_as_the_scene() -> None:
    scene, robot = Scene(3), known(ROBOT, 0.0, LOAD)
    empty = scene.watch._detector._empty.copy()  # type: ignore[attr-defined]
    body = robot_solids(LIFT_AMR, ROBOT, "pallet")
    for _ in range(200):
        scene.now += 0.1
        scene.watch.look(scene.camera.render(body), [robot])
    assert np.abs(scene.watch._detector._empty.astype(int) - empty).max() <= 6  # type: ignore[attr-defined]


def test_nobody_is_told_in_the_first_minutes_of_a_day_when_laden_robots_pass_and_cast_shadows() -> None:
    hall = WatchedHall(HALL, HALL.cameras[0], 7, shadows=True)
    told, seen = set[str](), set[str]()
    for now, _ in list(moments([0]))[:1300]:
        picture, robots = hall.picture(now)
        sight = hall.watch.look(picture, robots, now=1000.0 + now, stamp=1000.0 + now)
        told |= {f"{e.rule.event} at {now}" for e in hall.watch.events(1000.0 + now, sight) if e.active and now > 1.0}
        seen |= {hall._pass.load} if hall._pass is not None else set()
    assert told == set()
    assert seen == {"", "pallet"}, "robots with and without load pass"


def test_a_dim_floor_is_no_dirty_lens_while_a_camera_learns_what_it_sees() -> None:
    """Its checks are so weak that whole grey levels of their energy come and go with the noise."""
    _, site, camera = quiet.halls()[1]
    hall = WatchedHall(site, camera, 7)
    said = set[str]()
    for now, _ in list(moments([0]))[:120]:
        picture, robots = hall.picture(now)
        said.add(hall.watch.look(picture, robots, now=1000.0 + now, stamp=1000.0 + now).lens.reason)
    assert said == {""}


def test_a_laden_robot_that_drives_over_a_bare_floor_turns_no_camera() -> None:
    """Of a floor with few edges its own are most of what a shift of the view is measured by."""
    _, site, camera = quiet.halls()[1]
    hall, rng, now = WatchedHall(site, camera, 7), np.random.default_rng(5), 0.0
    lit = hall.lit(3600.0)

    def looked(solids: list[GreySolid]) -> str:
        nonlocal now
        now += 0.5
        clear = np.asarray(cv2.multiply(hall.camera.perfect(solids), lit, dtype=cv2.CV_8U), dtype=np.uint8)
        return hall.watch.lens.look(spoil_picture(clear, PictureNoise(sigma=2.0), rng), now, now).reason

    assert {looked([]) for _ in range(25)} == {""}
    driven = np.arange(30.0, 34.0, 0.1)
    said = {looked(robot_solids(LIFT_AMR, Pose2D(float(x), 11.2, 0.0), "pallet")) for x in driven}
    assert said == {""}


def told_before_the_plate(what: list[GreySolid], x: float, age: float) -> set[str]:
    """Return what is told of what comes with a laden robot to a place at x (m) where a bright plate is behind its load.

    A rack hides a part of the load, too. age: of what the fleet has heard (s).
    """
    hall, rng, now = WatchedHall(HALL, HALL.cameras[0], 7), np.random.default_rng(1), 0.0
    lit = hall.lit(57600.0)
    robot = KnownRobot.heard((x, 4.0, 0.0), LIFT_AMR, 0.0, age, loaded=True, name="amr_01")
    there, told = [*what, *robot_solids(LIFT_AMR, Pose2D(x, 4.0, 0.0), "pallet")], set[str]()
    for k in range(90):
        now += 0.1
        clear = cv2.multiply(hall.camera.perfect(there if k >= 15 else []), lit, dtype=cv2.CV_8U)
        picture = spoil_picture(np.asarray(clear, dtype=np.uint8), PictureNoise(sigma=2.0), rng)
        sight = hall.watch.look(picture, [robot] if k >= 15 else [], now=now, stamp=now)
        told |= {e.rule.event for e in hall.watch.events(now, sight) if e.active and e.rule.event != "blind"}
    return told


@pytest.mark.parametrize("age", [0.05, 0.3])
@pytest.mark.parametrize("x", [8.43, 8.6])
def test_a_load_that_hides_a_bright_plate_is_nothing_to_tell(x: float, age: float) -> None:
    """As grey as the floor, its side stands out with its top, as far down as the plate reached."""
    assert told_before_the_plate([], x, age) == set()


@pytest.mark.parametrize("age", [0.05, 0.3])
@pytest.mark.parametrize("what", [
    lump(8.43, 1.6, (1.75, 0.45, 0.3)), person(8.2, 1.6), person(7.3, 2.2),
], ids=["a body behind", "who stands behind", "who stands aside"])  # fmt: skip
def test_who_is_near_a_load_that_hides_a_bright_plate_is_told(what: list[GreySolid], age: float) -> None:
    assert told_before_the_plate(what, 8.43, age)


@pytest.mark.parametrize("kind", [LIFT_AMR, FORK_ROBOT], ids=lambda kind: kind.name)
def test_a_laden_robot_that_stands_half_out_of_the_picture_is_nobody(kind: RobotType) -> None:
    """Its front alone has the size of a person, who would stand before it."""
    site = load_site("lab")
    watched, rng = FixedCamera(site.cameras[0], parse_world(world_sdf(site)), 3), np.random.default_rng(3)
    watch, now, told = CameraWatch(site, Floor.of(watched.view)), 0.0, dict[str, float]()
    places = [None] * 20 + [x for x in np.arange(13.2, 14.3, 0.1) for _ in range(12)]
    for x in places:
        now += 0.1
        solids = [] if x is None else robot_solids(kind, Pose2D(float(x), 8.0, math.pi), "pallet")
        place = (float(x or 0.0), 8.0, math.pi)
        robot = KnownRobot.heard(place, kind, 0.0, 0.0, loaded=True, name="amr_02")
        picture = spoil_picture(watched.perfect(solids), PictureNoise(sigma=2.0), rng)
        seen = watch.look(picture, [] if x is None else [robot], now=now, stamp=now).seen
        assert seen is not None or x is None, "it has learnt its scene"
        told |= {f"{x:.1f} m": thing.x for thing in seen or () if thing.kind == "person"}
    assert told == {}


def test_a_person_in_the_quiet_hall_would_be_counted() -> None:
    site = crossing_site()
    hall = WatchedHall(site, site.cameras[0], 7)
    empty, there, picture = hall.empty, hall.camera.perfect(person(10.0, 6.0)), hall.picture

    def visited(now: float) -> tuple[GreyImage, list[KnownRobot]]:
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


def test_a_robot_is_looked_for_no_farther_ahead_than_it_can_have_driven() -> None:
    """Speed and a change of speed together went beyond the top speed: who stood 2.4 m before it was taken for it."""
    kind = LIFT_AMR
    robot = KnownRobot.heard((10.0, 8.0, 0.0), kind, kind.max_speed, 1.0, loaded=False, name="amr_01")
    assert robot.drove == (0.0, kind.max_speed)
    back = KnownRobot.heard((10.0, 8.0, 0.0), kind, -kind.max_speed, 1.0, loaded=False, name="amr_01")
    assert back.drove == (-kind.max_speed, 0.0)
