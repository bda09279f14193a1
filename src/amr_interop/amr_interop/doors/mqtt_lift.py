"""A lift that hears and says JSON over MQTT, in words of its own; what is believed of it is as of a door.

It says whose it is by the session's name; while that is another's it is told nothing. A state that lacks a part, or
has one that is none of its words, says nothing at all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final

from amr_core.doors import DoorMode
from amr_core.lifts import LiftMode, LiftMotion, LiftSaid
from amr_interop.doors.lift_settings import MqttLift
from amr_interop.doors.payloads import LastSaid, by_word, document, part
from amr_interop.mqtt.link import Letter, MqttLink

_LONGEST: Final = 128  # characters of a session


class MqttLiftUnit:
    """One lift."""

    def __init__(self, how: MqttLift, link: MqttLink) -> None:
        self.how, self._link = how, link
        self.state_topic = how.state
        self.counts: Counter[str] = Counter()
        self._said = LastSaid[LiftSaid](how.every)
        self._target = ""
        self._levels = {word.casefold(): level for level, word in how.floors.items()}
        doors: dict[DoorMode, Sequence[str]] = {
            "OPEN": how.says_open, "CLOSED": how.says_closed, "OPENING": how.says_moving,
        }  # fmt: skip
        motions: dict[LiftMotion, Sequence[str]] = {
            "STOPPED": how.says_stopped, "UP": how.says_up, "DOWN": how.says_down,
        }  # fmt: skip
        modes: dict[LiftMode, Sequence[str]] = {
            "AGV": how.says_robots, "HUMAN": how.says_people, "FIRE": how.says_fire, "OFFLINE": how.says_fault,
        }  # fmt: skip
        self._doors, self._motions, self._modes = by_word(doors), by_word(motions), by_word(modes)

    @property
    def levels(self) -> list[str]:
        """Where it stops."""
        return list(self.how.floors)

    def know(self, _session: str) -> None:
        """Names of sessions need not be learnt: it says them itself."""

    def tell(self, now: float, level: str, session: str) -> None:
        """Have it told where to stand for a session; level "": the session ends. What a cut takes is lost."""
        holder = self.said(now).session
        if holder not in ("", session):
            self.counts["others"] += 1
            return
        self._target = level
        floor = self.how.floors[level] if level else ""
        body = {"session": session, "floor": floor, "door": "open" if level else "closed"}
        self._link.send(Letter(self.how.command, body))

    def said(self, now: float) -> LiftSaid:
        """Return how it is."""
        return self._said.at(now) or LiftSaid(mode="OFFLINE")

    def hear(self, now: float, payload: bytes) -> None:
        """Take what it says; what is no state of it is UNKNOWN and counted."""
        said = self._read(document(payload))
        self.counts["unknown"] += said is None
        self._said.put(said or LiftSaid(), now)

    def forget(self) -> None:
        """The connection was lost: what it said before is of before."""
        self._said.forget()

    def _read(self, found: Any) -> LiftSaid | None:
        at = self.how.fields
        level = _meaning(self._levels, part(found, at.floor))
        door, motion = _meaning(self._doors, part(found, at.door)), _meaning(self._motions, part(found, at.motion))
        mode, session = _meaning(self._modes, part(found, at.mode)), part(found, at.session)
        if level is None or door is None or motion is None or mode is None:
            return None
        if not isinstance(session, str) or len(session) > _LONGEST:
            return None
        return LiftSaid(level, self._target, door, motion, mode, session)


def _meaning(words: Mapping[str, Any], found: Any) -> Any:
    """Return what a word, or a whole number that is one, says; None: nothing."""
    text = str(found) if isinstance(found, (str, int)) and not isinstance(found, bool) else ""
    return words.get(text.strip().casefold())
