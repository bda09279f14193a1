"""One robot with its navigation in the embedded simulator, without a fleet: what a client of Nav2 connects to."""

from __future__ import annotations

import dataclasses
import os

from amr_bringup.domain import DomainLease
from amr_bringup.run_options import RunOptions
from amr_bringup.stack import stack
from amr_core.site.ready import ready_site
from amr_ros.host import ProcessHost
from amr_ros.stopping import stop_on_signals

PARTS = ("SimulatorNode", "NavigationNode", "PerceptionNode")


def serve_robot(site: str, rtf: float, seed: int) -> None:
    """Run until SIGINT or SIGTERM; prints how to reach the robot."""
    stop = stop_on_signals()
    model = ready_site(site)
    options = RunOptions(site=site, robots=1, rtf=rtf, seed=seed)
    specs = [spec for spec in stack(model, options) if spec.target.partition(":")[2] in PARTS]
    lease = DomainLease()
    os.environ.setdefault("ROS_AUTOMATIC_DISCOVERY_RANGE", "LOCALHOST")
    with ProcessHost(participant="robot", sim_time=True, domain_id=lease.id, stop=stop) as host:
        for spec in specs:
            own = {"participants": ["robot"]} if spec.target.endswith("SimulatorNode") else {}
            host.add(dataclasses.replace(spec, params={**spec.params, **own}))
        print(f"robot /{model.fleet[0].name}: ROS_DOMAIN_ID={lease.id}", flush=True)
        host.spin()
    lease.close()
