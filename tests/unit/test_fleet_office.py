"""Obstacles, plans, texts and the steps of a report: kept in the journal, the same after a restart."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet import requests as c
from amr_fleet.domain.events import Ask
from amr_fleet.domain.office import FIELDS, Obstacle, ReportFile
from amr_fleet.domain.orders import FleetState
from amr_fleet.periodic.kpis import KPIS
from amr_fleet.periodic.words import KPI_NAMES
from amr_fleet.ports import Request
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.vocabulary import KPI_KEYS
from tests.unit.test_fleet_engine import ask, refuse, rehearsal

WISH = c.SetObstacle(
    kind="infrastructure", opened="2026-12-20", text="Sàn lún", asked_of="Cảng", due="2027-01-10", user="lan"
)
FILED = c.FileReport(period="2027-01", docx_sha256="a" * 64, pdf_sha256="b" * 64, size=900, root="cm9vdA==", user="sep")


def do(run: Rehearsal, request: Request[Any]) -> Any:
    result = ask(run, Ask(7, request)).result
    assert not isinstance(result, AmrError), result
    return result


def code(run: Rehearsal, request: Request[Any]) -> str:
    return refuse(run, Ask(7, request))


def restarted(run: Rehearsal) -> None:
    assert FleetState.fold(run.journal).office == run.engine.world.state.office


def test_an_obstacle_gets_a_number_and_keeps_its_answers_when_it_changes() -> None:
    run = rehearsal(1)
    first: Obstacle = do(run, WISH)
    assert (first.obstacle_id, first.state, first.answers) == ("VM-001", "open", ())
    assert do(run, replace(WISH, text="Mạng yếu")).obstacle_id == "VM-002"
    do(run, c.AnswerObstacle(obstacle_id="VM-001", document="12/CV", date="2027-01-05", text="Sẽ sửa", user="lan"))
    moved: Obstacle = do(run, replace(WISH, obstacle_id="VM-001", state="in_progress"))
    assert [a.document for a in moved.answers] == ["12/CV"]
    assert len(run.engine.world.state.office.obstacles) == 2
    restarted(run)


def test_an_obstacle_is_overdue_until_it_is_dealt_with() -> None:
    run = rehearsal(1)
    assert do(run, WISH).overdue("2027-01-14")
    assert not do(run, WISH).overdue("2027-01-10")
    solved: Obstacle = do(run, replace(WISH, obstacle_id="VM-001", state="solved"))
    assert not solved.overdue("2027-01-14")
    assert solved.closed_at == run.engine.world.now
    again: Obstacle = do(run, replace(WISH, obstacle_id="VM-001", state="open"))
    assert again.closed_at == 0.0


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""}, {"text": "x" * 4001}, {"text": "a\x00"}, {"text": "a\u202eb"}, {"opened": "14/01/2027"},
        {"due": "2027-02-30"}, {"kind": "other"}, {"source": ""}, {"state": "done"}, {"effect_kpi": "speed"},
        {"effect_amount": math.nan}, {"asked_of": "x" * 201}, {"owner": "a\nb"}, {"text": "\n" * 99 + "x"},
    ],
)  # fmt: skip
def test_rubbish_is_not_put_into_the_register(wrong: dict[str, Any]) -> None:
    run = rehearsal(1)
    assert code(run, replace(WISH, **wrong)) == "request.invalid"
    assert not run.engine.world.state.office.obstacles


def test_an_obstacle_that_is_not_there_is_told() -> None:
    run = rehearsal(1)
    assert code(run, replace(WISH, obstacle_id="VM-009")) == "report.unknown_obstacle"
    answer = c.AnswerObstacle(obstacle_id="VM-009", document="1", date="2027-01-01")
    assert code(run, answer) == "report.unknown_obstacle"
    do(run, WISH)
    assert code(run, replace(answer, obstacle_id="VM-001", document="")) == "request.invalid"
    assert code(run, replace(answer, obstacle_id="VM-001", date="x")) == "request.invalid"


def test_plans_and_texts_belong_to_a_period_and_the_letterhead_goes_on() -> None:
    run = rehearsal(1)
    do(run, c.SetPlan(period="2027-01", kpi="done", target=900.0, user="hung"))
    do(run, c.SetReportText(period="2027-01", field="issuer", text="Cảng Cái Cui", user="lan"))
    do(run, c.SetReportText(period="2027-01", field="results", text=" một \n  hai ", user="lan"))
    office = run.engine.world.state.office
    assert office.plans["2027-01"] == {"done": 900.0}
    assert office.texts_of("2027-02") == {"issuer": "Cảng Cái Cui"}
    assert office.texts_of("2027-01") == {"issuer": "Cảng Cái Cui", "results": "một\nhai"}
    do(run, c.SetPlan(period="2027-01", kpi="done", user="hung"))
    assert office.plans["2027-01"] == {}
    for wrong in (
        c.SetPlan(period="2027-01", kpi="done"), c.SetPlan(period="2027-01", kpi="speed", target=1.0),
        c.SetPlan(period="2027-01", kpi="done", target=-1.0), c.SetPlan(period="2027-01", kpi="done", target=math.inf),
        c.SetReportText(period="2027-01", field="title", text="x"),
        c.SetReportText(period="2027-01", field="date", text="tomorrow"),
    ):  # fmt: skip
        assert code(run, wrong) == "request.invalid", wrong
    assert code(run, c.SetPlan(period="January", kpi="done", target=1.0)) == "report.bad_period"
    restarted(run)


def step(run: Rehearsal, name: Any, user: str, text: str = "") -> ReportFile:
    found: ReportFile = do(run, c.MoveReport(period="2027-01", step=name, user=user, text=text))
    return found


def test_a_report_is_handed_in_by_one_person_and_signed_by_another() -> None:
    run = rehearsal(1)
    assert step(run, "submit", "lan").state == "submitted"
    assert code(run, c.MoveReport(period="2027-01", step="sign", user="lan")) == "report.same_person"
    assert code(run, c.SetReportText(period="2027-01", field="results", text="x")) == "report.wrong_step"
    assert code(run, c.SetPlan(period="2027-01", kpi="done", target=1.0)) == "report.wrong_step"
    assert code(run, c.MoveReport(period="2027-01", step="return", user="sep")) == "request.invalid"  # no reason
    assert step(run, "return", "sep", "Thiếu số liệu điện").state == "draft"
    step(run, "submit", "lan")
    signed = step(run, "sign", "sep")
    assert (signed.state, signed.signed_by, signed.submitted_by) == ("signed", "sep", "lan")
    filed: ReportFile = do(run, FILED)
    assert (filed.state, filed.filed[0].pdf_sha256, filed.filed[0].edition) == ("filed", "b" * 64, 1)
    restarted(run)


def test_no_step_is_left_out_and_a_filed_report_gets_another_edition() -> None:
    run = rehearsal(1)
    for name in ("sign", "return", "reopen", "burn"):
        request = c.MoveReport(period="2027-01", step=name, user="x", text="y")  # type: ignore[arg-type]
        assert code(run, request) == "report.wrong_step"
    assert code(run, FILED) == "report.wrong_step"
    step(run, "submit", "lan")
    step(run, "sign", "sep")
    do(run, FILED)
    again = step(run, "reopen", "sep", "Sai số hiệu")
    assert (again.state, again.edition, again.signed_by, len(again.filed)) == ("draft", 2, "", 1)
    restarted(run)


def test_remarks_are_kept_in_order_whatever_the_state() -> None:
    run = rehearsal(1)
    do(run, c.CommentReport(period="2027-01", text="Kiểm lại điện", user="sep"))
    step(run, "submit", "lan")
    do(run, c.CommentReport(period="2027-01", text="Được", user="sep"))
    remarks = run.engine.world.state.office.file("2027-01").remarks
    assert [(r.user, r.text, r.step) for r in remarks] == [
        ("sep", "Kiểm lại điện", ""), ("lan", "", "submit"), ("sep", "Được", ""),
    ]  # fmt: skip
    assert code(run, c.CommentReport(period="2027-01", text="  ")) == "request.invalid"
    assert code(run, c.CommentReport(period="x", text="y")) == "report.bad_period"


def test_every_figure_is_listed_once_with_a_name() -> None:
    assert set(KPI_KEYS) == set(KPIS) == set(KPI_NAMES)
    assert len(set(FIELDS)) == len(FIELDS)
