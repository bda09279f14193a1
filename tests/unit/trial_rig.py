"""Trials for tests: a record of the lab or of Cái Cui, and an engine with kinematic robots under it."""

from __future__ import annotations

from typing import Any

from amr_core import vda5050
from amr_core.roadmap import Roadmap, build_roadmap
from amr_core.site import load_site
from amr_fleet.domain.events import Ask
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import FleetRequest
from amr_fleet.sandbox.record import TrialRecord, parse
from amr_fleet.trial_requests import MoveTrial, SaveTrial

BEGIN = 1_800_000_000.0  # 2027-01-15 15:00:00 in the site's zone


def raw(**changes: Any) -> dict[str, Any]:
    """Return a record for the lab site as plain JSON; envelope: changes of the envelope."""
    envelope = {
        "areas": [[[0, 0], [20, 0], [20, 12], [0, 12]]],
        "begin": "2027-01-15T14:00:00+07:00",
        "end": "2027-01-16T14:00:00+07:00",
        "max_speed": {"all": 1.0},
        "max_robots_moving": 2,
        "max_load_kg": 1400,
        "serials": ["amr_01", "amr_02"],
        **changes.pop("envelope", {}),
    }
    both = {"vi": "Một", "en": "One"}
    return {
        "trial_id": "TN-1",
        "title": {"vi": "Thử nghiệm robot", "en": "Robot trial"},
        "legal_basis": ["Luật KHCN&ĐMST 2025"],
        "permit": {"number": "01/GP", "issuer": "Sở KH&CN", "date": "2027-01-10", "file_sha256": "a" * 64},
        "goals": [both],
        "participants": [{"org": "Cảng Cái Cui", "role": "vận hành", "contact": "0292"}],
        "criteria": [{"id": "C1", "text": both, "kpi": "orders_done", "operator": ">=", "target": 10}],
        "authority": {"organisation": "Sở KH&CN", "contact": "x", "accounts": ["so_khcn"]},
        "selection_note": "duy nhất",
        "control": {"reports": "tháng", "watch": "ca trực", "insurance": "có", "emergency_plan": "PA-01"},
        "risk_register": [{"id": "R1", "text": both, "measure": "rào", "owner": "an"}],
        "envelope": envelope,
        **changes,
    }


def record(**changes: Any) -> TrialRecord:
    """Return the record of `raw`."""
    return parse(raw(**changes))


def roadmap(site: str) -> Roadmap:
    """Return the roadmap of a site."""
    return build_roadmap(load_site(site))


class Rig:
    """An engine under a trial with robots that do as told; its clock is a simulated one."""

    def __init__(
        self, site: str = "lab", robots: int = 2, *, required: bool = True, dt: float = 0.25, **settings: Any
    ) -> None:
        self.run = Rehearsal(
            roadmap(site), units_of(load_site(site), robots), how=Behaviour(stop_rate=0.0), dt=dt,
            settings=FleetSettings(**settings),
        )  # fmt: skip
        self.engine = self.run.engine
        self.engine.world.trial_required = required
        self.run.step()

    def ask(self, request: FleetRequest) -> Any:
        """Return the answer, or the AmrError of a refusal."""
        run = self.run
        result = run.engine.step(round(run.now + 0.01, 3), [Ask(1, request)])
        run.journal += result.entries
        for command in result.commands:
            robot = run.robots[command.robot]
            robot.take(command) if isinstance(command, vda5050.Order) else robot.instant(command)
        return result.replies[0].result

    def save(self, found: TrialRecord, user: str = "ky_su") -> Any:
        """Save a version."""
        return self.ask(SaveTrial(record=found, user=user, role="engineer", utc=BEGIN))

    def move(self, to: Any, user: str = "ky_su", role: Any = "engineer", **more: Any) -> Any:
        """Ask for a step of TN-1."""
        return self.ask(MoveTrial(trial_id="TN-1", to=to, user=user, role=role, utc=BEGIN, **more))

    def start(self, found: TrialRecord | None = None) -> None:
        """Bring a trial to running."""
        for answer in (
            self.save(found or record()), self.move("submitted"), self.move("approved", "quan_tri", "admin"),
            self.move("approved", "so_khcn", "authority"), self.move("running"),
        ):  # fmt: skip
            assert not isinstance(answer, Exception), answer

    @property
    def state(self) -> str:
        """State of TN-1."""
        return self.engine.world.state.trials.trials["TN-1"].state
