"""What an aircraft's camera sees in flight: one reading a cell of a rack, one picture a label or a point."""

from __future__ import annotations

import math
from functools import cached_property
from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from sensor_msgs.msg import CompressedImage, Image

from amr_core.errors import AmrError
from amr_interfaces.msg import ShelfReading, UavState
from amr_perception.codes.point_pictures import PointPictures, TakenPicture, is_point
from amr_perception.codes.rack_reader import RackReader
from amr_perception.fixed.blur import point_jpeg
from amr_perception.lens.reasons import WHAT
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.health import HealthReporter
from amr_perception.nodes.images import check_stamp, image_to_array
from amr_perception.people.boxes import Detector
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_PERIOD_S: Final = 0.1  # chosen: as fast as a camera of 10 pictures a second, so none waits for the next look
# chosen: ten states of the aircraft at 5 a second, or its camera's restart; sooner tells what mends itself
_SILENT_S: Final = 2.0
_BESIDE_S: Final = 1.0  # chosen: while raw pictures come the packed ones are the same again; after it they stand in


class ShelfReaderParams(BaseModel):
    """Parameters. vehicle: whose camera; its topics are /<vehicle>/flight_state and /<vehicle>/camera/image_raw."""

    model_config = ConfigDict(frozen=True)
    vehicle: str = Field(pattern=r"^[a-z][a-z0-9_]*$")


class ShelfReaderNode(AmrNode):
    """The topics of a `RackReader` and of `PointPictures`; pictures come raw or compressed. Says its diagnostics."""

    def __init__(self, name: str = "shelf_reader", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        vehicle = load_params(self, ShelfReaderParams).vehicle
        self._vehicle = vehicle
        self._camera = f"/{vehicle}/camera/image_raw"
        self.complaints = Complaints(self)
        self._reader, self._points = RackReader(), PointPictures()
        self._kept = self.create_publisher(CompressedImage, f"/{vehicle}/picture", qos.RELIABLE)
        self._health = HealthReporter(self, f"{vehicle}: shelf_reader", self.complaints)
        self._why, self._wrong = "", -math.inf  # what kept the camera from being read, and when (s) it last did
        self._raw = -math.inf  # when (s) a raw picture came: the compressed ones beside it are the same
        self._last = 0.0  # stamp (s) of its newest picture
        self._looking: float | None = None  # since when (s) the aircraft looks at racks without a picture of them
        self._heard = -math.inf  # when (s) the aircraft last said what it does
        self._readings = self.create_publisher(ShelfReading, "/inventory/readings", qos.RELIABLE)
        self._states: list[Any] = []
        self.create_subscription(UavState, f"/{vehicle}/flight_state", self._states.append, qos.SENSOR)
        self.create_subscription(Image, self._camera, self._on_raw, qos.SENSOR)
        self.create_subscription(CompressedImage, f"{self._camera}/compressed", self._on_packed, qos.SENSOR)
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def destroy_node(self) -> None:
        """Stop ticking and remove the node."""
        self.ticker.remove(self._handle)
        super().destroy_node()

    def _on_raw(self, message: Any) -> None:
        self._raw = self.now
        self._on_picture(message)

    def _on_packed(self, message: Any) -> None:
        if abs(self.now - self._raw) > _BESIDE_S:
            self._on_picture(message)

    def _on_picture(self, message: Any) -> None:
        self._looking = None
        try:
            # A clock that is wrong puts pictures to other cells, or to none at all.
            stamp = self._last = check_stamp(from_stamp(message.header.stamp), self.now, self._last, self._camera)
            grey = image_to_array(message, topic=self._camera)
            self._reader.picture(stamp, grey, message)
            self._points.picture(stamp, grey, message)
        except AmrError as error:
            self._last = min(self._last, self.now)
            self._complain(self.now, error)

    def _complain(self, now: float, error: AmrError) -> None:
        self._why, self._wrong = str(error.facts.get("reason", error)), now
        self.complaints.add(now, error)

    def _invalid(self, reason: str) -> AmrError:
        return AmrError("message.invalid", topic=self._camera, reason=reason)

    def tick(self, now: float) -> None:
        """Look at what has come."""
        states, self._states[:] = list(self._states), []
        for state in states:
            stamp, since = from_stamp(state.stamp), from_stamp(state.scan_since)
            taken = self._points.state(stamp, str(state.flight_id), str(state.scan), since)
            if taken is not None:
                self._keep(taken)
            cell = "" if is_point(str(state.scan)) else str(state.scan)
            for found in self._reader.state(stamp, str(state.flight_id), cell, since):
                self._readings.publish(
                    ShelfReading(
                        stamp=self.stamp(),
                        vehicle=self._vehicle,
                        flight_id=found.flight_id,
                        cell=found.reading.cell,
                        state=found.reading.state,
                        sscc=found.reading.sscc,
                        frames=found.frames,
                    )
                )
                # An empty cell differs from no book by itself: the load is missing from its place.
                if found.taken is not None and found.reading.state != "empty":
                    self._keep(found.taken)
            self._looking = (now if self._looking is None else self._looking) if state.scan else None
            self._heard = now
        if abs(now - self._heard) > _SILENT_S:
            self._looking = None  # the aircraft is silent, not its camera
        said = [*self._reader.complaints, *self._points.complaints]
        self._reader.complaints, self._points.complaints = [], []
        if self._looking is not None and now - self._looking > _SILENT_S:
            self._looking = now
            said.append(WHAT["no_pictures"])
        for text in said:
            self._complain(now, self._invalid(text))
        self._health.report(now, warning=f"camera: {self._why}" if abs(now - self._wrong) < _SILENT_S + 0.5 else "")

    def _keep(self, taken: TakenPicture) -> None:
        """Send a picture to who keeps it, with people blotted out; the aircraft says of which point or cell it is."""
        image = image_to_array(taken.raw, colour=True, topic=self._camera)
        people = None
        if self._detector is not None:
            try:
                people = self._detector.detect(image)
            except ValueError as error:
                self.complaints.add(self.now, AmrError("message.invalid", topic=self._camera, reason=str(error)))
        data = point_jpeg(image, people)
        self._kept.publish(CompressedImage(header=taken.raw.header, format="jpeg", data=data))

    @cached_property
    def _detector(self) -> Detector | None:
        """What finds people, loaded for the first picture; None where its model is not installed."""
        try:
            from amr_perception.people.nanodet import WEAK, NanoDet

            return NanoDet(WEAK)
        except (AmrError, ImportError) as error:
            self.get_logger().warning(f"pictures of flights are kept small and blurred: {error}")
            return None
