"""amr calibrate robot: offsets put into the simulator are found again, bad drives are refused with what is wrong."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from amr_bringup.calibrate_robot import calibrate_robot
from amr_bringup.cli import app
from amr_bringup.drive import read_drive
from amr_core.errors import AmrError
from amr_core.geometry import Pose2D, compose, inverse, transform, wrap_angle
from amr_core.gridmap import GridMap
from amr_core.robots import LIFT_AMR
from amr_core.site import load_site, site_dir
from amr_navigation.costmap.static_map import DistanceGrid, distance_grid
from amr_perception.markers.site_tags import site_tags
from amr_sim.lidar import Bodies, Lidars
from amr_sim.world import load_world

SITE = "lab"
OFF = {"front": Pose2D(0.03, -0.02, math.radians(1.5)), "rear": Pose2D(-0.025, 0.02, math.radians(-2.0))}
CAMERA = Pose2D(LIFT_AMR.camera.x + 0.02, 0.015, math.radians(-1.2))
NOBODY = Bodies(np.zeros((0, 4, 2)), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros((0, 3)))
Lines = list[dict[str, Any]]


def walls() -> DistanceGrid:
    grid = GridMap.load(site_dir(SITE) / "map.yaml")
    return distance_grid(grid.occupied, grid.resolution, *grid.origin)


def moved(mount: Pose2D, off: Pose2D) -> Pose2D:
    return Pose2D(mount.x + off.x, mount.y + off.y, mount.theta + off.theta)


def eights(k: int) -> tuple[float, float]:
    """Speed and turn rate: eights, with a turn on the spot every 30 s."""
    t = 0.1 * k
    return (0.0, 0.6) if t % 30 > 27 else (0.5, 0.5 if t % 26 < 13 else -0.5)


def straight(k: int) -> tuple[float, float]:
    return (0.3 if (k // 100) % 2 == 0 else -0.3), 0.0


def drive(steer: Callable[[int], tuple[float, float]] = eights, seed: int = 1, noise: float = 0.03) -> Lines:
    """Simulate 100 s of a robot whose sensors hang askew: true ray casts, wheels that count 2 % too much."""
    front, rear = (replace(spec, mount=moved(spec.mount, OFF[spec.name])) for spec in LIFT_AMR.lidars)
    specs = (front, rear)
    world = load_world(Path(__file__).resolve().parents[2] / "worlds" / f"{SITE}.sdf").slice()
    lidars, rng, boards = (
        Lidars([replace(LIFT_AMR, lidars=specs)], world.segments, seed),
        np.random.default_rng(seed),
        site_tags(load_site(SITE)),
    )
    free = walls()
    row, column = np.unravel_index(int(free.sdf.argmax()), free.sdf.shape)
    pose = Pose2D(free.origin_x + 0.05 * float(column), free.origin_y + 0.05 * float(row), 0.3)
    odom, lines = Pose2D(0.0, 0.0, 0.0), Lines()
    lines.append({"kind": "pose", "t": 0.0, "x": pose.x + 0.1, "y": pose.y - 0.1, "theta": pose.theta + 0.05})
    for k in range(1000):
        v, w = steer(k)
        step = Pose2D(0.1 * v * math.cos(0.05 * w), 0.1 * v * math.sin(0.05 * w), 0.1 * w)
        pose = compose(pose, step)
        counted = [rng.normal(0.0, noise * abs(value)) for value in (step.x, step.theta)]
        odom = compose(odom, Pose2D(1.02 * step.x + counted[0], step.y, 1.01 * step.theta + counted[1]))
        t = round(0.1 * (k + 1), 3)
        lines.append({"kind": "odom", "t": t, "x": odom.x, "y": odom.y, "theta": odom.theta})
        if k % 2:
            continue
        for spec, ranges in zip(specs, lidars.scan(np.array([tuple(pose)]), NOBODY), strict=True):
            step_angle = spec.field_of_view / (spec.beams - 1)
            echoes = [round(float(r), 4) if np.isfinite(r) else None for r in ranges]
            lines.append({"kind": "scan", "t": t, "lidar": spec.name, "angle_min": -spec.field_of_view / 2,
                          "increment": step_angle, "ranges": echoes})  # fmt: skip
        eye = compose(pose, CAMERA)
        for tag, board in boards.items():
            x, y = transform(np.array([(board.x, board.y)]), inverse(eye))[0]
            if 0.5 < x < 4.0 and abs(y) < 0.5 * x:
                x, y = x + rng.normal(0.0, 0.005), y + rng.normal(0.0, 0.003)
                lines.append({"kind": "tag", "t": t, "tag": tag, "x": -y, "y": 0.0, "z": x})
    return lines


def kept(lines: Lines, path: Path) -> Path:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


@pytest.fixture(scope="module")
def good() -> Lines:
    return drive()


def calibrated(path: Path) -> dict[str, dict[str, Any]]:
    return calibrate_robot(path, LIFT_AMR, walls(), site_tags(load_site(SITE)))


def test_offsets_put_into_the_simulator_are_found_within_5_mm_and_a_fifth_of_a_degree(
    good: Lines, tmp_path: Path
) -> None:
    found = calibrated(kept(good, tmp_path / "drive.jsonl"))
    wanted = {f"lidar_{spec.name}": moved(spec.mount, OFF[spec.name]) for spec in LIFT_AMR.lidars} | {"camera": CAMERA}
    for name, mount in wanted.items():
        facts = found[name]
        assert math.hypot(facts["x"] - mount.x, facts["y"] - mount.y) < 0.005, (name, facts)
        assert abs(math.degrees(wrap_angle(facts["theta"] - mount.theta))) < 0.2, (name, facts)
    assert found["lidar_front"]["odometry_scale"] == pytest.approx(1.0 / 1.02, abs=0.004)


def without_turns() -> Lines:
    return drive(straight)


def short() -> Lines:
    return drive()[:100]


def slipping() -> Lines:
    return drive(noise=1.0)


@pytest.mark.parametrize(
    ("make", "reason"),
    [(without_turns, "turns of"), (short, "needed|drive longer"), (slipping, "slipping|known to|differ")],
)
def test_a_bad_drive_is_refused(make: Callable[[], Lines], reason: str, tmp_path: Path) -> None:
    with pytest.raises(AmrError, match=reason) as caught:
        calibrated(kept(make(), tmp_path / "drive.jsonl"))
    assert caught.value.code == "calibration.bad"


def late(lines: Lines) -> Lines:
    """The lidars' clock is 0.3 s behind."""
    return sorted(({**line, "t": line["t"] + 0.3} if line["kind"] == "scan" else line for line in lines),
                  key=lambda line: float(line["t"]))  # fmt: skip


def elsewhere(lines: Lines) -> Lines:
    return [{**line, "x": line["x"] - 4.0, "theta": 1.6} if line["kind"] == "pose" else line for line in lines]


@pytest.mark.parametrize("spoil", [late, elsewhere])
def test_a_drive_of_wrong_clocks_or_another_place_is_refused(
    spoil: Callable[[Lines], Lines], good: Lines, tmp_path: Path
) -> None:
    with pytest.raises(AmrError) as caught:
        calibrated(kept(spoil(good), tmp_path / "drive.jsonl"))
    assert caught.value.code == "calibration.bad"


def test_a_camera_that_saw_no_tags_is_left_out_and_said(good: Lines, tmp_path: Path) -> None:
    path = kept([line for line in good if line["kind"] != "tag"], tmp_path / "drive.jsonl")
    output = tmp_path / "out" / "robot.json"
    done = CliRunner().invoke(app, ["calibrate", "robot", str(path), "--output", str(output), "--site", SITE])
    assert done.exit_code == 0, done.output
    assert "camera: left out, 0 sights of tags" in done.output
    assert set(json.loads(output.read_text())["sensors"]) == {"lidar_front", "lidar_rear", "camera"}


@pytest.mark.parametrize(
    "text",
    [
        "", "rubbish\n", "[]\n", '{"kind": "odom"}\n', '{"kind": "odom", "t": 1, "x": NaN, "y": 0, "theta": 0}\n',
        '{"kind": "scan", "t": 1, "lidar": "front", "angle_min": 0, "increment": 0, "ranges": []}\n',
        '{"kind": "scan", "t": 1, "lidar": "front", "angle_min": 0, "increment": 0.01, "ranges": [-1]}\n',
        '{"kind": "tag", "t": 1, "tag": -3, "x": 0, "y": 0, "z": 0}\n',
        '{"kind": "odom", "t": 2, "x": 0, "y": 0, "theta": 0}\n{"kind": "odom", "t": 1, "x": 0, "y": 0, "theta": 0}\n',
        '{"kind": "odom", "t": 1, "x": 0, "y": 0, "theta": 0}\n{"kind": "odom", "t": 2, "x": 0, "y": 0, "theta": 0}\n',
    ],
)  # fmt: skip
def test_a_recording_that_is_none_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "drive.jsonl"
    path.write_text(text)
    with pytest.raises(AmrError) as caught:
        read_drive(path)
    assert caught.value.code == "calibration.bad"


def test_a_recording_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AmrError) as caught:
        read_drive(tmp_path / "none.jsonl")
    assert caught.value.code == "calibration.bad"
