"""A trial in the engine: states, two persons, the authority; what the envelope lets robots do; the watch."""

from __future__ import annotations

import json
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.robots import ROBOT_TYPES
from amr_core.vda5050 import RobotState
from amr_fleet.domain.engine import FleetEngine
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.requests import CreateOrder
from amr_fleet.sandbox.book import Breach, TrialBook
from amr_fleet.sandbox.watch import SLACK, Pose, TrialWatch
from amr_fleet.service import FleetService
from amr_fleet.trial_requests import NoteTrial, ReportBreach
from tests.unit.trial_rig import BEGIN, Rig, record

FAR = Breach(rule="area", robot="amr_01", x=30.0, y=1.0)


def code(answer: Any) -> str:
    return answer.code if isinstance(answer, AmrError) else ""


# States --------------------------------------------------------------------------------------------------------


def test_two_persons_approve_and_one_cannot_be_both() -> None:
    rig = Rig()
    rig.save(record())
    rig.move("submitted")
    assert code(rig.move("approved")) == "auth.forbidden"  # an engineer does not approve
    assert rig.move("approved", "quan_tri", "admin").asked.user == "quan_tri"
    assert rig.state == "submitted"
    assert code(rig.move("approved", "quan_tri", "admin")) == "sandbox.second_person"
    trial = rig.move("approved", "so_khcn", "authority")
    assert (trial.state, trial.transitions[-1].user, trial.transitions[-1].second) == (
        "approved",
        "quan_tri",
        "so_khcn",
    )


def test_after_a_breach_two_persons_resume() -> None:
    rig = Rig()
    rig.start()
    rig.ask(ReportBreach(trial_id="TN-1", breach=FAR))
    assert rig.state == "suspended"
    assert rig.move("running", "an", "operator").state == "suspended"
    assert code(rig.move("running", "an", "operator")) == "sandbox.second_person"
    assert rig.move("running", "binh", "operator").state == "running"


def test_without_a_breach_one_person_resumes_what_the_site_suspended() -> None:
    rig = Rig()
    rig.start()
    rig.move("suspended", "an", "operator", reason="sàn ướt")
    assert rig.move("running", "an", "operator").state == "running"


def test_what_the_authority_suspended_is_resumed_with_the_authority() -> None:
    rig = Rig()
    rig.start()
    assert rig.move("suspended", "so_khcn", "authority").state == "suspended"
    assert code(rig.move("running", "an", "operator")) == "sandbox.authority"
    assert rig.move("running", "so_khcn", "authority").state == "running"


def test_an_authority_decides_only_about_the_trials_that_name_it_and_never_starts_one() -> None:
    rig = Rig()
    rig.save(record())
    rig.move("submitted")
    assert code(rig.move("approved", "so_khac", "authority")) == "sandbox.not_found"
    rig.move("approved", "quan_tri", "admin")
    rig.move("approved", "so_khcn", "authority")
    assert code(rig.move("running", "so_khcn", "authority")) == "auth.forbidden"
    assert code(rig.save(record(selection_note="x"), "so_khcn")) == ""  # the engineer may; the role is what counts
    assert rig.state == "draft"


def test_a_change_is_a_new_version_that_needs_its_approval_anew() -> None:
    rig = Rig()
    rig.start()
    assert code(rig.save(record(selection_note="khác"))) == "sandbox.wrong_state"
    rig.move("suspended", "an", "operator")
    trial = rig.save(record(selection_note="khác"))
    assert (trial.state, trial.version) == ("draft", 2)
    assert trial.versions[0].sha256 != trial.versions[1].sha256
    assert rig.save(record(selection_note="khác")).version == 2  # the same again is the same version


def test_end_needs_two_and_a_permit_runs_out_by_the_clock() -> None:
    rig = Rig()
    rig.start(record(envelope={"end": "2027-01-15T15:02:00+07:00"}))
    assert rig.run.run(lambda r: rig.state == "expired", 300)
    utc = rig.engine.world.state.trials.utc(rig.run.now)
    assert BEGIN + 120.0 <= utc < BEGIN + 122.0
    other = Rig()
    other.start()
    assert other.move("ended").state == "running"
    assert other.move("ended", "so_khcn", "authority").state == "ended"
    assert code(other.move("running")) == "sandbox.wrong_state"


def test_what_is_missing_too_early_or_in_the_way_is_told() -> None:
    rig = Rig()
    rig.save(record(goals=[]))
    assert code(rig.move("submitted")) == "sandbox.incomplete"
    early = Rig()
    early.save(record(envelope={"begin": "2027-01-15T16:00:00+07:00"}))
    early.move("submitted")
    early.move("approved", "quan_tri", "admin")
    early.move("approved", "so_khcn", "authority")
    assert code(early.move("running")) == "sandbox.out_of_time"
    outside = Rig()
    outside.save(record(envelope={"areas": [[[0, 0], [20, 0], [20, 9], [0, 9]]]}))
    outside.move("submitted")
    outside.move("approved", "quan_tri", "admin")
    outside.move("approved", "so_khcn", "authority")
    assert code(outside.move("running")) == "sandbox.outside"


def test_a_robot_that_could_not_turn_where_it_stands_keeps_the_trial_from_starting() -> None:
    """Its middle is outside what is forbidden, and so it would have been let out through it."""
    rig = Rig()
    box = [[11.8, 8.9], [12.8, 8.9], [12.8, 9.9], [11.8, 9.9]]  # in front of the bay of amr_02 at (12, 10.4)
    rig.save(record(envelope={"forbidden": [box]}))
    rig.move("submitted")
    rig.move("approved", "quan_tri", "admin")
    rig.move("approved", "so_khcn", "authority")
    answer = rig.move("running")
    assert (code(answer), answer.facts["robot"]) == ("sandbox.outside", "amr_02")


def test_permits_that_overlap_are_refused_when_they_are_submitted() -> None:
    rig = Rig()
    rig.start()
    rig.save(record(trial_id="TN-2"))
    from amr_fleet.trial_requests import MoveTrial

    answer = rig.ask(MoveTrial(trial_id="TN-2", to="submitted", user="ky_su", role="engineer", utc=BEGIN))
    assert code(answer) == "sandbox.overlap"


def test_duties_that_are_due_before_the_start_need_a_proof() -> None:
    duty = {"id": "BH", "text": {"vi": "Bảo hiểm", "en": "Insurance"}}
    rig = Rig()
    rig.save(record(control={"reports": "x", "emergency_plan": "x", "duties": [duty]}))
    rig.move("submitted")
    rig.move("approved", "quan_tri", "admin")
    rig.move("approved", "so_khcn", "authority")
    assert code(rig.move("running")) == "sandbox.duties"

    def prove(name: str) -> Any:
        row = json.dumps({"duty": name, "file": "bao-hiem.pdf", "sha256": "b" * 64})
        return rig.ask(NoteTrial(trial_id="TN-1", kind="proof", row=row, user="an", role="operator", utc=BEGIN))

    assert code(prove("KHAC")) == "sandbox.invalid"
    assert prove("BH").proofs["BH"]["sha256"] == "b" * 64
    assert rig.move("running").state == "running"


def test_the_state_after_a_kill_at_every_step_is_that_of_the_journal() -> None:
    rig = Rig()
    rig.start()
    rig.ask(ReportBreach(trial_id="TN-1", breach=FAR))
    rig.move("running", "an", "operator")
    rig.move("running", "binh", "operator")
    rig.move("ended")
    journal = rig.run.journal
    cuts = [i + 1 for i, e in enumerate(journal) if e.kind.startswith("trial_")]
    assert len(cuts) >= 10
    for cut in cuts:
        engine = FleetEngine(rig.run.roadmap, rig.run.units, journal=journal[:cut])
        folded = TrialBook()
        for entry in journal[:cut]:
            if entry.kind.startswith("trial_") or entry.kind == "clock_anchor":
                folded.apply(entry)
        assert engine.world.state.trials.trials == folded.trials
        state = folded.trials["TN-1"].state
        barred = any(b.zone_id == "trial:TN-1" for b in engine.world.graph.barriers)
        assert barred == (state in ("running", "suspended"))


# The envelope in traffic and dispatch ----------------------------------------------------------------------------


# The watch -----------------------------------------------------------------------------------------------------


class Store:
    def __init__(self) -> None:
        self.entries: list[Any] = []

    def append(self, entries: Any) -> None:
        self.entries += entries

    def recover(self) -> None:
        """Nothing to do."""

    def read(self, order_id: str | None = None) -> Any:
        return self.entries


def watched(**envelope: Any) -> tuple[FleetService, Rig]:
    """Return a service that goes on where a rig began a trial, with the watch beside it."""
    rig = Rig()
    rig.start(record(envelope=envelope))
    engine = FleetEngine(rig.run.roadmap, rig.run.units, journal=rig.run.journal, trial_required=True)
    watch = TrialWatch({u.name: u.type for u in rig.run.units}, rig.run.journal)
    return FleetService(engine, Store(), lambda _message: None, watch=watch), rig


def tell(service: FleetService, t: float, **state: Any) -> str:
    """Post one report and step; return the trial's state after it."""
    service.post(RobotState(robot=state.pop("robot", "amr_01"), last_node_id="", **state))
    service.advance(t)
    return service.trials().trials["TN-1"].state


@pytest.mark.parametrize(
    ("rule", "state", "envelope"),
    [
        ("area", {"x": 25.0, "y": 4.0}, {}),
        ("area", {"x": 19.8, "y": 4.0}, {}),  # its middle is inside, its nose is not
        ("forbidden", {"x": 10.0, "y": 6.0}, {"forbidden": [[[9, 5], [11, 5], [11, 7], [9, 7]]]}),
        ("speed", {"x": 10.0, "y": 6.0, "v": 1.2}, {}),
        ("speed", {"x": 10.0, "y": 6.0, "v": -1.2}, {}),
        ("window", {"x": 10.0, "y": 6.0, "v": 0.5}, {"windows": [{"days": ["mon"], "begin": "01:00", "end": "02:00"}]}),
        ("serial", {"x": 10.0, "y": 6.0, "v": 0.5, "robot": "amr_02"}, {"serials": ["amr_01"]}),
        ("serial", {"x": 10.0, "y": 6.0, "v": -0.5, "robot": "amr_02"}, {"serials": ["amr_01"]}),
        ("pose", {"x": 10.0, "y": 6.0, "v": 0.5, "localized": False}, {}),
    ],
)
def test_a_robot_that_strays_suspends_its_trial_within_two_reports(
    rule: str, state: dict[str, Any], envelope: dict[str, Any]
) -> None:
    service, rig = watched(**envelope)
    t = rig.run.now
    assert tell(service, t + 1.0, **state) == "running"
    assert tell(service, t + 2.0, **state) == "suspended"
    trial = service.trials().trials["TN-1"]
    assert trial.breach is not None
    assert (trial.breach.rule, trial.breach.robot) == (rule, state.get("robot", "amr_01"))
    (incident,) = trial.incidents.values()
    assert (incident["kind"], incident["closed"]) == ("breach", False)


@pytest.mark.parametrize(("loads", "expected"), [((), "running"), (("PAL-1",), "suspended")])
def test_the_load_that_stands_out_counts_with_the_robot(loads: tuple[str, ...], expected: str) -> None:
    """A loaded lift robot is 4 cm wider on each side: its load is in what is forbidden, and its body is not."""
    kind = ROBOT_TYPES["lift_amr"]
    between = (kind.reach(loaded=False)[2] + kind.reach(loaded=True)[2]) / 2.0 - SLACK
    service, rig = watched(forbidden=[[[9, 5], [11, 5], [11, 7], [9, 7]]])
    state = {"x": 10.0, "y": 5.0 - between, "v": 0.5, "loads": loads}
    tell(service, rig.run.now + 1.0, **state)
    assert tell(service, rig.run.now + 2.0, **state) == expected


def test_a_person_is_not_answered_with_what_the_watch_was_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Requests have their answers by number; a report of the watch has none, and must not take that of a person."""
    service, rig = watched()
    monkeypatch.setattr("amr_fleet.service._MAX_INBOX", 2)  # a flood: the request is read a step after the breach
    t = rig.run.now
    for _ in range(2):
        service.post(RobotState(robot="amr_01", last_node_id="", x=25.0, y=4.0))
    asked = service.ask(CreateOrder(order=OrderRequest(pick_place="D1", drop_place="A1")))
    service.advance(t + 1.0)
    assert not asked.done()
    service.advance(t + 2.0)
    assert isinstance(asked.result(0), OrderView)


@pytest.mark.parametrize("v", [0.5, -0.5])
def test_too_many_that_move_are_a_breach(v: float) -> None:
    service, rig = watched(max_robots_moving=1)
    t = rig.run.now
    for i in range(2):
        tell(service, t + i, x=10.0, y=6.0, v=v)
        tell(service, t + i + 0.5, robot="amr_02", x=14.0, y=6.0, v=0.5)
    assert service.trials().trials["TN-1"].breach is not None


def test_what_is_inside_or_only_once_outside_is_none() -> None:
    service, rig = watched()
    t = rig.run.now
    for i, x in enumerate((10.0, 25.0, 10.0, 25.0, 10.0)):
        assert tell(service, t + i, x=x, y=6.0, v=1.05) == "running"


def test_the_watch_trusts_nothing_but_journal_poses_and_clock() -> None:
    rig = Rig()
    rig.start()
    watch = TrialWatch({"amr_01": "lift_amr"}, rig.run.journal)
    stray = Pose(robot="amr_01", x=25.0, y=4.0, theta=0.0, v=0.0)
    assert watch.see(1.0, stray) is None
    found = watch.see(2.0, stray)
    assert found is not None
    assert (found[0], found[1].rule) == ("TN-1", "area")
    assert watch.see(3.0, stray) is not None, "it goes on saying so until somebody acts"
    rig.ask(ReportBreach(trial_id="TN-1", breach=found[1]))
    watch.follow(rig.run.journal[-5:])
    assert watch.see(4.0, stray) is None


def test_a_missing_supervisor_and_bad_weather_suspend_too() -> None:
    rig = Rig()
    rig.start(record(envelope={"supervision": {"heartbeat_s": 60}}))
    rig.run.run(lambda r: False, 50)
    rig.ask(NoteTrial(trial_id="TN-1", kind="watched", user="an", role="operator", utc=BEGIN))
    rig.run.run(lambda r: False, 50)
    assert rig.state == "running"
    rig.run.run(lambda r: False, 15)
    assert rig.state == "suspended"
    wet = Rig()
    wet.start(record(envelope={"conditions": {"rh": [None, 85]}}))

    def measured(value: float) -> str:
        row = json.dumps({"at": BEGIN, "head": "humidity", "value": value, "unit": "%"})
        wet.ask(NoteTrial(trial_id="TN-1", kind="condition", row=row, user="an", role="operator", utc=BEGIN))
        return wet.state

    assert measured(85.0) == "running"
    assert measured(86.0) == "suspended"
