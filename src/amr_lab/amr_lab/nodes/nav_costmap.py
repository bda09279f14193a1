"""Drive a robot out of its bay and keep its global costmap: `python -m amr_lab.nodes.nav_costmap ROBOT FILE.npy`."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
from nav2_msgs.action import NavigateToPose
from nav_msgs.msg import OccupancyGrid

from amr_lab.nodes.nav_client import LIMIT, NavClient, stamped
from amr_lab.nodes.nav_conformance import ready
from amr_ros import qos


def main() -> None:
    """Drive, wait for a costmap of afterwards, save it: rows from the south, -1 unknown, 0..100."""
    robot, file = sys.argv[1:]
    nav, grids = NavClient(robot), list[Any]()
    try:
        ready(nav)
        goal = NavigateToPose.Goal(pose=stamped(10, 8, math.pi))
        sys.stderr.write(f"drive: {nav.run(NavigateToPose, 'navigate_to_pose', goal)}\n")
        nav.node.create_subscription(OccupancyGrid, "global_costmap/costmap", grids.append, qos.LATCHED)
        if not nav.until(lambda: len(grids) > 2, LIMIT):
            raise TimeoutError("no global costmap")
        info = grids[-1].info
        np.save(file, np.asarray(grids[-1].data, dtype=np.int8).reshape(info.height, info.width))
    finally:
        nav.close()


if __name__ == "__main__":
    main()
