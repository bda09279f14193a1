"""One of the cameras that look at a load: its newest picture, judged by the lens watch before anybody reads in it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

import numpy as np

from amr_core.errors import AmrError
from amr_core.own_camera import LensReason, OwnCamera
from amr_perception.lens.liveness import SOONEST_S
from amr_perception.lens.packed import Picture
from amr_perception.lens.reasons import WHAT
from amr_perception.lens.watch import LensLimits, LensState, LensWatch
from amr_perception.nodes.images import check_stamp, image_to_array
from amr_perception.nodes.picture_source import PictureSource
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode

_NOT_OF_THE_LOAD: Final = frozenset({"frozen", "wrong_size"})
"""Such a picture may show the load before. Any other is read: what is read proves that the lens sees, and a late one
was taken after somebody asked."""
_LIMITS: Final = LensLimits(blurred_share=0.0)
"""A wrapped pallet is softer than the bars of the one before: sharpness is judged by itself."""
_SILENT_S: Final = 2.0  # chosen: a reading lasts 10 s: after a fifth of it the other cameras read on alone
_STEP_S: Final = 0.2
"""Longest time between two looks that counts as silence: a node that reads for seconds has not listened."""
_WAITED_S: Final = 1.0  # after such a gap, in which pictures come that have waited for the node


@dataclass(frozen=True, eq=False)
class Looked:
    """A picture (mono8) with its header; of_the_load: what is read in it may count."""

    picture: Picture
    header: Any
    of_the_load: bool


class LabelCamera:
    """A topic, listened to while somebody asks. Its lens is judged over all that was asked: it is frozen, or dirty,
    against what it showed before.
    """

    def __init__(self, node: AmrNode, topic: str, number: int) -> None:
        self.topic = topic
        self._node = node
        self._name = "labels" if number == 1 else f"labels_{number}"
        self._source: PictureSource | None = None
        self._lens = LensWatch(fixed=False, limits=_LIMITS)
        self._state = LensState()
        self._old: LensState | None = None  # what is wrong with pictures that came, and were taken before
        self._used = False
        self._last = 0.0  # stamp (s) of its newest picture
        self._saw = -math.inf  # and of its newest usable one
        self._before: Picture | None = None
        self._same_since: float | None = None
        self._looked = self._silent = 0.0  # when (s); how long (s) without a picture
        self._busy = (-math.inf, -math.inf)  # from and to (s): the node was reading, and took no picture in

    @property
    def in_use(self) -> bool:
        """Whether somebody looks through it."""
        return self._source is not None

    @property
    def reason(self) -> LensReason | Literal[""]:
        """Why it sees nothing, "" = it sees."""
        return self._state.reason

    @property
    def why(self) -> str:
        """The same in words."""
        return self._state.text

    def open(self, now: float) -> None:
        """Begin to listen at now (s)."""
        self.close()
        self._source, self._used = PictureSource(self._node, self.topic), True
        self._state, self._last, self._looked, self._silent = LensState(), 0.0, now, 0.0
        self._same_since = self._old = None

    def give_up(self) -> None:
        """Nothing of the load was seen: say why, where pictures came, and all of them were too old."""
        if self._old is not None and not self._state.reason:
            self._state = self._old

    def close(self) -> None:
        """Stop listening."""
        if self._source is not None:
            self._source.close()
        self._source = None

    def look(self, now: float, asked: float) -> Looked | None:
        """Return its newest picture taken after asked (s), judged. Raises message.invalid for a useless one."""
        message = self._source.take() if self._source is not None else None
        self._silent += min(max(0.0, now - self._looked), _STEP_S)
        if now - self._looked > _STEP_S:  # one reading right after the other is one time in which nothing was taken in
            since, until = self._busy
            self._busy = (since if self._looked - until < _WAITED_S else self._looked, now)
        self._looked = now
        try:
            if message is None:
                self._check_silence()
                return None
            stamp = from_stamp(message.header.stamp)
            self._silent = 0.0
            now = self._as_of(now, stamp)
            self._last = check_stamp(stamp, now, self._last, self.topic)
            if stamp < asked:  # another load may have been in view
                self._old = self._lens.late(now, stamp)
                return None
            picture = image_to_array(message, topic=self.topic)
        except AmrError as error:
            reason: LensReason = "no_pictures" if message is None else "bad_picture"
            self._state = LensState(reason, str(error.facts.get("reason", error)))
            raise
        self._state = self._lens.look(picture, now, stamp)
        again = self._is_the_same(now, picture)
        if not self._state.reason:
            self._saw = stamp
        return Looked(picture, message.header, not again and self._state.reason not in _NOT_OF_THE_LOAD)

    def sees(self) -> None:
        """Something was read in the last picture: whatever its lens looks like, it sees."""
        self._state, self._saw = replace(self._state, reason="", text=""), self._last

    def health(self, now: float) -> OwnCamera | None:
        """Return how it is, or was in its last use; None when nobody has looked through it."""
        if not self._used:
            return None
        age = now - self._saw
        return OwnCamera(
            camera=self._name, reason=self.reason, in_use=self.in_use,
            picture_age=age if 0.0 <= age < math.inf else -1.0, sharpness=self._state.sharpness,
            usual=self._state.usual_sharpness, brightness=self._state.brightness,
        )  # fmt: skip

    def _as_of(self, now: float, stamp: float) -> float:
        """Return when (s) a picture must have been here: one that waited for the node itself was not late."""
        since, until = self._busy
        return max(stamp, since) if stamp <= until and now - until < _WAITED_S else now

    def _is_the_same(self, now: float, picture: Picture) -> bool:
        """Return whether a picture is the one before, of this load or the last: it has no vote of its own.

        A live camera has noise; waiting until that is sure would give a load what the one before has shown.
        """
        before, self._before = self._before, picture
        if before is None or not np.array_equal(before, picture):
            self._same_since = None
            return False
        since = self._same_since = now if self._same_since is None else self._same_since
        if now - since >= SOONEST_S and not self._state.reason:
            self._state = replace(self._state, reason="frozen", text=WHAT["frozen"])
        return True

    def _check_silence(self) -> None:
        """Complain once for every two seconds without a picture."""
        if self._silent > _SILENT_S:
            self._silent = 0.0
            raise AmrError("message.invalid", topic=self.topic, reason=WHAT["no_pictures"])
