"""The contact of a fire panel over ROS: what it says now, and what its adapter kept of before the fleet's start.

Messages do not tell which publisher they are from, only the number that it gave them. Of what was kept, an OFF is never
taken: another publisher (a web page of people, a panel's adapter) may have said ON. An ON is taken where it is, or may
be, the newest word of its publisher; a history of several words brings no alarm of last week back. One that only may be
keeps nobody from saying that the contact is off.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from rclpy.qos import DurabilityPolicy
from std_msgs.msg import Bool

from amr_fleet.domain.events import FireGone, FireInput
from amr_ros import qos
from amr_ros.node import AmrNode

TOPIC: Final = "/fire_alarm_trigger"
SOURCE: Final = "fire_alarm_trigger"
_COLLECT_S: Final = 1.0  # a publisher hands its words over one by one
_MOST: Final = 1000
_NOBODY: Final = frozenset({b""})


@dataclass(frozen=True)
class Word:
    """What a publisher said. number: which of its words it is, None = not told; said: when, in its nanoseconds."""

    on: bool
    number: int | None
    said: int


class FireContact:
    """Hears the contact. post: takes what the engine is to know."""

    def __init__(self, node: AmrNode, post: Callable[[FireInput | FireGone], None]) -> None:
        self._node, self._post = node, post
        self._kept: list[Word] = []
        self._live: list[tuple[float, Word]] = []
        self._since = 0.0
        self._on_by: frozenset[bytes] = frozenset()
        self._sure = False  # that it is on, of somebody who is there
        self._seen: frozenset[bytes] = frozenset()
        self._looked = 0.0
        node.create_subscription(Bool, TOPIC, self._on_word, qos.RELIABLE)
        node.create_subscription(Bool, TOPIC, self._on_kept, qos.KEPT_WORDS)

    def _on_word(self, message: Any, info: Mapping[str, Any]) -> None:
        self._live = [*self._live[-_MOST:], (self._node.now, _word(message, info))]
        self._says(on=bool(message.data))

    def _on_kept(self, message: Any, info: Mapping[str, Any]) -> None:
        """Keep a word for a while; what is said now comes here, too."""
        if not self._kept:
            self._since = self._node.now
        self._kept = [*self._kept[-_MOST:], _word(message, info)]

    def _says(self, *, on: bool) -> None:
        """Hand a word on. Which publisher it is from is not told: one of those that are there, or were a moment ago."""
        self._on_by = (self._seen | self._there() or _NOBODY) if on else frozenset()
        self._sure = on
        self._post(FireInput(SOURCE, on))

    def _gone(self) -> None:
        self._sure = False
        self._post(FireGone(SOURCE))

    def _there(self) -> frozenset[bytes]:
        return frozenset(bytes(one.endpoint_gid) for one in self._node.get_publishers_info_by_topic(TOPIC))

    def look(self) -> None:
        """Tell when who may have said ON is there no more; judge what was kept, once all of it has come."""
        if not 0.0 <= self._node.now - self._looked < _COLLECT_S:
            self._looked, self._seen = self._node.now, self._there()
            if self._on_by == _NOBODY:  # a word may come before it is known who there is
                self._on_by = self._seen or _NOBODY
            if self._on_by - self._seen:
                self._on_by = frozenset()
                self._gone()
        self._judge()

    def _judge(self) -> None:
        if not self._kept or 0.0 <= self._node.now - self._since < _COLLECT_S:
            return
        self._live = [(at, word) for at, word in self._live if at > self._since - _COLLECT_S]
        words, live = self._kept, frozenset(word for _, word in self._live)
        self._kept = []
        told = self._node.get_publishers_info_by_topic(TOPIC)
        keeping = sum(one.qos_profile.durability == DurabilityPolicy.TRANSIENT_LOCAL for one in told)
        on = [word for word in newest_on(words, keeping) if word not in live]
        if on:
            sure = self._sure or any(_is_newest(word, words) for word in on)
            self._says(on=True)
            if not sure:  # nobody may ever say that it is off: a person may, after a look
                self._gone()


def _word(message: Any, info: Mapping[str, Any]) -> Word:
    return Word(bool(message.data), info.get("publication_sequence_number"), int(info.get("source_timestamp") or 0))


def _is_newest(word: Word, words: Sequence[Word]) -> bool:
    """Return whether a word is surely the newest one of its publisher, and not only may be."""
    if word.number is None:
        return not any(not other.on and other.said >= word.said for other in words)
    return not any(other.number == word.number + 1 and other.said >= word.said for other in words)


def newest_on(words: Sequence[Word], publishers: int) -> list[Word]:
    """Return the ONs that may be the newest words of their publishers, as many as there are that keep words.

    A word is followed by a later one with the next number. Where two publishers have used the same numbers, or a pair
    may be the only words of two, nobody can tell: then an ON counts.
    """
    numbers = Counter(word.number for word in words if word.number is not None)
    rows = sum(max(0, count - numbers[number - 1]) for number, count in numbers.items())
    found = []
    for word in words:
        if not word.on:
            continue
        if word.number is None:
            found.append(word)
            continue
        later = sum(other.number == word.number + 1 and other.said >= word.said for other in words)
        pair = not numbers[word.number - 1] and not numbers[word.number + 2]
        if later < numbers[word.number] or (pair and publishers > rows):
            found.append(word)
    return found
