"""The setting up of cameras as the fleet's node passes it on: asked from any thread, called by the node's own."""

from __future__ import annotations

import queue
from concurrent.futures import Future
from typing import Any, Final

from amr_core.errors import ERRORS, AmrError
from amr_core.json_texts import read_json
from amr_fleet.camera_desk import ANSWER_S, MOST_FRAME, CameraAnswer
from amr_interfaces.srv import SetUpCamera
from amr_ros.node import AmrNode

_JPEG: Final = b"\xff\xd8\xff"
_MOST_RESULT: Final = 200_000


class CameraSetupPort:
    """Implements camera_desk.CameraDesk by /cameras/set_up. step() belongs to the node's thread."""

    def __init__(self, node: AmrNode) -> None:
        self._client = node.create_client(SetUpCamera, "/cameras/set_up")
        self._asked: queue.SimpleQueue[tuple[Any, Future[CameraAnswer]]] = queue.SimpleQueue()

    def ask(self, camera: str, action: str, setup: str, user: str) -> CameraAnswer:
        """Ask and wait. Raises what the answer is, camera.setup_off where nobody answers, and message.invalid."""
        future: Future[CameraAnswer] = Future()
        self._asked.put((SetUpCamera.Request(camera=camera, action=action, setup=setup, user=user), future))
        try:
            return future.result(ANSWER_S)
        except TimeoutError as error:
            future.cancel()
            raise AmrError("camera.setup_off", camera=camera[:32]) from error

    def step(self) -> None:
        """Pass on what was asked."""
        while not self._asked.empty():
            request, future = self._asked.get()
            if not future.set_running_or_notify_cancel():
                continue
            if not self._client.service_is_ready():
                future.set_exception(AmrError("camera.setup_off", camera=request.camera[:32]))
                continue
            self._client.call_async(request).add_done_callback(lambda done, into=future: _settle(done, into))


def _settle(done: Any, into: Future[CameraAnswer]) -> None:
    try:
        into.set_result(answer_of(done.result()))
    except AmrError as error:
        into.set_exception(error)
    except Exception as error:  # of the ROS client: whoever asked must not wait for ever
        into.set_exception(AmrError("internal", reason=type(error).__name__))


def answer_of(response: Any) -> CameraAnswer:
    """Return a response as plain values; raise what it says went wrong, and message.invalid for what it may not say."""
    if not response.accepted:
        facts = _object(response.facts or "{}")
        plain = {name: value for name, value in facts.items() if isinstance(value, (str, int, float, bool, type(None)))}
        raise AmrError(response.code if response.code in ERRORS else "internal", **{"reason": "", **plain})
    frame = bytes(response.frame)
    if frame and (len(frame) > MOST_FRAME or not frame.startswith(_JPEG)):
        raise _invalid(f"a frame of {len(frame)} bytes")
    return CameraAnswer(_object(response.result), frame)


def _object(text: str) -> dict[str, Any]:
    try:
        if len(text) > _MOST_RESULT:
            raise ValueError(f"{len(text)} characters")
        found = read_json(text)
    except (ValueError, RecursionError) as error:
        raise _invalid(str(error)[:100]) from error
    if not isinstance(found, dict):
        raise _invalid("not an object")
    return found


def _invalid(reason: str) -> AmrError:
    return AmrError("message.invalid", topic="/cameras/set_up", reason=reason)
