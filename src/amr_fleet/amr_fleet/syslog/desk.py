"""Syslog at work: for each receiver one thread that reads on where it stopped and sends.

The journal and the audit trail are the buffer: nothing else is kept but how far a receiver has come. Nothing here is
waited for by the engine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.store.outgoing import OutgoingStore
from amr_fleet.syslog.feeds import SyslogFeed
from amr_fleet.syslog.line import UNHEARD_S, Line, open_line
from amr_fleet.syslog.message import NOTICE, WARNING, SyslogRecord, host_name, written
from amr_fleet.syslog.settings import SyslogReceiver, SyslogSettings
from amr_fleet.webhooks.threads import Threads

PREFIX: Final = "syslog:"
"""Before the names in the table of places, which webhooks and escalation share on PostgreSQL."""
AT_ONCE: Final = 100
REPEAT_S: Final = 3 * UNHEARD_S
"""s before a line broke whose messages are sent again: nobody confirms syslog."""
PAUSES: Final = (1.0, 2.0, 5.0, 10.0, 30.0, 60.0)
"""s that a receiver is left alone after its first, second ... failure in a row."""
STORE_PAUSE_S: Final = 5.0
"""s for which nothing is sent after a failure of the database."""
_EVERY: Final = 0.5  # s between two looks for what is new; chosen: soon for a log, rare for a database
_BREATH: Final = 0.2  # s after 100 datagrams: a receiver's buffer takes few at once, and says nothing


@dataclass(frozen=True)
class SyslogStanding:
    """How a receiver does since the start. behind: entries that wait; lost: that it never gets; reason: "" = well."""

    name: str
    host: str
    transport: str
    connected: bool
    sent: int
    repeated: int
    lost: int
    behind: int
    reason: str


@dataclass
class _Source:
    """How far one receiver was sent one source. reached: the number; kept: the number that the store has at the place.

    unsure: by whole second from which number on messages were sent in it, and how many, for the last REPEAT_S.
    """

    feed: SyslogFeed
    place: str
    reached: int
    kept: int
    unsure: dict[int, tuple[int, int]] = field(default_factory=dict)

    def note(self, before: int, number: int, now: float) -> None:
        """Note that the entry behind one was sent."""
        lowest, count = self.unsure.get(int(now), (before, 0))
        self.unsure[int(now)] = (min(lowest, before), count + 1)
        self.reached = number

    def sure(self, now: float) -> int:
        """Return the number up to which all was sent so long ago that it has arrived."""
        for second in [second for second in self.unsure if now - (second + 1) >= REPEAT_S]:
            del self.unsure[second]
        return min([self.reached, *(lowest for lowest, _ in self.unsure.values())])

    def go_back(self, now: float) -> int:
        """Begin again with what is unsure; return how many messages that are."""
        self.reached = self.sure(now)
        count = sum(count for _, count in self.unsure.values())
        self.unsure.clear()
        return count


@dataclass
class _Way:
    """To one receiver. since: when the line was made."""

    receiver: SyslogReceiver
    sources: Mapping[str, _Source]
    line: Line | None = None
    since: float = 0.0
    failures: int = 0
    resume: float = 0.0
    sent: int = 0
    repeated: int = 0
    lost: int = 0
    reason: str = ""


class Syslog(Threads):
    """Reads, sends, tells how it goes. log: what an engineer should know."""

    def __init__(
        self,
        settings: SyslogSettings,
        feeds: Mapping[str, SyslogFeed],
        store: OutgoingStore,
        *,
        log: Callable[[str], object],
        steady: Callable[[], float] = time.monotonic,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """feeds: by source (journal, alarms, audit). A new receiver begins with what happens from now on."""
        self._settings, self._store, self._log, self._steady, self._clock = settings, store, log, steady, clock
        self._feeds = feeds
        super().__init__("syslog", self._say)
        self._said: dict[str, str] = {}
        self._host = host_name()
        self._ways = {receiver.name: self._begun(receiver) for receiver in settings.receivers}

    def _begun(self, receiver: SyslogReceiver) -> _Way:
        sources: dict[str, _Source] = {}
        for source in receiver.send:
            feed, place = self._feeds[source], f"{PREFIX}{receiver.name}:{source}"
            reached = self._store.begin(place, feed.last())
            sources[source] = _Source(feed, place, reached, kept=reached)
        return _Way(receiver, sources)

    def start(self) -> None:
        """Start the threads."""
        for name, way in self._ways.items():
            self._thread(name, partial(self.forward, name), _EVERY)
            self._log(f"syslog: {name}: {', '.join(way.receiver.send)} go to {way.receiver.host}")

    def close(self) -> None:
        """End the threads; what waits or is not sure is sent after the next start."""
        self.end()
        for way in self._ways.values():
            if way.line is not None:
                way.line.close()
        for feed in self._feeds.values():
            feed.close()
        self._store.close()

    def _say(self, about: str, text: str) -> None:
        if self._said.get(about) != text:
            self._said[about] = text
            self._log(f"syslog: {about}: {text}")

    def forward(self, name: str) -> int:
        """Send what waits for a receiver; return how many messages that were. Raises store.failed."""
        way = self._ways[name]
        if self._steady() < way.resume:
            return 0
        before = way.sent
        try:
            if way.line is None:
                way.line, way.since = open_line(way.receiver, loopback=self._settings.loopback), self._steady()
            way.line.look()
            held = self._steady() - way.since >= UNHEARD_S  # a connection that came about tells nothing yet
            for source in way.sources:
                self._catch_up(way, way.line, source)
            for at in way.sources.values():
                self._keep(at)
        except (OSError, AmrError) as error:
            if isinstance(error, AmrError) and error.code != "webhook.address":
                way.resume = self._steady() + STORE_PAUSE_S
                raise  # of the database
            self._away(way, error)
        else:
            if held:
                way.failures, way.reason = 0, ""
                self._say(name, "all was sent")
        return way.sent - before

    def _catch_up(self, way: _Way, line: Line, source: str) -> None:
        at = way.sources[source]
        self._skip_what_is_lost(way, line, source)
        while not self._stop.is_set():
            records, until = at.feed.after(at.reached, AT_ONCE)
            if until < at.reached:
                self._say(way.receiver.name, f"the {source} is shorter than before ({until} of {at.reached} entries)")
                at.unsure.clear()
            for record in records:
                line.send(self._message(way, record))
                way.sent += 1
                at.note(at.reached, record.number, self._steady())
            at.reached = until
            with suppress(AmrError):  # forward raises it once all was sent: neither this nor the next source waits
                self._keep(at)
            if len(records) < AT_ONCE:
                return
            if way.receiver.transport == "udp":
                self._stop.wait(_BREATH)

    def _keep(self, at: _Source) -> None:
        """Store a place once it is sure, so that who is killed sends again what is not."""
        sure = at.sure(self._steady())
        if sure != at.kept:
            self._store.add(at.place, [], sure)
            at.kept = sure

    def _skip_what_is_lost(self, way: _Way, line: Line, source: str) -> None:
        """Go on with what is within reach: what is too far behind is lost, which is counted and said."""
        at = way.sources[source]
        lost = at.feed.last() - at.reached - self._settings.most_behind
        if lost > 0:
            facts = {"lost": lost, "of": source, "from": at.reached + 1, "to": at.reached + lost}
            line.send(self._message(way, SyslogRecord("syslog", at.reached, self._clock(), "lost", WARNING, facts)))
            at.reached += lost
            way.lost += lost
            self._say(way.receiver.name, f"{lost} entries of the {source} are lost to it: it was away for too long")

    def _message(self, way: _Way, record: SyslogRecord) -> bytes:
        return written(record, way.receiver.facility, self._host, way.receiver.longest)

    def _away(self, way: _Way, error: Exception) -> None:
        """Leave a receiver alone for a while; what it may not have got is sent again."""
        if way.line is not None:
            way.line.close()
            way.line = None
        now = self._steady()
        way.repeated += sum(at.go_back(now) for at in way.sources.values())
        way.resume = now + PAUSES[min(way.failures, len(PAUSES) - 1)]
        way.failures += 1
        way.reason = _why(error)
        self._say(way.receiver.name, way.reason)

    # What people see and ask ------------------------------------------------------------------------------------------

    def standings(self) -> list[SyslogStanding]:
        """Return how each receiver does, in the order of the settings. Raises store.failed."""
        made = []
        for name, way in self._ways.items():
            behind = sum(max(0, at.feed.last() - at.reached) for at in way.sources.values())
            made.append(
                SyslogStanding(
                    name, way.receiver.host, way.receiver.transport, way.line is not None, way.sent, way.repeated,
                    way.lost, behind, way.reason,
                )
            )  # fmt: skip
        return made

    def test(self, name: str, user: str) -> None:
        """Send a message that says that it is a test. Raises syslog.not_found or syslog.failed."""
        way = self._ways.get(name)
        if way is None:
            raise AmrError("syslog.not_found", receiver=name[:64])
        send_test(way.receiver, user, loopback=self._settings.loopback)


def send_test(receiver: SyslogReceiver, user: str, *, loopback: bool) -> None:
    """Send a message that says that it is a test, on a connection of its own. Raises syslog.failed."""
    record = SyslogRecord("test", 1, time.time(), "test", NOTICE, {"user": user, "text": "a test"})
    message = written(record, receiver.facility, host_name(), receiver.longest)
    try:
        line = open_line(receiver, loopback=loopback)
        try:
            line.send(message)
            line.look()
        finally:
            line.close()
    except (OSError, AmrError) as error:
        raise AmrError("syslog.failed", receiver=receiver.name, reason=_why(error)) from error


def _why(error: Exception) -> str:
    """Return why a receiver could not be told: one line for the page and the log."""
    said = error.facts.get("reason", "") if isinstance(error, AmrError) else error
    return f"{type(error).__name__}: {' '.join(str(said).split())}"[:200]
