"""Reads pallet labels and container numbers on request, from a few pictures, for the custody record of an order."""

from __future__ import annotations

import json
import math
from collections import Counter
from typing import Any

from pydantic import BaseModel, ConfigDict
from rclpy.exceptions import InvalidTopicNameException
from rclpy.expand_topic_name import expand_topic_name
from rclpy.validate_full_topic_name import validate_full_topic_name

from amr_core.errors import AmrError
from amr_interfaces.action import ReadLabels
from amr_interfaces.msg import CodeReading, CustodyEvidence
from amr_perception.codes.reader import CodeVote, read_codes
from amr_perception.containers.vote import LEAST_VOTES, ContainerVote
from amr_perception.nodes.camera_teller import CameraTeller
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.health import HealthReporter
from amr_perception.nodes.label_camera import LabelCamera, Looked
from amr_ros import qos
from amr_ros.actions import ActionServerBridge, Preempt
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

# pictures and s when a goal says none, and at most; chosen
_FRAMES, _TIMEOUT_S, _MOST_FRAMES, _LONGEST_S = 5, 10.0, 50, 60.0
_PERIOD_S = 0.1  # chosen: as fast as the pictures of 10 a second come; a reading takes longer than that


class LabelReaderParams(BaseModel):
    """Parameters. image: topic of the camera, relative to the node's namespace; of several, separated by commas."""

    model_config = ConfigDict(frozen=True)
    image: str = "camera/image_raw"


def _topics(text: str, node: str, namespace: str) -> list[str]:
    """Return the topics of the cameras, or raise parameter.invalid: found out now, not when a lorry stands there."""
    topics = [topic.strip() for topic in text.split(",") if topic.strip()]
    try:
        names = [expand_topic_name(topic, node, namespace) for topic in topics]
        for full in names:
            validate_full_topic_name(full)
    except (ValueError, InvalidTopicNameException) as error:
        raise AmrError("parameter.invalid", name="image", node=node, reason=" ".join(str(error).split())) from error
    if not names or len(set(names)) < len(names):  # one that is named twice would agree with itself
        reason = "a camera is named twice" if names else "no topic"
        raise AmrError("parameter.invalid", name="image", node=node, reason=reason)
    return topics


class LabelReaderNode(AmrNode):
    """Serves read_labels; the cameras are subscribed and the models are loaded only when somebody asks.

    Each picture passes the lens watch first. What keeps a camera from seeing is in the result, on camera_health
    (labels, labels_2, ...) and in the diagnostics; a picture in which something was read proves that its camera sees.
    """

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
        topics = _topics(self.params.image, self.get_name(), self.get_namespace())
        self._cameras = [LabelCamera(self, topic, number) for number, topic in enumerate(topics, start=1)]
        self._teller = CameraTeller(self)
        self._health = HealthReporter(self, f"{self.get_namespace()}: label_reader".strip("/"), self.complaints)
        self._looks: Counter[str] = Counter()  # pictures that counted, by topic
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
        self._looks.clear()
        for camera in self._cameras:
            camera.open(self.now)

    def _refuse(self, error: AmrError) -> None:
        self._bridge.abort(ReadLabels.Result(code=error.code, facts=error.facts_json))

    def _on_cancel(self) -> None:
        self._close()
        self._bridge.canceled()

    def tick(self, now: float) -> None:
        """Read the newest picture of each camera; finish when enough were read or the time is over."""
        if self._vote is not None and self._bridge.active:
            self._look(now, self._vote)
        for camera in self._cameras:
            self._teller.tell(now, camera.health(now))
        self._report(now)

    def _report(self, now: float) -> None:
        blind = self._blind()
        facts = {f"{topic}: blind": why for topic, why in blind.items()}
        self._health.report(now, facts=facts, warning="; ".join(f"{topic}: {why}" for topic, why in blind.items()))

    def _look(self, now: float, vote: CodeVote | ContainerVote) -> None:
        for camera in self._cameras:
            try:
                looked = camera.look(now, self._asked)
                if looked is not None and self._looks[camera.topic] < self._wanted(vote):
                    self._read(vote, looked, camera)
            except AmrError as error:
                self.complaints.add(now, error)
            self._teller.tell(now, camera.health(now))  # of its last picture, too, while it is in use
        if self._looked_enough(vote) or now > self._until:
            for camera in self._cameras:
                if not self._looks[camera.topic]:
                    camera.give_up()
            self._report(now)
            self._finish(self._bridge.goal)

    def _wanted(self, vote: CodeVote | ContainerVote) -> int:
        """Return in how many pictures of each camera is read: more would only keep the node from hearing the others."""
        frames = min(self._bridge.goal.frames or _FRAMES, _MOST_FRAMES)
        return min(frames, LEAST_VOTES) if isinstance(vote, ContainerVote) and vote.decided else frames

    def _looked_enough(self, vote: CodeVote | ContainerVote) -> bool:
        """Return whether each camera that sees has had its say: one that is quicker must not decide for the others."""
        looks, wanted = self._looks, self._wanted(vote)
        seeing = all(looks[camera.topic] >= wanted for camera in self._cameras if not camera.reason)
        return seeing and max(looks.values(), default=0) >= wanted

    def _blind(self) -> dict[str, str]:
        """Return why each camera that sees nothing does not, while somebody looks through it."""
        return {camera.topic: camera.why for camera in self._cameras if camera.in_use and camera.why}

    def _read(self, vote: CodeVote | ContainerVote, looked: Looked, camera: LabelCamera) -> None:
        """Take in what one picture shows; raises message.invalid when that is nothing and the lens is why."""
        if looked.of_the_load:
            self._stamp = looked.header
            self._looks[camera.topic] += 1
            if isinstance(vote, CodeVote):
                codes = read_codes(looked.picture)
                vote.add(codes)
                found = bool(codes)
            else:
                if self._reader is None:
                    from amr_perception.containers.reader import ContainerReader

                    self._reader = ContainerReader()
                number = self._reader.read(looked.picture, closer=vote.closer(camera.topic))
                vote.add(number, camera.topic)
                found = number is not None
            if found:
                camera.sees()
            self._bridge.feedback(ReadLabels.Feedback(frames_seen=vote.frames))
        if camera.why:
            raise AmrError("message.invalid", topic=camera.topic, reason=camera.why)

    def _finish(self, goal: Any) -> None:
        vote = self._vote
        assert vote is not None
        blind = {camera.topic: camera.reason for camera in self._cameras if camera.reason}
        why = "; ".join(f"{topic}: {text}" for topic, text in self._blind().items())
        self._close()
        if vote.frames == 0:
            reason = f"no usable picture in time: {why or 'none that was taken after somebody asked'}"
            self._refuse(AmrError("message.invalid", topic=self.params.image, reason=reason))
            return
        result = ReadLabels.Result(frames_used=vote.frames)
        if isinstance(vote, CodeVote):
            self._codes(goal, vote, result)
        else:
            self._container(goal, vote, result)
        facts: dict[str, Any] = {} if result.found else {"frames": vote.frames}
        if not result.found and isinstance(vote, ContainerVote) and (read := vote.read_by()):
            facts["read"] = read
        if blind:
            facts |= {"blind": blind, "reason": why}
            result.code = "" if result.found else "message.invalid"
        result.facts = json.dumps(facts) if facts else ""
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

    def _tell(self, goal: Any, **facts: Any) -> None:
        message = CustodyEvidence(
            order_id=goal.order_id, load_id=goal.load_id, source=self.get_fully_qualified_name(), **facts
        )
        if self._stamp is not None:
            message.header = self._stamp
        self._evidence.publish(message)

    def _close(self) -> None:
        for camera in self._cameras:
            camera.close()
        self._vote = None
