"""The trial of `amr demo --trial`: the site under a permit, and a breach that suspends it.

Everything goes the way that people's requests go. The breach is real for the watch: reports of a robot that the permit
does not name, and that drives; the engine, which leads only its own robots, ignores them.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from datetime import timedelta
from typing import Final

from amr_core.errors import AmrError
from amr_core.site import Site
from amr_core.vda5050 import RobotState
from amr_fleet.domain.events import Event
from amr_fleet.ports import FleetPort
from amr_fleet.sandbox.book import Trial
from amr_fleet.sandbox.record import TrialRecord, local, parse
from amr_fleet.trial_requests import MoveTrial, SaveTrial
from amr_fleet.vocabulary import Role, TrialState

TRIAL_ID: Final = "TN-DEMO"
INTRUDER: Final = "amr_99"
BREACH_AFTER: Final = 180.0  # s of the trial
RESUME_AFTER: Final = 30.0  # s after the breach: the first of two persons asks to go on
_RETRY: Final = 2.0  # s; chosen: robots stand a few seconds after the breach; a person would try again no sooner
_STEPS: Final[tuple[tuple[TrialState, str, Role], ...]] = (
    ("submitted", "ky_su", "engineer"), ("approved", "quan_tri", "admin"), ("approved", "so_khcn", "authority"),
    ("running", "ca_truong", "operator"),
)  # fmt: skip


def demo_record(site: Site, robots: Sequence[str], utc: float) -> TrialRecord:
    """Return a permit over the whole floor of a site, from yesterday for a month."""
    width, height = site.size
    begin, end = local(utc) - timedelta(days=1), local(utc) + timedelta(days=30)
    text = {"vi": "Thử nghiệm mẫu", "en": "Sample trial"}
    title = {"vi": f"Thử nghiệm robot tại {site.name_vi}", "en": f"Robots at {site.name_en}"}
    return parse({
        "trial_id": TRIAL_ID, "title": title,
        "legal_basis": ["Luật Khoa học, công nghệ và đổi mới sáng tạo 2025, chương II mục 2"],
        "permit": {"number": "MẪU", "issuer": "Sở Khoa học và Công nghệ"}, "goals": [text],
        "participants": [{"org": site.name_vi, "role": "vận hành"}], "criteria": [{"id": "C1", "text": text}],
        "authority": {"organisation": "Sở Khoa học và Công nghệ", "accounts": ["so_khcn"]},
        "selection_note": "Mẫu", "control": {"reports": "Hằng tháng", "emergency_plan": "Dừng tất cả robot"},
        "risk_register": [{"id": "R1", "text": text}],
        "envelope": {
            "areas": [[(0, 0), (width, 0), (width, height), (0, height)]],
            "begin": begin.isoformat(timespec="seconds"), "end": end.isoformat(timespec="seconds"),
            "max_speed": {"all": 1.2}, "max_robots_moving": max(1, len(robots)), "max_load_kg": 1400,
            "serials": list(robots),
        },
    })  # fmt: skip


def asks(site: Site, robots: Sequence[str], utc: float) -> list[SaveTrial | MoveTrial]:
    """Return what people ask for until that permit runs, in order; utc: Unix s of all of it."""
    record = demo_record(site, robots, utc)
    moves = [MoveTrial(trial_id=TRIAL_ID, to=to, user=user, role=role, utc=utc) for to, user, role in _STEPS]
    return [SaveTrial(record=record, user="ky_su", role="engineer", utc=utc), *moves]


class DemoTrial:
    """Brings the trial to running, then breaks it. `step` is called in the fleet's thread, now in fleet seconds."""

    def __init__(self, fleet: FleetPort, post: Callable[[Event], None], site: Site, robots: Sequence[str]) -> None:
        """post: what reports of robots go through."""
        self._fleet, self._post, self._site, self._robots = fleet, post, site, robots
        self._asked: Future[Trial] | None = None
        self._done = 0
        self._due = -1e9
        self._since: float | None = None
        self._strays = 0
        self.refused: AmrError | None = None

    def step(self, now: float) -> None:
        """Do what is due."""
        if now < self._due or not self._fleet.snapshot().ready:
            return
        if self._asked is not None:
            if not self._asked.done():
                return
            self._take(self._asked)
        self._due = now + 1.0
        if self._done == 0 and TRIAL_ID in self._fleet.trials().trials:
            self._done = len(_STEPS) + 1  # a run that goes on where one ended
        if self._done <= len(_STEPS):
            self._ask(now)
        elif self._since is None:
            self._since = now
        else:
            self._later(now)

    def _take(self, asked: Future[Trial]) -> None:
        self._asked = None
        error = asked.exception()
        self.refused = error if isinstance(error, AmrError) else None
        if error is None:
            self._done += 1

    def _ask(self, now: float) -> None:
        """Ask for the next step; one that was refused, since robots still drive say, is asked for again."""
        self._due = now + (_RETRY if self.refused is not None else 0.2)
        utc = time.time()
        self._asked = self._fleet.ask(asks(self._site, self._robots, utc)[self._done])

    def _later(self, now: float) -> None:
        trial = self._fleet.trials().trials.get(TRIAL_ID)
        if trial is None or self._since is None:
            return
        if trial.state == "running" and not trial.breaches and now >= self._since + BREACH_AFTER:
            width, height = self._site.size
            x = width / 2 + self._strays % 5
            self._post(RobotState(robot=INTRUDER, x=x, y=height / 2, v=1.0, driving=True))
            self._strays += 1
        elif trial.state == "suspended" and trial.breach is not None:
            self._resume(now, trial, trial.breach.t)

    def _resume(self, now: float, trial: Trial, broken: float) -> None:
        """Be the first of the two persons; the second one is whoever looks at the page."""
        if trial.asked is None and now >= broken + RESUME_AFTER:
            reason = "Đã kiểm tra, robot lạ đã được đưa ra ngoài"
            self._fleet.ask(
                MoveTrial(
                    trial_id=TRIAL_ID, to="running", reason=reason, user="so_khcn", role="authority", utc=time.time()
                )
            )
