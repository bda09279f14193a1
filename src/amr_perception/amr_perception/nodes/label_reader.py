"""Reads pallet labels and container numbers on request, from a few pictures, for the custody record of an order."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict

from amr_core.errors import AmrError
from amr_interfaces.action import ReadLabels
from amr_interfaces.msg import CodeReading, CustodyEvidence
from amr_perception.codes.reader import CodeVote, read_codes
from amr_perception.containers.vote import ContainerVote
from amr_perception.lens.watch import LensWatch
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.images import check_stamp, image_to_array
from amr_perception.nodes.picture_source import PictureSource
from amr_ros import qos
from amr_ros.actions import ActionServerBridge, Preempt
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

_FRAMES, _TIMEOUT_S, _MOST_FRAMES, _LONGEST_S = 5, 10.0, 50, 60.0
_PERIOD_S = 0.1


# What keeps labels from being read; a label that fills the picture may have little contrast elsewhere.
_UNREADABLE = ("dark", "dazzled", "covered", "blurred")


@dataclass
class _Camera:
    """One of the cameras that look at the load. last: stamp (s) of its newest picture."""

    source: PictureSource
    lens: LensWatch
    last: float = 0.0


class LabelReaderParams(BaseModel):
    """Parameters. image: topic of the camera, relative to the node's namespace; of several, separated by commas."""

    model_config = ConfigDict(frozen=True)
    image: str = "camera/image_raw"


class LabelReaderNode(AmrNode):
    """Serves read_labels; the camera is subscribed and the models are loaded only when somebody asks."""

    def __init__(self, name: str = "label_reader", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, LabelReaderParams)
        self.complaints = Complaints(self)
        self._evidence = self.create_publisher(CustodyEvidence, "/custody/evidence", qos.RELIABLE)
        self._bridge = ActionServerBridge(
            self,
            ReadLabels,
            "read_labels",
            on_goal=self._on_goal,
            on_cancel=self._on_cancel,
            on_preempt=lambda _goal: Preempt.WAIT,
        )
        self._vote: CodeVote | ContainerVote | None = None
        self._reader: Any = None
        self._topics = [topic.strip() for topic in self.params.image.split(",") if topic.strip()]
        if not self._topics:
            raise AmrError("parameter.invalid", name="image", node=name, reason="no topic")
        self._cameras: dict[str, _Camera] = {}
        self._stamp: Any = None
        self._until = self._asked = 0.0
        self._handle = ticker.add(self.tick, _PERIOD_S)

    def destroy_node(self) -> None:
        """Stop ticking and remove the node."""
        self.ticker.remove(self._handle)
        super().destroy_node()

    def _on_goal(self, goal: Any) -> None:
        if goal.what not in ("codes", "container") or not math.isfinite(goal.timeout) or goal.timeout < 0.0:
            self._refuse(AmrError("request.invalid", where="what", reason=f"{goal.what!r}: codes or container"))
            return
        self._vote = CodeVote() if goal.what == "codes" else ContainerVote()
        self._until = self.now + min(goal.timeout or _TIMEOUT_S, _LONGEST_S)
        self._stamp, self._asked = None, self.now
        self._close_cameras()
        self._cameras = {topic: _Camera(PictureSource(self, topic), LensWatch(fixed=False)) for topic in self._topics}

    def _refuse(self, error: AmrError) -> None:
        self._bridge.abort(ReadLabels.Result(code=error.code, facts=error.facts_json))

    def _on_cancel(self) -> None:
        self._close()
        self._bridge.canceled()

    def tick(self, now: float) -> None:
        """Read the newest picture of each camera; finish when enough were read or the time is over."""
        if self._vote is None or not self._bridge.active:
            return
        for topic, camera in self._cameras.items():
            image = camera.source.take()
            if image is not None:
                try:
                    self._read(now, image, topic, camera)
                except AmrError as error:
                    self.complaints.add(now, error)
        goal = self._bridge.goal
        wanted = min(goal.frames or _FRAMES, _MOST_FRAMES) * len(self._topics)
        decided = isinstance(self._vote, ContainerVote) and self._vote.decided
        if decided or self._vote.frames >= wanted or now > self._until:
            self._finish(goal)

    def _read(self, now: float, image: Any, topic: str, camera: _Camera) -> None:
        stamp = from_stamp(image.header.stamp)
        if stamp < self._asked:
            return  # another load may have been in view
        camera.last = check_stamp(stamp, now, camera.last, topic)
        picture = image_to_array(image, topic=topic)
        self._stamp = image.header
        if isinstance(self._vote, CodeVote):
            self._vote.add(read_codes(picture))
        elif self._vote is not None:
            if self._reader is None:
                from amr_perception.containers.reader import ContainerReader

                self._reader = ContainerReader()
            self._vote.add(self._reader.read(picture, closer=self._vote.closer(topic)), topic)
        if self._vote is not None:
            self._bridge.feedback(ReadLabels.Feedback(frames_seen=self._vote.frames))
        # What nothing was read in counts; that it could not be seen is told.
        state = camera.lens.look(picture)
        if state.reason in _UNREADABLE:
            self.complaints.add(now, AmrError("message.invalid", topic=topic, reason=state.text))

    def _finish(self, goal: Any) -> None:
        vote = self._vote
        assert vote is not None
        self._close()
        if vote.frames == 0:
            self._refuse(AmrError("message.invalid", topic=self.params.image, reason="no usable picture in time"))
            return
        result = ReadLabels.Result(frames_used=vote.frames)
        if isinstance(vote, CodeVote):
            self._codes(goal, vote, result)
        else:
            self._container(goal, vote, result)
        self._bridge.succeed(result)

    def _codes(self, goal: Any, vote: CodeVote, result: Any) -> None:
        for r in vote.result():
            result.readings.append(
                CodeReading(text=r.text, symbology=r.symbology, sscc=r.sscc, gs1_valid=r.gs1_valid, reads=r.reads)
            )
            kind, value = ("sscc", r.sscc) if r.sscc else ("code", r.text)
            self._tell(goal, kind=kind, value=value, valid=r.gs1_valid, frames=r.reads)
        result.found = bool(result.readings)

    def _container(self, goal: Any, vote: ContainerVote, result: Any) -> None:
        reading = vote.result()
        result.found = bool(reading.number)
        result.number, result.size_type, result.votes = reading.number, reading.size_type, reading.votes
        if reading.number:
            self._tell(
                goal, kind="container", value=reading.number, size_type=reading.size_type, valid=True,
                frames=reading.votes,
            )  # fmt: skip
        else:
            result.facts = json.dumps({"frames": vote.frames})

    def _tell(self, goal: Any, **facts: Any) -> None:
        message = CustodyEvidence(
            order_id=goal.order_id, load_id=goal.load_id, source=self.get_fully_qualified_name(), **facts
        )
        if self._stamp is not None:
            message.header = self._stamp
        self._evidence.publish(message)

    def _close(self) -> None:
        self._close_cameras()
        self._vote = None

    def _close_cameras(self) -> None:
        for camera in self._cameras.values():
            camera.source.close()
        self._cameras = {}
