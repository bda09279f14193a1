"""The trial of `amr demo --trial`: it runs, is broken by a robot that the permit does not name, and is resumed."""

from __future__ import annotations

from typing import Any

from amr_core import vda5050
from amr_core.site import load_site
from amr_fleet.demo_trial import BREACH_AFTER, INTRUDER, RESUME_AFTER, TRIAL_ID, DemoTrial, demo_record
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.sandbox.checks import faults, missing
from amr_fleet.sandbox.watch import TrialWatch
from amr_fleet.service import FleetService
from amr_fleet.trial_requests import MoveTrial
from tests.unit.test_sandbox_trial import Store
from tests.unit.trial_rig import BEGIN, Rig


class Run:
    """A service over kinematic robots of the lab, with the demo beside it."""

    def __init__(self) -> None:
        self.rig = Rig(required=False)
        run = self.rig.run
        names = [unit.name for unit in run.units]
        engine = FleetEngine(run.roadmap, run.units)
        watch = TrialWatch({unit.name: unit.type for unit in run.units})
        self.service = FleetService(engine, Store(), self._send, watch=watch)
        self.demo = DemoTrial(self.service, self.service.post, load_site("lab"), names)
        self.now = 0.0

    def _send(self, message: Any) -> None:
        robot = self.rig.run.robots[message.robot]
        robot.take(message) if isinstance(message, vda5050.Order) else robot.instant(message)

    def until(self, state: str, limit: float) -> bool:
        end = self.now + limit
        while self.now < end:
            self.now = round(self.now + 0.25, 3)
            for robot in self.rig.run.robots.values():
                robot.step(0.25)
                if robot.changed or self.now % 1.0 == 0.0:
                    self.service.post(robot.report())
            self.service.advance(self.now)
            self.demo.step(self.service.snapshot().t)
            if self.state == state:
                return True
        return False

    @property
    def state(self) -> str:
        trial = self.service.trials().trials.get(TRIAL_ID)
        return "" if trial is None else trial.state


def test_its_permit_is_sound_on_every_site() -> None:
    for name in ("lab", "cai_cui"):
        site = load_site(name)
        record = demo_record(site, [robot.name for robot in site.fleet], BEGIN)
        assert (faults(record, site), missing(record)) == ([], [])


def test_it_runs_is_broken_and_waits_for_the_second_person() -> None:
    run = Run()
    assert run.until("running", 30.0), run.demo.refused
    began = run.now
    assert run.until("suspended", BREACH_AFTER + 30.0)
    assert run.now - began >= BREACH_AFTER - 2.0
    trial = run.service.trials().trials[TRIAL_ID]
    assert trial.breach is not None
    assert (trial.breach.rule, trial.breach.robot) == ("serial", INTRUDER)
    assert not run.until("running", RESUME_AFTER + 10.0), "one person does not resume after a breach"
    asked = run.service.trials().trials[TRIAL_ID].asked
    assert asked is not None
    assert (asked.to, asked.user) == ("running", "so_khcn")
    run.service.ask(MoveTrial(trial_id=TRIAL_ID, to="running", user="demo", role="admin", utc=BEGIN))
    assert run.until("running", 5.0)
    assert not run.until("suspended", BREACH_AFTER), "it is broken once, not for ever"
