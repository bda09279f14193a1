"""A day in halls in which nobody is: what a camera tells falsely by motion while light changes and robots pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import shapely

from amr_core.geometry import Pose2D
from amr_core.robots import FORK_ROBOT, LIFT_AMR
from amr_core.site import Camera, Site, load_site
from amr_core.site.generators.world import world_sdf
from amr_lab.perception_bench.cameras import crossing_site
from amr_lab.perception_bench.rows import FigureRow, Goal
from amr_perception.fixed.floor import Floor
from amr_perception.fixed.robots import KnownRobot
from amr_perception.fixed.watch import CameraWatch
from amr_perception.people.boxes import FloatImage
from amr_sim.fixed_cameras import FixedCamera, robot_solids
from amr_sim.imaging import PictureNoise, spoil_picture
from amr_sim.scene import GreyImage, GreySolid
from amr_sim.world import parse_world

RATE = 10.0  # Hz, as camera_monitor looks
_HOURS, _WATCHED_S, _BETWEEN_S = 24, 150.0, 10.0
"""Of each hour the first 150 s are seen at ten pictures a second, together an hour; the rest at one every 10 s."""
_REPORT_S = 1.0  # between two reports of the fleet of where robots are
_LIGHT_S = 0.95  # below the second after which light is anew: at ten pictures a second none is missed by rounding
_LEARN_S = 5.0  # without robots: a scene is learnt empty
# chosen: a robot is seen for some seconds of it; farther than 14 m a robot is some ten pixels
_LEAST_LANE_M, _NEAR_M = 3.0, 14.0
_ROBOT_HIGH_M, _SHADE = 0.5, 0.78  # m; share of the light in its shadow; chosen: dim halls have soft shadows


@dataclass(frozen=True)
class Pass:
    """A robot's way through the picture. stands: s in its middle; speed: m/s."""

    start: tuple[float, float]
    end: tuple[float, float]
    kind: Any
    load: str
    speed: float
    stands: float

    @property
    def seconds(self) -> float:
        """How long it takes."""
        return math.dist(self.start, self.end) / self.speed + self.stands

    def pose(self, since: float) -> Pose2D:
        """Return where it is this long (s) after it came."""
        long = math.dist(self.start, self.end)
        half = 0.5 * long / self.speed
        driven = since if since < half else max(half, since - self.stands)
        share = min(1.0, driven * self.speed / long)
        dx, dy = self.end[0] - self.start[0], self.end[1] - self.start[1]
        return Pose2D(self.start[0] + share * dx, self.start[1] + share * dy, math.atan2(dy, dx))


class WatchedHall:
    """A camera of a site with robots that pass, one after the other, with some seconds between."""

    def __init__(self, site: Site, camera: Camera, seed: int, *, shadows: bool = False) -> None:
        """site: its lanes near the camera are driven. seed: of noise, clouds, robots. shadows: robots cast them."""
        self._shadows = shadows
        self.rng = np.random.default_rng((seed, 24))
        self.camera = FixedCamera(camera, parse_world(world_sdf(site)), seed)
        self.floor = Floor.of(self.camera.view)
        self.watch = CameraWatch(site, self.floor)
        self._ways = ways(site, self.floor)
        self._pass: Pass | None = None
        self._came, self._next = 0.0, math.nan
        self._told: tuple[float, list[Callable[[float], KnownRobot]]] = (-math.inf, [])
        self._cloud, self._spark = 1.0, self.rng.uniform(0.0, math.tau)
        height, width = self.camera.view.height, self.camera.view.width
        rows, columns = np.arange(height, dtype=np.float32)[:, None], np.arange(width, dtype=np.float32)[None]
        away = (rows - 0.31 * height) ** 2 + (columns - 0.31 * width) ** 2
        self._lamps = np.asarray(0.35 + 0.45 * np.exp(-away / (2 * (0.4 * height) ** 2)), dtype=np.float32)
        self._columns = columns
        self._light, self._lit_at = self._lamps, -math.inf
        self.empty = self.camera.perfect([])

    def lit(self, now: float) -> FloatImage:
        """Return the light (1: full) at now (s of the day), anew each second: sun, clouds, lamps."""
        step = min(now - self._lit_at, 10.0)
        if step < _LIGHT_S:
            return self._light
        hour, self._lit_at = now / 3600.0, now
        self._cloud = float(np.clip(self._cloud + self.rng.normal(0.0, 0.003 * math.sqrt(step)), 0.5, 1.0))
        sun = max(0.0, math.sin(math.pi * (hour - 6.0) / 12.0))
        windows = 0.8 + 0.2 * np.sin(self._columns / 90.0 + hour)
        lamps = self._lamps * float(np.clip((0.35 - sun) / 0.1, 0.0, 1.0))
        self._light = np.asarray(np.clip(sun * self._cloud * windows + lamps, 0.12, 1.0), dtype=np.float32)
        return self._light

    def robots(self, now: float) -> list[Pose2D]:
        """Return where the robot in the picture is, if one is there; the next comes after 2 to 20 s."""
        if self._pass is not None and now - self._came > self._pass.seconds:
            self._pass, self._next = None, now + float(self.rng.uniform(2.0, 20.0))
        if math.isnan(self._next):
            self._next = now + _LEARN_S
        if self._pass is None and now >= self._next:
            self._pass, self._came = self._drawn(), now
            self._told = (-math.inf, [])  # the fleet knew where it was before it came into the picture, too
        return [] if self._pass is None else [self._pass.pose(now - self._came)]

    def _drawn(self) -> Pass:
        rng = self.rng
        start, end = self._ways[int(rng.integers(len(self._ways)))]
        if rng.random() < 0.5:
            start, end = end, start
        kind = (LIFT_AMR, FORK_ROBOT)[int(rng.integers(2))]
        stands = float(rng.uniform(5.0, 40.0)) if rng.random() < 0.3 else 0.0
        load = "pallet" if rng.random() < 0.5 else ""
        return Pass(start, end, kind, load, float(rng.uniform(0.3, 1.2)), stands)

    def picture(self, now: float) -> tuple[GreyImage, list[KnownRobot]]:
        """Return the picture at now (s of the day), and the robots as the fleet knows them."""
        poses = self.robots(now)
        solids: list[GreySolid] = []
        light = self.lit(now)
        for pose in poses:
            assert self._pass is not None
            solids += robot_solids(self._pass.kind, pose, self._pass.load)
            if self._shadows:
                light = self._shaded(light, pose, high=1.3 if self._pass.load else _ROBOT_HIGH_M)
        if now - self._told[0] >= _REPORT_S - 1e-6:
            noise = self.rng.normal(0.0, 0.02, 2)
            self._told = (now, [self._heard(p.x + float(noise[0]), p.y + float(noise[1]), now) for p in poses])
        clear = self.camera.perfect(solids) if solids else self.empty
        heard = [known(now - self._told[0]) for known in self._told[1]]
        lit = cv2.multiply(clear, light, dtype=cv2.CV_8U)
        return spoil_picture(np.asarray(lit, dtype=np.uint8), PictureNoise(sigma=2.0), self.rng), heard

    def _heard(self, x: float, y: float, now: float) -> Callable[[float], KnownRobot]:
        """Return what the fleet knows of the robot that says x, y (m) now (s), by the age of that (s)."""
        run, since = self._pass, now - self._came
        assert run is not None
        speed = run.speed if run.pose(since + 0.01) != run.pose(since) else 0.0
        place, name = (x, y, run.pose(since).theta), f"came at {self._came:.1f} s"
        return lambda age: KnownRobot.heard(place, run.kind, speed, age, loaded=bool(run.load), name=name)

    def _shaded(self, light: FloatImage, pose: Pose2D, high: float) -> FloatImage:
        """Return the light with the shadow of a robot, which stands in the way of a lamp or the sun."""
        outline = np.array([(-0.7, -0.45), (0.7, -0.45), (0.7, 0.45), (-0.7, 0.45)])
        c, s = math.cos(pose.theta), math.sin(pose.theta)
        foot = outline @ np.array(((c, s), (-s, c))) + (pose.x, pose.y)
        cast = np.vstack((foot, foot + high * np.array((0.8, 0.6)), np.array((pose.x, pose.y))[None]))
        pixels = np.column_stack((cast, np.ones(len(cast)))) @ self.floor.to_picture.T
        if np.any(pixels[:, 2] <= 1e-6):
            return light
        shape = cv2.convexHull(np.asarray(np.rint(pixels[:, :2] / pixels[:, 2:]), dtype=np.int32))
        mask = np.zeros(light.shape, np.uint8)
        cv2.fillConvexPoly(mask, shape, 255)
        dimmed = cv2.GaussianBlur(mask, (9, 9), 0).astype(np.float32) * np.float32((1.0 - _SHADE) / 255.0)
        return np.asarray(light * (1.0 - dimmed), dtype=np.float32)


def ways(site: Site, floor: Floor) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Return the straight parts of lanes, and of the ways from them to docks, that a camera has in its picture."""
    view = shapely.Polygon(floor.outline()).intersection(shapely.Point(*floor.eye).buffer(_NEAR_M))
    lines = [
        shapely.LineString(pair) for lane in site.lanes for pair in zip(lane.points, lane.points[1:], strict=False)
    ]
    docks = [shapely.Point(s.x, s.y) for p in site.places if p.kind == "dock" for s in p.stations]
    for dock in docks:
        nearest = min(lines, key=dock.distance)
        lines.append(shapely.LineString((dock, nearest.interpolate(nearest.project(dock)))))
    found = []
    for line in lines:
        part = view.intersection(line)
        if part.geom_type == "LineString" and part.length > _LEAST_LANE_M:
            (x0, y0), (x1, y1) = part.coords[0], part.coords[-1]
            found.append(((x0, y0), (x1, y1)))
    return found


def moments(
    hours: Sequence[int], watched: float = _WATCHED_S, between: float = _BETWEEN_S
) -> Iterator[tuple[float, bool]]:
    """Yield when (s of the day) a picture comes, and whether it counts for the hour of ten pictures a second."""
    for hour in hours:
        begin = 3600.0 * hour
        for k in range(round(watched * RATE)):
            yield begin + k / RATE, True
        for second in np.arange(watched, 3600.0, between):
            yield begin + float(second), False


def quiet_day(
    hall: WatchedHall, hours: Sequence[int], watched: float = _WATCHED_S, between: float = _BETWEEN_S
) -> dict[str, float | int | str | None]:
    """Return what a camera told in these hours of a day without anybody: events, alarms of its lens.

    minutes, robot_share, false_events: of the pictures at full rate, which the rules of events are made for;
    learning_pictures: of all, in which motion learnt its scene anew, and held what it guards.
    """
    false, lens, counted, pictures, with_robot, learnt = dict[str, str](), list[str](), 0, 0, 0, 0
    for now, counts in moments(hours, watched, between):
        picture, told = hall.picture(now)
        sight = hall.watch.look(picture, told, now=1000.0 + now, stamp=1000.0 + now)
        pictures += 1
        counted += counts
        with_robot += counts and bool(told)
        learnt += sight.reason == "learning" and pictures > RATE
        if sight.lens.reason and pictures > RATE:
            lens.append(f"{sight.lens.reason} at {now / 3600.0:.2f} h")
        for event in hall.watch.events(1000.0 + now, sight):
            if event.active and counts and pictures > RATE and event.rule.event != "blind":
                false.setdefault(event.event_id, f"{event.rule.event} in {event.rule.area} at {now / 3600.0:.3f} h")
    minutes = counted / RATE / 60.0
    return {
        "pictures": pictures, "minutes": round(minutes, 1), "robot_share": round(with_robot / max(1, counted), 2),
        "false_events": len(false), "false_per_hour": round(60.0 * len(false) / minutes, 2), "lens_alarms": len(lens),
        "learning_pictures": learnt, "what": "; ".join([*list(false.values())[:6], *lens[:3]]),
    }  # fmt: skip


def halls() -> Sequence[tuple[str, Site, Camera]]:
    """Return the halls that are watched: the laboratory's crossing, and two cameras of the reference site."""
    lab, port = crossing_site(), load_site("cai_cui")
    chosen = [("the laboratory's crossing", lab, lab.cameras[0])]
    for name, what in (("C12", "a crossing, two docks and a lane"), ("C23", "two docks and three lanes")):
        chosen.append((f"cai_cui {name}, {what}", port, next(c for c in port.cameras if c.id == name)))
    return chosen


def rows(trials: int) -> list[FigureRow]:
    """Return a row for each hall, and one for robots with shadows; trials: hours seen of the day, at most 24."""
    goal: Goal = {"false_per_hour": ("<=", 0.0), "lens_alarms": ("<=", 0.0)}
    harder: Goal = {"false_per_hour": ("<=", 1.0), "lens_alarms": ("<=", 0.0)}
    note = "of each hour 150 s at ten pictures a second, then a picture every 10 s; motion and lens watch"
    count = min(trials, _HOURS)
    hours = [_HOURS * k // count for k in range(count)]
    cases = [(name, WatchedHall(site, camera, 7), goal) for name, site, camera in halls()]
    name, site, camera = halls()[0]
    cases.append((f"{name}, robots cast shadows", WatchedHall(site, camera, 7, shadows=True), harder))
    return [
        FigureRow(f"a day without people, robots pass: {name}", "synthetic", quiet_day(hall, hours), limits, note)
        for name, hall, limits in cases
    ]
