"""What the shift leader's pages ask beyond the live fleet: reports, replay, incidents, what-if."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from amr_core.site import Site
from amr_fleet.camera_desk import CameraDesk
from amr_fleet.camera_history import CameraSpell, history_of
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import FleetState
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.escalation.desk import Delivery, EscalationPlan
from amr_fleet.escalation.push_desk import PushStanding, ShownDevice
from amr_fleet.evidence.signed_pdf import signed_pdf
from amr_fleet.evidence.signing import REPORT_NOTE_SECONDS, Signing
from amr_fleet.layout.desk import LayoutDesk
from amr_fleet.periodic.desk import ReportDesk
from amr_fleet.replay.incident import incident
from amr_fleet.replay.marks import MARK_KINDS, Marks, is_comment_on, marks
from amr_fleet.replay.past import Past
from amr_fleet.replay.plans import site_of
from amr_fleet.replay.tracks import Chunk, decode
from amr_fleet.report.chosen import LONGEST_REPORT, check_period, period_of
from amr_fleet.report.figures import Note, Report
from amr_fleet.report.fold import make_report
from amr_fleet.report.health import HealthDays, HealthPoint, health
from amr_fleet.report.people import INTERVENTION_KINDS, NOTE_KINDS, Intervention, interventions, notes
from amr_fleet.report.period import Period, shifts_between
from amr_fleet.report.worker import ReportWorker
from amr_fleet.robot_desk import RobotDesk
from amr_fleet.store.outgoing import OutgoingEvent, TargetStanding
from amr_fleet.syslog.desk import SyslogStanding
from amr_fleet.webhooks.desk import DEAD_SHOWN
from amr_fleet.whatif.service import WhatIf

LONGEST_REPLAY = 1800.0  # s of tracks in one answer
LONGEST_INCIDENT = 4 * 3600.0  # s of tracks in one file; chosen: half a shift
LONGEST_MARKS = 366 * 86400.0  # s: a year, leap years included
MOST_EVENTS = 5000
_DULL = frozenset({"robot_time", "robot_holds", "mission_retargeted"})  # entries that tell a person nothing


class Tracks(Protocol):
    """What replay needs of a track file."""

    def read(self, begin: float, end: float) -> Sequence[bytes]:
        """Return the chunks that touch begin..end."""

    def span(self) -> tuple[float, float] | None:
        """Return begin and end of all tracks."""

    def plan(self, digest: str) -> bytes | None:
        """Return what the site of a chunk looked like, None for one that is not kept."""


class WebhookDesk(Protocol):
    """What the page of webhooks sees and decides; each raises store.failed."""

    def hosts(self) -> dict[str, str]:
        """Return the host of each target, in the order of the settings."""

    def standings(self) -> list[TargetStanding]:
        """Return how each target does."""

    def dead(self, limit: int = DEAD_SHOWN) -> list[OutgoingEvent]:
        """Return dead letters of the targets, newest first."""

    def resend(self, target: str, row: int | None = None) -> int:
        """Send a dead letter (None: all of a target) again and resume the target. Raises webhook.not_found."""

    def drop(self, target: str, row: int) -> None:
        """Give a dead letter up for good. Raises webhook.not_found."""


class AlarmDesk(Protocol):
    """What the page of escalation sees and decides; each may raise store.failed."""

    def plan(self) -> EscalationPlan:
        """Return what is set up, without secrets and addresses."""

    def on_duty(self) -> list[str]:
        """Return who is told now."""

    def standings(self) -> list[TargetStanding]:
        """Return how each channel does, in the order of the settings."""

    def deliveries(self) -> list[Delivery]:
        """Return the last messages, newest first."""

    def test(self, channel: str, person: str, user: str) -> None:
        """Send a message that says that it is a test. Raises escalation.not_found."""

    def push_standing(self, user: str) -> PushStanding | None:
        """Return what somebody sees of browsers, None where no channel goes to them."""

    def push_on(self, user: str, session: str, label: str, endpoint: str, p256dh: str, auth: str) -> ShownDevice:
        """Tell a browser from now on. Raises request.invalid, push.too_many, escalation.not_found, auth.required."""

    def push_off(self, user: str, device: str) -> None:
        """Tell a browser nothing more. Raises escalation.not_found."""

    def push_test(self, user: str, device: str) -> None:
        """Send a message that says that it is a test to one browser. Raises escalation.not_found."""


class SyslogDesk(Protocol):
    """What an engineer sees of log servers, and decides."""

    def standings(self) -> list[SyslogStanding]:
        """Return how each receiver does, in the order of the settings. Raises store.failed."""

    def test(self, name: str, user: str) -> None:
        """Send a message that says that it is a test. Raises syslog.not_found or syslog.failed."""


@dataclass(frozen=True, kw_only=True)
class Ops:
    """Blocking reads for one reader thread. read_journal returns all entries, oldest first.

    stream(kinds, until): those of some kinds before fleet second until, past: what was open, robot_times(robot, since):
    what its time went into; None = read_journal is short.

    reports: makes reports in a process of its own; None (a journal in memory) = in this one. settings: the fleet's.
    signing(seconds): what signs incidents and reports, with the newest checkpoint while it is younger than that, else
    with a new one; None where records have no key.
    """

    site: Site
    read_journal: Callable[[], Sequence[JournalEntry]]
    stream: Callable[[Collection[str], float], Iterable[JournalEntry]] | None = None
    robot_times: Callable[[str, float], Sequence[JournalEntry]] | None = None
    past: Past | None = None
    tracks: Tracks | None = None
    cameras: Tracks | None = None
    what_if: WhatIf | None = None
    reports: ReportWorker | None = None
    periodic: ReportDesk | None = None
    webhooks: WebhookDesk | None = None
    escalation: AlarmDesk | None = None
    syslog: SyslogDesk | None = None
    camera_desk: CameraDesk | None = None
    robot_desk: RobotDesk | None = None
    layout: LayoutDesk | None = None
    signing: Callable[[float], Signing | None] = lambda _seconds: None
    settings: FleetSettings = field(default_factory=FleetSettings)

    def shifts(self) -> list[Period]:
        """Return the shifts that the journal touches, newest first."""
        journal = self.read_journal()
        return shifts_between(journal[0].t, journal[-1].t) if journal else []

    def report(self, begin: float | None, end: float | None) -> Report:
        """Return the figures of begin <= t < end; nothing given: of the shift that the journal ends in."""
        journal = self.read_journal()
        return make_report(journal, self.site, period_of(journal, begin, end))

    def replay_span(self) -> dict[str, float] | None:
        """Return {begin, end} of what can be replayed, None when nothing was recorded."""
        span = self.tracks.span() if self.tracks is not None else None
        return None if span is None else {"begin": span[0], "end": span[1]}

    def replay(self, begin: float, end: float) -> list[Chunk]:
        """Return the tracks that touch begin..end."""
        check_period(begin, end, LONGEST_REPLAY)
        return [decode(payload) for payload in self.tracks.read(begin, end)] if self.tracks is not None else []

    def past_site(self, plan: str) -> Site | None:
        """Return the site that a chunk was recorded on, by the name in it; None where nobody kept it."""
        return site_of(self.tracks.plan(plan)) if self.tracks is not None and plan else None

    def camera_history(self, camera: str, begin: float, end: float) -> list[CameraSpell]:
        """Return how a fixed camera was in begin..end, oldest first; nothing where none is kept."""
        return history_of(self.cameras.read(begin, end), camera, begin, end) if self.cameras is not None else []

    def health(self, robot: str, now: float, days: HealthDays) -> list[HealthPoint]:
        """Return how a robot was over the last days before now (fleet s)."""
        since = now - days * 86_400.0
        if self.robot_times is not None:
            return health(self.robot_times(robot, since), now, days)
        return health((e for e in self._of_kinds(("robot_time",)) if e.robot == robot), now, days)

    def events(self, begin: float, end: float) -> list[JournalEntry]:
        """Return what the journal says of begin <= t <= end, without what tells a person nothing."""
        check_period(begin, end, LONGEST_REPORT)
        return [e for e in self._entries(begin, end) if e.kind not in _DULL][:MOST_EVENTS]

    def notes(self, begin: float, end: float) -> list[Note]:
        """Return the notes of people in begin <= t <= end, oldest first."""
        check_period(begin, end, LONGEST_REPORT)
        return notes(e for e in self._of_kinds(NOTE_KINDS) if begin <= e.t <= end)

    def interventions(self, begin: float, end: float) -> list[Intervention]:
        """Return the alarms raised in begin <= t <= end with who took them when, newest first."""
        check_period(begin, end, LONGEST_REPORT)
        return interventions((e for e in self._of_kinds(INTERVENTION_KINDS) if e.t >= begin), end)

    def marks(self, begin: float, end: float) -> Marks:
        """Return the alarms of begin..end and the comments on it."""
        check_period(begin, end, LONGEST_MARKS)
        return marks(self._of_kinds(MARK_KINDS), begin, end)

    def state_at(self, t: float) -> FleetState:
        """Return open orders, zones and alarms as they were at fleet time t."""
        if self.past is not None:
            return self.past.state_at(t)
        return FleetState.fold(e for e in self.read_journal() if e.t <= t)

    def incident(self, begin: float, end: float) -> bytes:
        """Return begin..end as one signed file, with what was said of it later."""
        check_period(begin, end, LONGEST_INCIDENT)
        payloads = self.tracks.read(begin, end) if self.tracks is not None else []
        about = [e for e in self.read_journal() if begin <= e.t <= end or is_comment_on(e, begin, end)]
        chunks = [decode(payload) for payload in payloads]
        site = next((was for chunk in chunks if (was := self.past_site(chunk.get("plan", "")))), self.site)
        return incident(site, begin, end, about, chunks, self.signing(0.0))

    def signed(self, pdf: bytes, kind: str) -> bytes:
        """Return a report with its signature behind it, where records have a key. kind: what report it is."""
        return signed_pdf(pdf, self.signing(REPORT_NOTE_SECONDS), {"site": self.site.id, "kind": kind})

    def _of_kinds(self, kinds: Collection[str]) -> Iterable[JournalEntry]:
        """For what pages ask again and again: a month is millions of entries, of which few are of these kinds."""
        if self.stream is not None:
            return self.stream(kinds, math.inf)
        return (e for e in self.read_journal() if e.kind in kinds)

    def _entries(self, begin: float, end: float) -> list[JournalEntry]:
        return [e for e in self.read_journal() if begin <= e.t <= end]
