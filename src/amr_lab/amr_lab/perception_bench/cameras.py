"""Fixed cameras on rendered scenes: how soon an event comes, how often it is missed or false, and what it costs."""

from __future__ import annotations

import math

import numpy as np

from amr_core.geometry import Pose2D
from amr_core.robots import LIFT_AMR
from amr_core.site import Camera, Site, Zone, load_site
from amr_core.site.generators.world import world_sdf
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median, p95
from amr_perception.fixed.areas import AreaEvent
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.robots import KnownRobot
from amr_perception.fixed.watch import CameraWatch
from amr_sim.fixed_cameras import FixedCamera, robot_solids
from amr_sim.imaging import PictureNoise
from amr_sim.scene import GreySolid
from amr_sim.world import Shape, SimWorld, parse_world

RATE = 10.0  # Hz, as camera_monitor looks
FLEET_STEP_S = 0.1  # the fleet takes an event in with its next step
# m, map frame of the lab: on its inner aisle, before the camera
CROSSING = ((9.0, 5.2), (11.0, 5.2), (11.0, 6.8), (9.0, 6.8))


def crossing_site() -> Site:
    """Return the lab with a crossing on its inner aisle, watched by a camera."""
    site = load_site("lab")
    zone = Zone(id="crossing", kind="crossing", polygon=list(CROSSING))
    camera = Camera(id="C01", x=10.0, y=11.5, height=3.5, looks_at=(10.0, 6.0))
    return site.model_copy(update={"zones": [*site.zones, zone], "cameras": [camera], "movers": []})


def person(x: float, y: float) -> list[GreySolid]:
    """Return a standing person."""
    parts = ((0.16, 0.0, 0.85, 70.0), (0.22, 0.85, 1.45, 215.0), (0.11, 1.45, 1.75, 180.0))
    return [GreySolid(Shape("person", Pose2D(x, y, 0.0), 2 * r, 2 * r, z0, z1, r), grey) for r, z0, z1, grey in parts]


class Scene:
    """The camera and its watch, with time."""

    def __init__(self, seed: int, noise: PictureNoise | None = None) -> None:
        site = crossing_site()
        world: SimWorld = parse_world(world_sdf(site))
        self.camera = FixedCamera(site.cameras[0], world, seed, noise)
        self.watch = CameraWatch(site, Floor.of(self.camera.view))
        self.now = 0.0
        self.ms: list[float] = []
        for _ in range(12):
            self.step([])

    def step(self, moving: list[GreySolid], robots: list[KnownRobot] | None = None) -> list[AreaEvent]:
        """Return the events of the next picture."""
        picture = self.camera.render(moving)
        out: list[AreaEvent] = []
        self.now += 1.0 / RATE
        self.ms.append(cpu_ms(lambda: out.extend(self.watch.events(self.now, self.watch.look(picture, robots or [])))))
        return out


def _crossings(trials: int) -> dict[str, float]:
    """People walk into the crossing from the side, at 0.8 to 1.6 m/s; a robot drives past in half of the runs."""
    rng = np.random.default_rng(21)
    delays, ended = [], []
    missed = 0
    ms: list[float] = []
    for k in range(trials):
        light = PictureNoise(sigma=rng.uniform(1.0, 3.0), light=rng.uniform(0.5, 1.0), dust=rng.uniform(0.0, 0.2))
        scene = Scene(k, light)
        speed, side = rng.uniform(0.8, 1.6), 1.0 if rng.random() < 0.5 else -1.0
        entered = begun = left = over = math.nan
        robot_x = rng.uniform(3.0, 6.0)
        for step in range(90):
            t = step / RATE
            x = 10.0 - side * (2.5 - speed * t) if t * speed < 5.0 else math.inf
            moving = person(x, 6.0 + 0.2 * math.sin(t)) if abs(x) < 100 else []
            robot = Pose2D(robot_x + 0.8 * t, 8.0, 0.0)
            robots = [KnownRobot(robot.x, robot.y, robot.theta)] if k % 2 else []
            if robots:
                moving += robot_solids(LIFT_AMR, robot, "")
            inside = 9.0 <= x <= 11.0
            entered = scene.now if inside and math.isnan(entered) else entered
            left = scene.now if not inside and not math.isnan(entered) and math.isnan(left) else left
            for event in scene.step(moving, robots):
                if event.rule.area == "crossing" and event.rule.event == "person_near":
                    begun = scene.now if event.active and math.isnan(begun) else begun
                    over = scene.now if not event.active else over
        ms += scene.ms
        if math.isnan(begun):
            missed += 1
            continue
        delays.append(1000.0 * (max(0.0, begun - entered) + FLEET_STEP_S))
        ended.append(over - left)
    return {
        "passes": trials,
        "seen_share": round(1.0 - missed / trials, 4),
        "zone_ms_p95": p95(delays),
        "zone_ms_worst": round(max(delays, default=math.nan), 1),
        "cleared_s_p95": p95([e for e in ended if not math.isnan(e)]),
        "never_cleared": sum(math.isnan(e) for e in ended),
        "ms": median(ms),
    }


def _quiet(trials: int) -> dict[str, float]:
    """An empty crossing under slow changes of light, and a robot that drives through it and reports where it is."""
    rng = np.random.default_rng(22)
    scene = Scene(5, PictureNoise(sigma=2.5))
    false = 0
    frames = 40 * trials
    for k in range(frames):
        phase = (k % 120) / 120.0
        robot = Pose2D(10.0, 4.0 + 4.0 * phase, math.pi / 2)
        moving = robot_solids(LIFT_AMR, robot, "")
        # The fleet's word is up to a second old.
        told = KnownRobot(robot.x + rng.normal(0, 0.02), robot.y - 0.4, robot.theta)
        false += sum(e.active for e in scene.step(moving, [told]))
    minutes = frames / RATE / 60.0
    return {"false_events": false, "minutes": round(minutes, 2), "false_per_hour": round(60.0 * false / minutes, 2)}


def rows(trials: int) -> list[FigureRow]:
    """Return the rows of fixed cameras; trials: passes of a person."""
    seen: Goal = {"seen_share": (">=", 0.99), "zone_ms_p95": ("<=", 400.0), "never_cleared": ("<=", 0.0)}
    note = (
        "synthetic people (cylinders), motion detector; from the first step into the crossing to the fleet's next step"
    )
    quiet: Goal = {"false_per_hour": ("<=", 1.0)}
    return [
        FigureRow(
            "a person steps into a crossing: camera to zone", "synthetic", _crossings(max(4, trials // 2)), seen, note
        ),
        FigureRow("a crossing without people, a robot drives through", "synthetic", _quiet(trials), quiet),
    ]
