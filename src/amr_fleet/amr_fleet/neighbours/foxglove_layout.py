"""The layout for Foxglove that is shipped as docs/examples/foxglove_layout.json: the map, and three tables beside it.

Written with foxglove-sdk's own classes: `python -m amr_fleet.neighbours.foxglove_layout > FILE`.
"""

from __future__ import annotations

import json
import sys
from typing import Any, Final

from amr_fleet.neighbours.foxglove_feed import need_foxglove
from amr_fleet.neighbours.viewing import MAP, ORDERS, ROBOTS, SCAN_TOPICS, SCENE, WAITS

_MOST_ROBOTS: Final = 12


def layout_text() -> str:
    """Return the layout as JSON. Raises extra.not_installed."""
    need_foxglove()
    import foxglove.layouts as fl

    robots = [f"amr_{n:02}" for n in range(1, _MOST_ROBOTS + 1)]
    topics = [MAP, SCENE, *(f"/{robot}/{scan}" for robot in robots for scan in SCAN_TOPICS)]
    lidar = fl.BaseRendererLaserScanTopicSettings
    shown: dict[str, Any] = {
        topic: lidar(visible=True, point_size=3) if topic.endswith(SCAN_TOPICS)
        else fl.BaseRendererSceneUpdateTopicSettings(visible=True)
        for topic in topics
    }  # fmt: skip
    scene = fl.ThreeDeePanel(
        config=fl.ThreeDeeConfig(follow_tf="map", topics=shown, layers={"grid": fl.BaseRendererGridLayerSettings()})
    )
    tables = [
        fl.SplitItem(content=fl.TablePanel(config=fl.TableConfig(topic_path=f"{topic}.{topic[1:]}[:]")))
        for topic in (ROBOTS, ORDERS, WAITS)
    ]
    beside = fl.SplitItem(proportion=1, content=fl.SplitContainer(direction="column", items=tables))
    layout = fl.Layout(
        content=fl.SplitContainer(direction="row", items=[fl.SplitItem(proportion=2, content=scene), beside])
    )
    return json.dumps(json.loads(layout.to_json()), indent=1, sort_keys=True) + "\n"


if __name__ == "__main__":
    sys.stdout.write(layout_text())
