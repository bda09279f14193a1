"""Records what the fixed cameras tell, for the logistics dataset: detections and events, pictures only if allowed."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from amr_core.errors import AmrError
from amr_interfaces.msg import CameraDetection, CameraEvent, CameraView
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.health import HealthReporter
from amr_perception.recording.dataset import DatasetWriter
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_PERIOD_S = 1.0  # chosen: only its health is told in it; what is recorded comes as it comes


class RecorderParams(BaseModel):
    """Parameters. folder: where; max_mb: all files together; frames: also blurred pictures, if cameras send any."""

    model_config = ConfigDict(frozen=True)
    folder: str = Field(min_length=1)
    max_mb: float = Field(default=500.0, ge=2.0, le=1e6)
    frames: bool = False


class RecorderNode(AmrNode):
    """Writes /cameras/views and /cameras/events to MCAP; when the disk refuses it says so and goes on watching."""

    def __init__(self, name: str = "recorder", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, RecorderParams)
        self.written: Counter[str] = Counter()
        self._fault = ""
        self._writer = DatasetWriter(Path(self.params.folder), round(self.params.max_mb * 1e6))
        self._health = HealthReporter(self, "camera recorder", Complaints(self))
        self.create_subscription(CameraView, "/cameras/views", self._on_view, qos.SENSOR)
        self.create_subscription(CameraEvent, "/cameras/events", self._on_event, qos.RELIABLE)
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def destroy_node(self) -> None:
        """Finish the file and remove the node."""
        self.ticker.remove(self._handle)
        self._writer.close()
        super().destroy_node()

    def tick(self, now: float) -> None:
        """Say how it is."""
        self._health.report(now, self._fault)

    def _on_view(self, message: Any) -> None:
        t = from_stamp(message.header.stamp)
        facts = {
            "seeing": message.seeing,
            "blind": message.blind,
            "size": [message.width, message.height],
            "detections": [_detection(d) for d in message.detections],
        }
        self._write("detections", lambda: self._writer.detections(t, message.camera, facts))
        if self.params.frames and len(message.frame):
            self._write("frames", lambda: self._writer.frame(t, message.camera, bytes(message.frame)))

    def _on_event(self, message: Any) -> None:
        names = ("camera", "event_id", "kind", "area", "action", "active", "count", "confidence")
        facts = {name: getattr(message, name) for name in names}
        self._write("events", lambda: self._writer.event(from_stamp(message.header.stamp), facts))

    def _write(self, what: str, write: Any) -> None:
        try:
            write()
        except AmrError as error:
            if not self._fault:
                self.get_logger().error(str(error))
            self._fault = str(error)
            return
        self._fault = ""
        self.written[what] += 1


def _detection(d: CameraDetection) -> dict[str, Any]:
    return {
        "kind": d.kind,
        "score": round(d.score, 3),
        "box": [round(v, 1) for v in (d.x0, d.y0, d.x1, d.y1)],
        "x": round(d.x, 2),
        "y": round(d.y, 2),
        "radius": round(d.radius, 2),
    }
