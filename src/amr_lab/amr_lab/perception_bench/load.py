"""What the perception of one robot, and of four fixed cameras, takes of a core."""

from __future__ import annotations

import numpy as np

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site import load_site
from amr_core.site.generators.world import world_sdf
from amr_lab.perception_bench.cameras import Scene, person
from amr_lab.perception_bench.depth import box, camera_view
from amr_lab.perception_bench.markers import VGA, camera, picture_of, pose_of
from amr_lab.perception_bench.rows import FigureRow, Goal, cpu_ms, median
from amr_perception.depth.obstacles import ObstacleFinder
from amr_perception.depth.rays import DepthMount, DepthRays
from amr_perception.markers.detector import MarkerDetector
from amr_perception.people.nanodet import NanoDet
from amr_perception.scan.segmenter import Segmenter
from amr_perception.scan.static_map import static_map
from amr_perception.tracking.tracker import Tracker
from amr_sim.engine import SimEngine, fleet_robots
from amr_sim.imaging import DepthNoise, spoil_depth
from amr_sim.scene import cast
from amr_sim.world import parse_world


def _tracking(times: int) -> float:
    site = load_site("lab")
    engine = SimEngine(site, parse_world(world_sdf(site)), fleet_robots(site, 1), 1)
    static, tracker = static_map("lab"), Tracker()
    specs = engine.types[0].lidars
    segmenters = [Segmenter(spec, static) for spec in specs]
    taken = []
    for k in range(times):
        for _ in range(2):
            engine.step(0.05)
        ranges, pose = engine.scan(), engine.pose(0)

        def work(ranges: np.ndarray = ranges, pose: Pose2D = pose, now: float = 0.1 * k) -> None:
            parts = [
                segmenter.cut(r, -spec.field_of_view / 2, spec.field_of_view / (spec.beams - 1), 0.05, pose)
                for segmenter, spec, r in zip(segmenters, specs, ranges, strict=True)
            ]
            tracker.update(now, np.vstack(parts), (pose.x, pose.y))

        taken.append(cpu_ms(work))
    return median(taken)


def _depth(times: int) -> float:
    rng = np.random.default_rng(3)
    view, rays, finder = camera_view(), DepthRays(DepthMount()), ObstacleFinder()
    things = [box("thing", Pose2D(2.0 + 0.3 * k, 0.4 * k - 0.6, 0.1), (0.3, 0.3), (0.0, 0.4)) for k in range(4)]
    depth = spoil_depth(cast(view, things, 6.0)[0], view.focal, DepthNoise(), rng)
    return median([cpu_ms(lambda: finder.find(rays.points(depth, view.matrix))) for _ in range(times)])


def _tags(times: int) -> float:
    rng = np.random.default_rng(5)
    rvec, tvec = pose_of(1.5, 0.2, rng)
    image, detector = picture_of({7: (0, 0)}, rvec, tvec, VGA, rng), MarkerDetector()
    return median([cpu_ms(lambda: detector.detect(image, camera(VGA), np.zeros(5))) for _ in range(times)])


def _robot(times: int) -> FigureRow:
    tracking, depth, tags = _tracking(times), _depth(times), _tags(times)
    share = (10.0 * tracking + 10.0 * depth + 15.0 * tags) / 1000.0
    metrics = {"tracking_ms": tracking, "depth_ms": depth, "tag_ms": tags, "cores": round(share, 4)}
    return FigureRow(
        "one robot: 2 lidars 10 Hz, depth 10 Hz, tags 15 Hz", "synthetic", metrics, {"cores": ("<=", 0.5)},
        "CPU of the algorithms, without the transport of ROS messages",
    )  # fmt: skip


def _four(detector: str, ms: float, goal: Goal) -> FigureRow:
    """Return the row of four cameras that look five times a second, ms CPU a picture."""
    metrics = {"ms": ms, "cores": round(4 * 5 * ms / 1000.0, 4)}
    return FigureRow(f"4 fixed cameras at 5 Hz, {detector}", "synthetic", metrics, goal)


def rows(trials: int) -> list[FigureRow]:
    """Return the rows of CPU load."""
    times = max(20, trials)
    scene = Scene(1)
    for _ in range(times):
        scene.step(person(10.0, 6.0))
    motion = median(scene.ms[12:])
    goal: Goal = {"cores": ("<=", 2.0)}
    result = [
        _robot(times),
        FigureRow(
            "4 fixed cameras at 5 Hz, motion detector",
            "synthetic",
            {"ms": motion, "cores": round(0.02 * motion, 4)},
            goal,
        ),
    ]
    try:
        detector = NanoDet()
    except AmrError:
        return result
    picture = scene.camera.render(person(10.0, 6.0))
    ms = median([cpu_ms(lambda: detector.detect(picture)) for _ in range(10)])
    return [*result, _four("NanoDet", ms, goal)]
