"""What is restricted now, for those who lead robots over VDA 5050: /fleet/zones as JSON, kept for who comes late."""

from __future__ import annotations

import json
from collections.abc import Sequence

from std_msgs.msg import String

from amr_fleet.ports import ZoneView
from amr_ros import qos
from amr_ros.node import AmrNode


def zones_text(zones: Sequence[ZoneView]) -> str:
    """Return zone_id, kind, polygon (m) and max_speed (m/s) of each; a zone of single lanes has no polygon."""
    rows = [
        {"zone_id": z.zone_id, "kind": z.kind, "polygon": [list(p) for p in z.polygon], "max_speed": z.max_speed}
        for z in zones
    ]
    return json.dumps({"zones": rows}, separators=(",", ":"), allow_nan=False)


class ZoneBoard:
    """Says it when it changes."""

    def __init__(self, node: AmrNode) -> None:
        self._publisher = node.create_publisher(String, "/fleet/zones", qos.LATCHED)
        self._said = ""

    def say(self, zones: Sequence[ZoneView]) -> None:
        """Publish the zones if they are others than last time."""
        text = zones_text(zones)
        if text != self._said:
            self._said = text
            self._publisher.publish(String(data=text))
