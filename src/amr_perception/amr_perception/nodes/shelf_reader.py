"""Reads the racks in flight: pictures of the cell that an aircraft looks at, one reading a cell."""

from __future__ import annotations

from typing import Any, Final

from pydantic import BaseModel, ConfigDict, Field
from sensor_msgs.msg import Image

from amr_core.errors import AmrError
from amr_interfaces.msg import ShelfReading, UavState
from amr_perception.codes.shelf_eye import ShelfEye, usable
from amr_perception.codes.shelves import ShelfVote
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.images import image_to_array
from amr_ros import qos
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_PERIOD_S: Final = 0.1
_MOST_WAITING: Final = 10


class ShelfReaderParams(BaseModel):
    """Parameters. vehicle: whose camera; its topics are /<vehicle>/flight_state and /<vehicle>/camera/image_raw."""

    model_config = ConfigDict(frozen=True)
    vehicle: str = Field(pattern=r"^[a-z][a-z0-9_]*$")


class ShelfReaderNode(AmrNode):
    """A picture belongs to the cell of the first state that is not older than it, if that began before it.

    Every picture passes the lens watch first: what a blind lens does not show is never an empty cell.
    """

    def __init__(self, name: str = "shelf_reader", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        vehicle = load_params(self, ShelfReaderParams).vehicle
        self._vehicle = vehicle
        self.complaints = Complaints(self)
        self._eye = ShelfEye()
        self._readings = self.create_publisher(ShelfReading, "/inventory/readings", qos.RELIABLE)
        self._waiting: list[Any] = []
        self._states: list[Any] = []
        self._vote: ShelfVote | None = None
        self._flight, self._told = "", False
        self.create_subscription(UavState, f"/{vehicle}/flight_state", self._states.append, qos.SENSOR)
        self.create_subscription(Image, f"/{vehicle}/camera/image_raw", self._on_picture, qos.SENSOR)
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def destroy_node(self) -> None:
        """Stop ticking and remove the node."""
        self.ticker.remove(self._handle)
        super().destroy_node()

    def _on_picture(self, message: Any) -> None:
        self._waiting = [*self._waiting, message][-_MOST_WAITING:]

    def tick(self, now: float) -> None:
        """Look at what has come."""
        states, self._states[:] = list(self._states), []
        for state in states:
            self._take(now, state)

    def _take(self, now: float, state: Any) -> None:
        stamp, since = from_stamp(state.stamp), from_stamp(state.scan_since)
        if state.scan != (self._vote.cell if self._vote is not None else "") or state.flight_id != self._flight:
            self._finish()
            self._vote = ShelfVote(str(state.scan)) if state.scan else None
            self._flight, self._told = str(state.flight_id), False
        due = [m for m in self._waiting if from_stamp(m.header.stamp) <= stamp]
        self._waiting = [m for m in self._waiting if from_stamp(m.header.stamp) > stamp]
        for message in due:
            if self._vote is not None and not self._told and from_stamp(message.header.stamp) >= since:
                self._look(now, self._vote, message)
        if self._vote is not None and not self._told and self._vote.decided:
            self._tell(self._vote)

    def _look(self, now: float, vote: ShelfVote, message: Any) -> None:
        topic = f"/{self._vehicle}/camera/image_raw"
        try:
            picture = image_to_array(message, topic=topic)
            state = self._eye.look(picture, from_stamp(message.header.stamp))
            if usable(state):
                vote.add(picture, clear=not state.reason)
            if state.reason:  # a cell that only a blind lens has seen is told as nothing: it was not read
                raise AmrError("message.invalid", topic=topic, reason=state.text)
        except AmrError as error:
            self.complaints.add(now, error)

    def _finish(self) -> None:
        if self._vote is not None and not self._told:
            self._tell(self._vote)

    def _tell(self, vote: ShelfVote) -> None:
        reading = vote.result()
        if reading is None:
            return  # nobody has seen the cell: it stays unknown
        self._told = True
        self._readings.publish(
            ShelfReading(
                stamp=self.stamp(),
                vehicle=self._vehicle,
                flight_id=self._flight,
                cell=reading.cell,
                state=reading.state,
                sscc=reading.sscc,
                frames=vote.frames,
            )
        )
