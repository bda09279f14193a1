"""A depth camera that is late, frozen or partly covered calls nothing free; what it still sees counts."""

from __future__ import annotations

import numpy as np
import pytest

from amr_core.cameras import PinholeView
from amr_core.geometry import Pose2D
from amr_core.own_camera import OwnCamera
from amr_core.robots import LIFT_AMR
from amr_perception.depth.health import DepthHealth
from amr_perception.depth.rays import DepthMount, DepthRays
from amr_perception.depth.watch import DepthState, DepthWatch
from amr_sim.imaging import DepthNoise, spoil_depth
from amr_sim.scene import GreySolid, cast
from amr_sim.world import Shape

Depth = np.ndarray
SPEC = LIFT_AMR.depth_camera
MOUNT = DepthMount.of(SPEC)
HERE = Pose2D(4.0, 2.0, 0.3)
RNG = np.random.default_rng(3)


def view() -> PinholeView:
    return PinholeView(SPEC.x, 0.0, SPEC.z, 0.0, SPEC.pitch, SPEC.width, SPEC.height, SPEC.focal)


def clean(*solids: Shape) -> Depth:
    """Return what the robot's depth camera sees of a floor with solids (base_link), without noise."""
    depth = cast(view(), [GreySolid(solid) for solid in solids], np.inf)[0]
    depth[(depth < SPEC.range_min) | (depth > SPEC.range_max)] = np.inf
    return np.asarray(depth, dtype=np.float32)


def live(depth: Depth) -> Depth:
    return spoil_depth(depth, SPEC.focal, DepthNoise(disparity_sigma=0.03), RNG)


def look(watch: DepthWatch, depth: Depth, now: float, pose: Pose2D | None = HERE, late: float = 0.05) -> DepthState:
    rays = DepthRays(MOUNT)
    points = rays.points(depth, view().matrix)
    return watch.look(depth, points, rays.rays, now=now, stamp=now - late, pose=pose)


def wall(x: float, y: tuple[float, float] = (-4.0, 4.0)) -> Shape:
    return Shape("wall", Pose2D(x, sum(y) / 2, 0.0), 0.1, y[1] - y[0], 0.0, 2.0)


@pytest.mark.parametrize(
    "scene", [(), (wall(1.5),), (wall(0.95),), (wall(1.2, (0.2, 0.6)),), (wall(3.5), wall(1.6, (-0.5, -0.2)))]
)
def test_floor_and_what_stands_on_it_are_seen(scene: tuple[Shape, ...]) -> None:
    watch = DepthWatch(MOUNT)
    for k in range(40):
        pose = Pose2D(4.0 + 0.05 * k, 2.0, 0.3)
        assert look(watch, live(clean(*scene)), 0.1 * k, pose) == DepthState()


def test_holes_of_a_stereo_camera_are_no_cover() -> None:
    depth = live(clean())
    depth[RNG.random(depth.shape) < 0.4] = np.nan  # dark or shining floor
    assert look(DepthWatch(MOUNT), depth, 1.0) == DepthState()


@pytest.mark.parametrize("value", [np.nan, 0.0, np.inf])
@pytest.mark.parametrize("part", [np.s_[:, :150], np.s_[:, 170:], np.s_[120:, 60:260]])
def test_a_lens_that_is_covered_in_part_calls_nothing_free(part: tuple[slice, slice], value: float) -> None:
    depth = live(clean(wall(3.0)))
    depth[part] = value
    state = look(DepthWatch(MOUNT), depth, 1.0)
    assert "clean the lens" in state.reason
    assert not state.wrong  # what the rest shows is there


def test_a_small_speck_and_the_far_hall_without_echo_are_no_cover() -> None:
    depth = live(clean())
    depth[100:140, 140:180] = np.nan
    depth[:40] = np.inf
    assert look(DepthWatch(MOUNT), depth, 1.0) == DepthState()


def test_a_late_picture_calls_nothing_free() -> None:
    assert look(DepthWatch(MOUNT), live(clean()), 5.0, late=0.4) == DepthState()
    state = look(DepthWatch(MOUNT), live(clean()), 5.0, late=0.8)
    assert state.reason == "pictures come late: 0.8 s"
    assert not state.wrong


@pytest.mark.parametrize(("dx", "turn"), [(0.12, 0.0), (0.0, 0.06), (0.0, -0.06)])
def test_a_picture_that_stays_while_the_robot_moves_shows_nothing_that_is_true(dx: float, turn: float) -> None:
    watch, depth = DepthWatch(MOUNT), live(clean(wall(2.0)))
    assert look(watch, depth, 0.0) == DepthState()
    assert look(watch, depth, 0.1, Pose2D(HERE.x + 0.5 * dx, HERE.y, HERE.theta + 0.5 * turn)) == DepthState()
    moved = Pose2D(HERE.x + dx, HERE.y, HERE.theta + turn)
    assert look(watch, depth, 0.2, moved) == DepthState("the picture stands still", wrong=True, code="frozen")
    assert look(watch, live(clean(wall(2.0))), 0.3, moved) == DepthState()  # its own end


def test_a_camera_with_noise_that_stands_still_is_told_while_the_robot_stands_too() -> None:
    watch = DepthWatch(MOUNT)
    for k in range(10):
        last = live(clean())
        assert look(watch, last, 0.1 * k) == DepthState()
    states = [look(watch, last, 1.0 + 0.1 * k, None) for k in range(40)]
    assert states[25].reason == ""
    assert states[-1].wrong


def test_pictures_that_differ_because_the_robot_drove_say_nothing_of_noise() -> None:
    watch = DepthWatch(MOUNT)
    for k in range(20):
        pose = Pose2D(4.0 + 0.05 * k, 2.0, 0.3)
        last = clean(wall(3.5 - 0.05 * k))
        assert look(watch, last, 0.1 * k, pose) == DepthState()
    for k in range(60):  # it stands for 6 s before the same wall, with a camera that has no noise
        assert look(watch, last, 2.0 + 0.1 * k, pose) == DepthState()


def test_a_camera_without_noise_may_show_the_same_scene_while_nothing_moves() -> None:
    watch, depth = DepthWatch(MOUNT), clean(wall(2.0))
    assert {look(watch, depth, 0.1 * k).reason for k in range(200)} == {""}


def test_time_that_goes_back_and_pictures_of_another_size_begin_anew() -> None:
    watch, depth = DepthWatch(MOUNT), live(clean())
    look(watch, depth, 10.0)
    assert look(watch, depth, 2.0, Pose2D(9.0, 9.0, 0.0)) == DepthState()
    half = np.ascontiguousarray(depth[::2, ::2])
    assert not watch.frozen(half, 2.1, Pose2D(20.0, 9.0, 0.0))
    tiny, rays = np.ones((8, 8), np.float32), DepthRays(MOUNT, step=2)
    points = rays.points(tiny, view().matrix)
    assert watch.look(tiny, points, rays.rays, now=3.0, stamp=3.0, pose=None) == DepthState()


@pytest.mark.parametrize("value", [0.0, np.nan, np.inf])
def test_an_empty_picture_is_a_covered_camera_also_when_it_never_changes(value: float) -> None:
    watch = DepthWatch(MOUNT)
    for k in range(10):
        assert look(watch, live(clean()), 0.1 * k) == DepthState()
    empty = np.full((SPEC.height, SPEC.width), value, np.float32)
    codes = [look(watch, empty, 1.0 + 0.5 * k).code for k in range(9)]
    assert codes == ["covered"] * 9
    assert look(watch, live(clean()), 6.0) == DepthState()


def told(health: DepthHealth, now: float) -> tuple[str, bool]:
    camera = health.camera(now)
    assert camera is not None
    return camera.reason, camera.in_use


def test_people_are_told_of_a_blind_depth_camera_after_a_second_and_of_its_end() -> None:
    health = DepthHealth()
    assert health.camera(0.0) is None
    health.take(1.0, "", HERE)
    assert told(health, 1.0) == ("", True)
    for code in ("late", "frozen", "bad_picture"):
        health.take(2.0, code, HERE)
        assert told(health, 2.5) == ("", True)
        assert told(health, 3.0) == (code, True)
        health.take(3.1, "", HERE)
        assert told(health, 3.1) == ("", True)
    health.silent(5.0)
    health.silent(6.0)
    assert told(health, 6.0) == ("no_pictures", True)
    seen = health.camera(6.0)
    assert seen is not None
    assert seen.picture_age == pytest.approx(2.9)


def test_what_a_robot_stands_before_is_no_alarm_and_dirt_that_drives_with_it_is() -> None:
    """Closer than a camera measures, a dock hides the floor as dirt does; nobody must be called each time."""
    health, docked, away = DepthHealth(), Pose2D(HERE.x + 0.6, HERE.y, HERE.theta), Pose2D(HERE.x + 1.1, HERE.y, 0.0)
    health.take(1.0, "", HERE)
    health.take(2.0, "dirty", docked)
    assert told(health, 60.0) == ("dirty", False)  # it is shown, and needed by nobody
    health.take(61.0, "dirty", away)
    assert told(health, 61.0) == ("dirty", True)
    fresh = DepthHealth()
    fresh.take(1.0, "covered", HERE)  # nobody knows that it ever saw
    assert told(fresh, 2.0) == ("covered", True)


def test_a_depth_camera_that_never_sends_anything_is_told_after_ten_seconds() -> None:
    health = DepthHealth()
    health.silent(100.0)
    health.silent(109.0)
    assert health.camera(109.0) is None
    health.silent(110.5)
    health.silent(112.0)
    assert told(health, 112.0) == ("no_pictures", True)
    assert health.camera(112.0) == OwnCamera(camera="depth", reason="no_pictures", in_use=True)
