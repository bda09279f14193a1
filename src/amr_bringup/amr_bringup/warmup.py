"""Compiles the Numba kernels of the product into their cache, so that the first run starts at once, for the set-up."""

from __future__ import annotations

from amr_core.cameras import PinholeView
from amr_core.geometry import Pose2D
from amr_core.site import load_site
from amr_core.site.generators.world import world_sdf
from amr_navigation.warmup import warm_up as warm_up_navigation
from amr_perception.warmup import warm_up as warm_up_perception
from amr_sim.engine import SimEngine, fleet_robots
from amr_sim.scene import GreySolid, cast
from amr_sim.world import Shape, parse_world


def main() -> None:
    """Run each hot part once on the small site."""
    warm_up_navigation()
    warm_up_perception()
    site = load_site("lab")
    engine = SimEngine(site, parse_world(world_sdf(site)), fleet_robots(site, -1), 1)
    for _ in range(4):
        engine.step(0.05)
    engine.scan()
    box = Shape("box", Pose2D(1.0, 0.0, 0.0), 0.1, 0.1, 0.0, 0.2)
    cast(PinholeView(0.0, 0.0, 0.4, 0.0, 0.1, 16, 12, 10.0), [GreySolid(box)], 4.0)


if __name__ == "__main__":
    main()
