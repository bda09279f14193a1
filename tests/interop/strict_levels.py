"""A strict robot on a site with levels, from the text of VDA 5050: a map for each, one origin for all, rides in lifts.

2.1, 6.6.6: in a lift a robot disappears from the map of the departure floor and spawns in the related lift node on the
map of the target floor. initPosition (3.0: initializePosition) at that node, if there is one, sets map and pose.
"""

from __future__ import annotations

import math
from itertools import pairwise
from typing import Any

from tests.interop.strict_robot import StrictRobot

NEAR_M = 0.05


class StrictLevels(StrictRobot):
    """sizes: width and depth (m) of each map; it stands on the map `on`; x, y are of that map."""

    def __init__(
        self, port: int, version: str, serial: str, node: str, x: float, y: float, pace: float,
        sizes: dict[str, tuple[float, float]], on: str,
    ) -> None:  # fmt: skip
        super().__init__(port, version, serial, node, x, y, pace)
        self.sizes, self.map_id = sizes, on
        self.reset_pose = "initPosition" if self.major == 2 else "initializePosition"
        self.node_actions.add(self.reset_pose)
        self.rides: list[str] = []

    def on_map(self, place: dict[str, Any]) -> bool:
        width, depth = self.sizes.get(place["mapId"], (-1.0, -1.0))
        return bool(0.0 <= place["x"] <= width and 0.0 <= place["y"] <= depth)

    def _check_order(self, order: dict[str, Any]) -> None:
        super()._check_order(order)
        nodes = order["nodes"]
        changed = [b for a, b in pairwise(nodes) if a["nodePosition"]["mapId"] != b["nodePosition"]["mapId"]]
        for a, b in pairwise(nodes):
            here, there = a["nodePosition"], b["nodePosition"]
            if b in changed and math.dist((here["x"], here["y"]), (there["x"], there["y"])) > NEAR_M:
                self.fault(f"a lift is at one place in all its maps, not at {here} and {there}")
        for node in nodes:
            resets = [a for a in node["actions"] if a["actionType"] == self.reset_pose]
            first = node is nodes[0]  # of an update: the end of a ride that it knows already
            if (len(resets) != 1 and node in changed) or (resets and node not in changed and not first):
                self.fault(f"{len(resets)} {self.reset_pose} at {node}")
            for action in resets:
                self._check_reset(node, action)

    def _check_reset(self, node: dict[str, Any], action: dict[str, Any]) -> None:
        told = {p["key"]: p["value"] for p in action.get("actionParameters", [])}
        place = node["nodePosition"]
        if set(told) != {"x", "y", "theta", "mapId", "lastNodeId"} or action["blockingType"] != "HARD":
            self.fault(f"{action}")
        elif (told["mapId"], told["lastNodeId"]) != (place["mapId"], node["nodeId"]):
            self.fault(f"{action} at {node}")
        elif math.dist((told["x"], told["y"]), (place["x"], place["y"])) > NEAR_M:
            self.fault(f"{action} at {place}")

    def _finish(self, action: dict[str, Any], row: dict[str, Any]) -> None:
        if action["actionType"] != self.reset_pose:
            super()._finish(action, row)
            return
        told = {p["key"]: p["value"] for p in action["actionParameters"]}
        row["actionStatus"], self._changed = "FINISHED", True
        self.map_id, self.x, self.y = told["mapId"], told["x"], told["y"]
        self.rides.append(self.map_id)
