"""The contact of a fire panel over ROS: what it says now, and what its adapter kept of before the fleet's start.

Messages do not tell which publisher they are from, only the number that it gave them. Of what was kept, an OFF is never
taken: another publisher (a web page of people, a panel's adapter) may have said ON. An ON is taken where it is, or may
be, the newest word of its publisher; a history of several words brings no alarm of last week back. One that only may be
keeps nobody from saying that the contact is off.

Of several publishers that speak, each says for itself: the contact is on until each that said ON has said OFF. An OFF
is of who said ON where its number comes next, or where within 30 s nobody else is there any more; who is gone, too,
has said nothing. Of one that cannot be told the ON stays, and a person may say that the contact is off: so where words
got lost, or one of several that said ON is gone. One that is alone, and says ON and OFF in turn, has said OFF for all
its words, and for those of who is gone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from rclpy.qos import DurabilityPolicy
from std_msgs.msg import Bool

from amr_fleet.domain.events import FireGone, FireInput
from amr_fleet.nodes.neighbours import STALE
from amr_ros import qos
from amr_ros.node import AmrNode

TOPIC: Final = "/fire_alarm_trigger"
SOURCE: Final = "fire_alarm_trigger"
_COLLECT_S: Final = 1.0  # a publisher hands its words over one by one
_FOUND_S: Final = 2.0  # who has said a word is known to be there by then
_MOST: Final = 1000
_NOBODY: Final = frozenset({b""})


@dataclass(frozen=True)
class Word:
    """What a publisher said. number: which of its words it is, None = not told; said: when, in its nanoseconds."""

    on: bool
    number: int | None
    said: int


@dataclass(frozen=True)
class Spoken:
    """The last word, as far as numbers tell, of one that speaks; by: who was there then, and may be the one."""

    number: int
    on: bool
    at: float
    by: frozenset[bytes]


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
        self._rows: list[Spoken] = []
        self._on_then: frozenset[bytes] = frozenset()  # who was there when ON was said
        self._off_then: frozenset[bytes] | None = None  # and when OFF was, which did not count
        self._off_after: int | None = None  # the number of that OFF, where it is of one that had said ON
        self._on_at = self._off_at = 0.0
        node.create_subscription(Bool, TOPIC, self._on_word, qos.RELIABLE)
        node.create_subscription(Bool, TOPIC, self._on_kept, qos.KEPT_WORDS)

    def _on_word(self, message: Any, info: Mapping[str, Any]) -> None:
        word = _word(message, info)
        self._live = [*self._live[-_MOST:], (self._node.now, word)]
        before = self._follows(word)
        if word.on or (before and not any(row.on for row in self._rows)):
            self._says(on=word.on)
            return
        there = self._there()
        if before is not False or self._off_then is None:
            self._off_then, self._off_at, self._off_after = there, self._node.now, word.number if before else None
        if not self._alone() and (before is None or (before and self._unsure(there))):
            self._gone()  # nobody can tell whose word it is, or who says ON: a person may, after a look

    def _follows(self, word: Word) -> bool | None:
        """Note a word, and return what who says it had said before; None: that is not known."""
        mine = [row for row in self._rows if row.number + 1 == word.number]
        row = next((one for one in mine if one.on == word.on), mine[0] if mine else None)
        if row is not None:
            self._rows.remove(row)
        if word.number is not None:
            by = self._seen | self._there() or _NOBODY
            self._rows = [*self._rows[-_MOST:], Spoken(word.number, word.on, self._node.now, by)]
        return None if row is None or len({one.on for one in mine}) > 1 else row.on

    def _alone(self) -> bool:
        """Take an OFF after all when who said it is alone: whoever said ON is there no more, or is the same one."""
        there = self._there()
        if self._off_then is None or len(there) != 1 or not there <= self._off_then:
            return False
        if self._off_after is not None:
            if self._node.now - self._off_at < _COLLECT_S or any(self._holds(row, there) for row in self._rows):
                return False
        elif (there & self._on_then and self._rows) or (len(self._off_then) > 1 and not self._on_then):
            return False
        self._rows.clear()
        self._says(on=False)
        return True

    def _holds(self, row: Spoken, there: frozenset[bytes]) -> bool:
        """Return whether an ON may be of another one than who is there alone, and has said ON and OFF since."""
        own = self._off_after is not None and row.number < self._off_after and row.by <= there == self._off_then
        return row.on and bool(row.by & there) and not own

    def _unsure(self, there: frozenset[bytes]) -> bool:
        """Return whether an ON may be of one that is gone, or an older word of one that is there: words got lost."""
        gone = any(row.on and not row.by <= there for row in self._rows)
        return gone or sum(bool(row.by & there) for row in self._rows) > len(there)

    def _on_kept(self, message: Any, info: Mapping[str, Any]) -> None:
        """Keep a word for a while; what is said now comes here, too."""
        if not self._kept:
            self._since = self._node.now
        self._kept = [*self._kept[-_MOST:], _word(message, info)]

    def _says(self, *, on: bool) -> None:
        """Hand a word on. Which publisher it is from is not told: one of those that are there, or were a moment ago."""
        self._on_by = (self._seen | self._there() or _NOBODY) if on else frozenset()
        self._on_then, self._on_at, self._off_then = self._on_by, self._node.now, None
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
            if self._on_by and self._node.now - self._on_at <= _FOUND_S:  # a word may come before who said it is known
                self._on_by = self._on_then = (self._on_by | self._seen) - _NOBODY or _NOBODY
            if self._on_by - self._seen:
                self._on_by = frozenset()
                self._gone()
            self._rows = [self._found(row) for row in self._rows]
            if self._off_then is not None and self._node.now - self._off_at <= _FOUND_S:
                self._off_then |= self._seen
            elif not self._seen or self._node.now - self._off_at > STALE:
                self._off_then = None  # who is there later is no more the one that is left
            self._alone()
        self._judge()

    def _found(self, row: Spoken) -> Spoken:
        late = self._node.now - row.at <= _FOUND_S
        return replace(row, by=(row.by | self._seen) - _NOBODY or _NOBODY) if late else row

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
            for word in on:
                self._follows(word)
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
