"""The shift report: its figures follow from the journal by hand, and the same journal gives the same bytes."""

from __future__ import annotations

import io
import itertools
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_fleet.api.models.reports import Report as ReportAnswer
from amr_fleet.domain.events import JournalEntry
from amr_fleet.ops import Ops
from amr_fleet.report.excel import excel
from amr_fleet.report.figures import Spread
from amr_fleet.report.fold import make_report, make_reports, whole
from amr_fleet.report.pdf import pdf
from amr_fleet.report.people import interventions
from amr_fleet.report.period import Period, shift_at, shifts_between, stamp
from amr_fleet.report.texts import TEXTS
from amr_fleet.store.journal import JournalStore

SITE = load_site("lab")
PLACES = [p.id for p in SITE.places]
UNIX = 1_780_000_000.0  # 29/05/2026 03:26:40 in Vietnam


def entry(t: float, kind: str, order: str = "", robot: str = "", /, **facts: object) -> JournalEntry:
    return JournalEntry(t=t, kind=kind, order_id=order, robot=robot, facts=facts)  # type: ignore[arg-type]


def created(t: float, order: str, deadline: float = 0.0) -> JournalEntry:
    facts = {"pick_place": PLACES[0], "drop_place": PLACES[1], "reference": "", "load_id": "", "priority": 0}
    return entry(t, "order_created", order, **facts, deadline=deadline, user="lan")


def journal() -> list[JournalEntry]:
    return [
        entry(0, "robot_online", "", "amr_01"),
        created(10, "T1", deadline=200),
        entry(30, "order_assigned", "T1", "amr_01"),
        entry(30, "mission_started", "T1", "amr_01", mission="M1", kind="pick", goal="x"),
        created(40, "T2", deadline=150),
        created(50, "T3"),
        entry(110, "order_done", "T1", "amr_01"),
        entry(120, "alarm_raised", "", "amr_01", alarm="A1", code="alarm.e_stop", kind="MANUAL"),
        entry(160, "alarm_cleared", "", "amr_01", alarm="A1", code="alarm.e_stop"),
        entry(170, "order_cancelled", "T3", "", user="lan"),
        entry(240, "order_done", "T2", "amr_01"),
        entry(
            300, "robot_time", "", "amr_01", loaded=60.0, empty=40.0, fault=40.0, idle=60.0, metres=120.0,
            metres_loaded=50.0, soc_min=0.8, soc_used=0.01, **{"from": 0.0, "wait.traffic": 80.0, "wait.person": 20.0},
        ),
        entry(4000, "deadlock", robots="amr_01 amr_02"),
    ]  # fmt: skip


def test_figures_follow_from_the_journal_by_hand() -> None:
    report = make_report(journal(), SITE, Period(0.0, 3600.0))
    assert (report.created, report.done, report.cancelled, report.failed) == (3, 2, 1, 0)
    assert replace(report.service, ci95=None) == Spread(2, 150.0, None, 100.0, 200.0, 200.0)
    assert report.service.ci95 == pytest.approx(1.96 * 50.0)
    assert report.allocation.n == 1
    assert report.allocation.mean == 20.0
    assert (report.with_deadline, report.on_time) == (2, 1)
    assert report.wait_share == pytest.approx(0.5)
    assert report.availability == pytest.approx(260 / 300)
    assert report.mtbf == pytest.approx(260.0)
    assert report.repair.mean == 40.0
    assert (report.interventions, report.faults, report.deadlocks) == (1, 1, 0)
    assert list(report.waits.items()) == [("wait.traffic", 80.0), ("wait.person", 20.0)]
    assert [(f.created, f.done) for f in report.flows] == [(3, 2)]
    assert [(h.created, h.done) for h in report.hours] == [(3, 2)]
    assert report.per_hour == 2.0
    assert report.robots[0].metres == 120.0


def alarm(t: float, kind: str, name: str, code: str = "alarm.robot_error", robot: str = "amr_01") -> JournalEntry:
    return entry(t, f"alarm_{kind}", "", robot, alarm=name, code=code)


def test_one_breakdown_with_two_errors_is_one_fault_until_the_last_of_them_is_gone() -> None:
    """Each error is an alarm of its own: MTBF and the times that a person was needed got worse by that alone."""
    journal = [
        alarm(10.0, "raised", "A1"), alarm(15.0, "raised", "A2"), alarm(16.0, "raised", "A3", robot="amr_02"),
        alarm(18.0, "raised", "A4", "alarm.e_stop"), alarm(19.0, "raised", "A5", "alarm.e_stop"),
        alarm(20.0, "cleared", "A1"), alarm(25.0, "cleared", "A4"), alarm(30.0, "cleared", "A3", robot="amr_02"),
        entry(38.0, "alarm_cleared", alarm="A5", code="alarm.e_stop"),  # without its robot, as at a start
        alarm(60.0, "cleared", "A2"), alarm(80.0, "raised", "A6"), alarm(90.0, "cleared", "A6"),
    ]  # fmt: skip
    report = make_report(journal, SITE, Period(0.0, 100.0))
    assert (report.faults, report.interventions) == (4, 4)
    assert {robot.robot: (robot.faults, robot.interventions) for robot in report.robots} == {
        "amr_01": (3, 3), "amr_02": (1, 1),
    }  # fmt: skip
    assert report.alarms == {"alarm.robot_error": 4, "alarm.e_stop": 2}, "the list of alarms has each"
    assert (report.repair.n, report.repair.mean) == (4, (50 + 14 + 20 + 10) / 4)


def test_a_second_error_of_a_breakdown_that_began_in_the_shift_before_is_no_fault_of_this_one() -> None:
    journal = [
        alarm(10.0, "raised", "A1"), alarm(110.0, "raised", "A2"), alarm(120.0, "cleared", "A1"),
        alarm(130.0, "cleared", "A2"), alarm(150.0, "raised", "A3"), alarm(155.0, "cleared", "A3"),
    ]  # fmt: skip
    periods = [Period(0.0, 100.0), Period(100.0, 200.0)]
    for reports in (make_reports(journal, SITE, periods), [make_report(journal, SITE, one) for one in periods]):
        assert [(one.faults, one.interventions, one.repair.n) for one in reports] == [(1, 1, 0), (1, 1, 1)]


def test_stops_docking_links_cameras_and_loads_follow_from_the_journal() -> None:
    def zone(t: float, kind: str, name: str, code: str = "camera.person_near") -> JournalEntry:
        return entry(t, kind, zone=name, **({"code": code} if kind == "zone_set" else {}))

    journal = [
        entry(0.0, "robot_offline", "", "amr_01"), entry(30.0, "robot_online", "", "amr_01"),
        zone(10.0, "zone_set", "C1"), zone(14.0, "zone_set", "C1"), zone(18.0, "zone_cleared", "C1"),
        zone(20.0, "zone_set", "K-1", ""), zone(25.0, "zone_cleared", "K-1"),
        entry(40.0, "order_picked", "T1", "amr_01", off=0.01, turn=0.5),
        entry(60.0, "order_done", "T1", "amr_01", off=0.03, turn=1.5),
        entry(62.0, "order_evidence", "T1", "amr_01", match="no"), entry(63.0, "order_evidence", "T2", match="yes"),
        entry(
            100.0, "robot_time", "", "amr_01", loaded=100.0, protective_stops=2, halts=3, soc_used=0.1,
            **{"from": 0.0, "age.0.2": 50.0, "age.1": 49.5, "age.5": 0.5},
        ),
        created(1.0, "T1"),
    ]  # fmt: skip
    report = make_report(sorted(journal, key=lambda e: e.t), SITE, Period(0.0, 3600.0))
    told = report.technical
    assert (told.protective_stops, told.emergency_stops, told.halts) == (2, 0, 3)
    assert (told.links.n, told.links.longest) == (1, 30.0)
    assert (told.camera_zones.n, told.camera_zones.longest) == (1, 8.0)
    assert (told.off.n, told.turn.n, told.turn.longest) == (2, 2, 1.5)
    assert told.off.mean == pytest.approx(0.02)
    assert (told.labels_read, told.wrong_loads) == (2, 1)
    assert told.state_age_p99 == 1.0
    assert report.protective_stops_per_100_h == pytest.approx(7200.0)
    assert report.wh_per_order == pytest.approx(240.0)
    json.dumps(ReportAnswer.model_validate(report).model_dump(mode="json"), allow_nan=False)


def test_on_time_is_judged_by_the_cutoff_and_by_the_last_word_about_the_deadline() -> None:
    journal = [
        entry(0.0, "cutoff_set", name="Sà lan", kind="barge", at=50.0),
        created(1.0, "T1"), created(1.0, "T2", deadline=20.0), created(1.0, "T3", deadline=500.0),
        entry(2.0, "order_changed", "T1", cutoff="Sà lan"),
        entry(2.0, "order_changed", "T2", deadline=100.0),
        entry(2.0, "order_changed", "T3", cutoff="Sà lan"),
        entry(60.0, "order_done", "T1", "amr_01"),
        entry(60.0, "order_done", "T2", "amr_01"),
        entry(70.0, "cutoff_set", name="Sà lan", kind="barge", at=90.0),
        entry(80.0, "order_done", "T3", "amr_01"),
    ]  # fmt: skip
    report = make_report(journal, SITE, Period(0.0, 100.0))
    assert (report.with_deadline, report.on_time) == (3, 2)


def test_a_period_takes_only_its_own_entries() -> None:
    late = make_report(journal(), SITE, Period(150.0, 4001.0))
    assert (late.created, late.done, late.cancelled, late.deadlocks) == (0, 1, 1, 1)
    assert late.service.mean == 200.0
    assert late.repair.n == 0
    assert late.interventions == 0
    assert not late.robots[0].seconds, "its account began before the period"
    assert late.digest != make_report(journal(), SITE, Period(0.0, 4001.0)).digest


def test_the_same_journal_gives_the_same_bytes_and_another_one_does_not() -> None:
    report = make_report(journal(), SITE, Period(0.0, 3600.0))
    other = make_report([*journal()[:-2], replace(journal()[-2], t=299.0), journal()[-1]], SITE, Period(0.0, 3600.0))
    for write in (pdf, excel):
        first = write(report)
        assert write(make_report(journal(), SITE, Period(0.0, 3600.0))) == first
        assert write(other) != first
    assert pdf(report, "en") != pdf(report, "vi")


def test_the_pdf_carries_its_fonts_and_the_workbook_its_numbers() -> None:
    report = make_report(journal(), SITE, Period(0.0, 3600.0))
    printed = pdf(report)
    assert printed.startswith(b"%PDF-")
    assert b"/FontFile2" in printed
    assert b"BeVietnamPro" in printed
    with zipfile.ZipFile(io.BytesIO(excel(report))) as book:
        text = book.read("xl/sharedStrings.xml").decode()
        assert "Báo cáo ca vận hành robot" in text
        assert "Chờ robot khác" in text
        assert any(name.startswith("xl/charts/") for name in book.namelist())
        assert "<v>120</v>" in book.read("xl/worksheets/sheet4.xml").decode(), "metres are a number"


def test_an_empty_journal_is_a_report_that_says_so() -> None:
    report = make_report([], SITE, whole([]))
    assert report.per_hour is None
    assert report.availability is None
    assert pdf(report).startswith(b"%PDF-")
    assert excel(report).startswith(b"PK")


def test_both_languages_have_the_same_words() -> None:
    assert TEXTS["vi"].keys() == TEXTS["en"].keys()


def test_no_robot_is_said_as_vietnamese_says_it() -> None:
    assert TEXTS["vi"]["wait.no_robot"] == "Không robot nào nhận được đơn"
    assert not [text for text in TEXTS["vi"].values() if "Không robot " in text.replace("Không robot nào", "")]


def test_shifts_follow_local_time_and_leave_no_gap() -> None:
    shift = shift_at(UNIX)
    assert shift.shift == 3, "03:26 is in the night shift"
    assert stamp(shift.begin) == "28/05/2026 22:00"
    assert stamp(shift.end) == "29/05/2026 06:00"
    assert shift_at(shift.end).shift == 1
    assert shift_at(0.0).shift == 3, "a simulation begins at midnight"
    found = shifts_between(UNIX, UNIX + 2 * 86400)
    assert all(later.begin == earlier.end for later, earlier in itertools.pairwise(found))
    assert found[-1].begin <= UNIX
    assert [s.hours for s in found] == [8.0] * len(found)


def test_impossible_periods_are_refused() -> None:
    ops = Ops(site=SITE, read_journal=journal)
    for begin, end in ((10.0, 10.0), (20.0, 10.0), (0.0, 40 * 86400.0), (0.0, float("nan"))):
        with pytest.raises(AmrError, match=r"report\.invalid"):
            ops.report(begin, end)
    assert ops.report(None, None).period == shift_at(4000.0)


def test_the_command_writes_all_kinds_and_refuses_rubbish(tmp_path: Path) -> None:
    file = tmp_path / "journal.sqlite3"
    store = JournalStore(str(file))
    store.append(journal())
    store.close()
    run = CliRunner().invoke
    for name in ("a.pdf", "a.xlsx", "a.json"):
        assert run(app, ["report", str(file), str(tmp_path / name), "--site", "lab"]).exit_code == 0
        assert (tmp_path / name).stat().st_size > 500
    assert json.loads((tmp_path / "a.json").read_text())["done"] == 2
    for wrong in ([str(tmp_path / "no.db"), "x.pdf"], [str(file), "x.doc"], [str(file), "x.pdf", "--lang", "xx"]):
        result = run(app, ["report", *wrong, "--site", "lab"])
        assert isinstance(result.exception, AmrError)
        assert result.exception.code == "run.bad_option"


def test_notes_and_interventions_name_people_and_times() -> None:
    entries = [
        JournalEntry(t=10.0, kind="alarm_raised", robot="amr_01", facts={"alarm": "A1", "code": "alarm.blocked"}),
        JournalEntry(t=12.0, kind="alarm_acked", robot="amr_01", facts={"alarm": "A1", "user": "lan"}),
        JournalEntry(t=15.0, kind="note_added", facts={"text": "<b>Cửa 3 hỏng & =1+1", "user": "lan"}),
        JournalEntry(t=20.0, kind="alarm_cleared", robot="amr_01", facts={"alarm": "A1"}),
        JournalEntry(t=30.0, kind="alarm_raised", order_id="T1", facts={"alarm": "A2", "code": "alarm.order_late"}),
    ]
    late, blocked = interventions(entries, 40.0)
    assert (late.alarm_id, late.acked_by, late.cleared) == ("A2", "", 0.0)
    told = [blocked.raised, blocked.acked_by, blocked.acked_at, blocked.cleared]
    assert told == [10.0, "lan", 12.0, 20.0]
    assert [row.alarm_id for row in interventions(entries, 25.0)] == ["A1"]
    report = make_report(entries, SITE, Period(0.0, 100.0))
    assert [(n.t, n.user) for n in report.notes] == [(15.0, "lan")]
    assert pdf(report, "vi").startswith(b"%PDF")
    with zipfile.ZipFile(io.BytesIO(excel(report, "vi"))) as book:
        assert "<f>" not in "".join(book.read(name).decode() for name in book.namelist() if "worksheets" in name)
