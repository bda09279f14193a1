"""Reads the racks in flight: pictures of the cell that an aircraft looks at, one reading a cell."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from sensor_msgs.msg import Image

from amr_core.errors import AmrError
from amr_interfaces.msg import ShelfReading, UavState
from amr_perception.codes.rack_reader import RackReader
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.images import image_to_array
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_PERIOD_S: Final = 0.1


class ShelfReaderParams(BaseModel):
    """Parameters. vehicle: whose camera; its topics are /<vehicle>/flight_state and /<vehicle>/camera/image_raw."""

    model_config = ConfigDict(frozen=True)
    vehicle: str = Field(pattern=r"^[a-z][a-z0-9_]*$")


class ShelfReaderNode(AmrNode):
    """The topics of a `RackReader`."""

    def __init__(self, name: str = "shelf_reader", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        vehicle = load_params(self, ShelfReaderParams).vehicle
        self._vehicle = vehicle
        self._camera = f"/{vehicle}/camera/image_raw"
        self.complaints = Complaints(self)
        self._reader = RackReader()
        self._readings = self.create_publisher(ShelfReading, "/inventory/readings", qos.RELIABLE)
        self._states: list[Any] = []
        self.create_subscription(UavState, f"/{vehicle}/flight_state", self._states.append, qos.SENSOR)
        self.create_subscription(Image, self._camera, self._on_picture, qos.SENSOR)
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def destroy_node(self) -> None:
        """Stop ticking and remove the node."""
        self.ticker.remove(self._handle)
        super().destroy_node()

    def _on_picture(self, message: Any) -> None:
        try:
            self._reader.picture(from_stamp(message.header.stamp), image_to_array(message, topic=self._camera))
        except AmrError as error:
            self.complaints.add(self.now, error)

    def tick(self, now: float) -> None:
        """Look at what has come."""
        states, self._states[:] = list(self._states), []
        for state in states:
            stamp, since = from_stamp(state.stamp), from_stamp(state.scan_since)
            for found in self._reader.state(stamp, str(state.flight_id), str(state.scan), since):
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
        said, self._reader.complaints = self._reader.complaints, []
        for text in said:
            self.complaints.add(now, AmrError("message.invalid", topic=self._camera, reason=text))
