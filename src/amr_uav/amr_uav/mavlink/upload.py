"""An upload of MAVLink's mission protocol, as who gives the mission sees it; and the missions made of a plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from amr_uav.mavlink import px4
from amr_uav.mavlink.earth import EarthFrame
from amr_uav.mavlink.wire import Encoder, MavlinkFrame
from amr_uav.model import FlightPlan

AGAIN: Final = 0.5  # s; chosen: a lost frame is sent again soon, and eight tries give up after four seconds
TRIES: Final = 8
# m; chosen: what indoor positioning sways by; less, and an aircraft hunts for each point of its plan
_REACHED: Final = 0.25

Item = dict[str, float]


def mission_items(plan: FlightPlan, earth: EarthFrame, look: float) -> list[Item]:
    """Return take-off, waypoints and the way home. look: s that it hovers where it looks at something."""
    first = plan.waypoints[0]
    rows = [_item(px4.TAKE_OFF, earth, first.x, first.y, plan.transit)]
    for spot in plan.waypoints:
        row = _item(px4.WAYPOINT, earth, spot.x, spot.y, spot.z)
        rows.append({
            **row, "param1": look if spot.scan else 0.0, "param2": _REACHED, "param4": earth.heading(spot.yaw),
        })  # fmt: skip
    return [*rows, {"command": px4.GO_HOME, "frame": 2}]  # MAV_FRAME_MISSION: it has no place


def fence_items(plan: FlightPlan, earth: EarthFrame) -> list[Item]:
    """Return the corners of what the aircraft must not leave."""
    corners = plan.volume.polygon
    return [{**_item(px4.FENCE_CORNER, earth, x, y, 0.0), "param1": len(corners)} for x, y in corners]


def _item(command: int, earth: EarthFrame, x: float, y: float, z: float) -> Item:
    lat, lon = earth.to_earth(x, y)
    return {"command": command, "frame": px4.RELATIVE, "x": lat, "y": lon, "z": z}


class Upload:
    """kind: MAV_MISSION_TYPE; done: it was taken; failed: why it was not, "" = not yet known."""

    def __init__(self, kind: int, items: Sequence[Item]) -> None:
        self.kind, self.done, self.failed = kind, False, ""
        self._items, self._wanted = items, -1
        self._due, self._left = -1e9, TRIES

    def answer(self, now: float, frame: MavlinkFrame) -> None:
        """Take a request or the acknowledgement."""
        if frame.name == "MISSION_ACK":
            result = int(frame.values["type"])
            # An acknowledgement before all was asked for is one of another upload, or a refusal.
            early = self._wanted < len(self._items) - 1
            if result == px4.ACCEPTED and not early:
                self.done = True
            elif result != px4.ACCEPTED:
                self.failed = f"refused ({result})"
            return
        sequence = int(frame.values["seq"])
        if sequence >= len(self._items):
            self.failed = f"item {sequence} of {len(self._items)} was asked for"
            return
        self._left = TRIES if sequence != self._wanted else self._left
        self._wanted, self._due = sequence, now

    def send(self, now: float, encoder: Encoder, system: int) -> list[bytes]:
        """Return what is due: the count until items are asked for, then the one that is; again when nobody answers."""
        if now < self._due or self.done or self.failed:
            return []
        if self._left == 0:
            self.failed = "no answer"
            return []
        self._due, self._left = now + AGAIN, self._left - 1
        target = {"target_system": system, "target_component": 1, "mission_type": self.kind}
        if self._wanted < 0:
            return [encoder.frame("MISSION_COUNT", count=len(self._items), **target)]
        item = self._items[self._wanted]
        return [encoder.frame(
            "MISSION_ITEM_INT", seq=self._wanted, autocontinue=1, current=int(self._wanted == 0), **target, **item
        )]  # fmt: skip
