"""The one way of requests into the engine: who answers which, and what becomes of a refusal."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from amr_core.errors import AmrError
from amr_fleet import flight_requests as f
from amr_fleet import requests as r
from amr_fleet import trial_requests as t
from amr_fleet import upkeep_requests as u
from amr_fleet import visit_requests as v
from amr_fleet.domain import (
    book_requests,
    comments,
    escalations,
    evidence,
    fire,
    flight_requests,
    integration,
    new_orders,
    office_requests,
    order_requests,
    robot_requests,
    said,
    trials,
    upkeep,
    visit_requests,
    zones,
)
from amr_fleet.domain.alarm_watch import acknowledge
from amr_fleet.domain.events import Ask, Reply
from amr_fleet.domain.world import World
from amr_fleet.escalation_requests import NoteEscalation
from amr_fleet.ports import Request
from amr_fleet.replay_requests import CommentMoment

Handler = Callable[[World, Any], object]  # returns the answer, or raises AmrError

HANDLERS: Mapping[type[Request[object]], Handler] = {
    r.CreateOrder: new_orders.create_order,
    r.ImportOrders: new_orders.import_orders,
    r.ChangeOrder: order_requests.change,
    r.HoldOrder: order_requests.hold,
    r.ReassignOrder: order_requests.reassign,
    r.CancelOrder: order_requests.cancel_order,
    r.HoldCargo: order_requests.hold_cargo,
    r.NoteEvidence: evidence.note,
    r.SayOfLoad: said.say,
    r.SetPaused: robot_requests.set_paused,
    r.SetIntegration: integration.set_integration,
    r.SendRobot: robot_requests.send_robot,
    r.NoteService: robot_requests.note_service,
    u.OpenWork: upkeep.open_work,
    u.ChangeWork: upkeep.change,
    u.CloseWork: upkeep.close,
    r.ReleaseRobot: robot_requests.release,
    r.Relocalise: robot_requests.relocalise,
    r.DeliverLoad: robot_requests.deliver_load,
    r.SetZone: zones.set_zone,
    r.ClearZone: zones.clear_zone,
    r.AckAlarm: acknowledge,
    v.SetCutoff: visit_requests.set_cutoff,
    v.DepartVisit: visit_requests.depart,
    v.ReopenVisit: visit_requests.reopen,
    v.ImportVisits: visit_requests.import_visits,
    r.SetTemplate: book_requests.set_template,
    r.SetSchedule: book_requests.set_schedule,
    r.AddNote: book_requests.add_note,
    CommentMoment: comments.comment,
    NoteEscalation: escalations.note,
    r.RaiseFire: fire.raise_alarm,
    r.EndFire: fire.end,
    r.FireContactsOff: fire.contacts_off,
    f.CreateFlight: flight_requests.create,
    f.StartFlight: flight_requests.start,
    f.AbortFlight: flight_requests.abort,
    f.RecoverFlight: flight_requests.recover,
    f.CheckDifference: flight_requests.check_difference,
    f.SetFlightPermit: flight_requests.set_permit,
    f.SetStock: flight_requests.set_stock,
    t.SaveTrial: trials.save,
    t.MoveTrial: trials.move,
    t.NoteTrial: trials.note,
    t.ReportBreach: trials.report_breach,
    r.SetObstacle: office_requests.set_obstacle,
    r.AnswerObstacle: office_requests.answer_obstacle,
    r.SetPlan: office_requests.set_plan,
    r.SetReportText: office_requests.set_report_text,
    r.CommentReport: office_requests.comment_report,
    r.MoveReport: office_requests.move_report,
    r.FileReport: office_requests.file_report,
}


_KEPT: Final = frozenset({f.StartFlight})
"""Requests that note what a person says before they are judged: a refused start keeps the pilot's checklist."""


class HalfDoneError(Exception):
    """A request was refused after it had done something: that has to be undone. error: the refusal."""

    def __init__(self, error: AmrError) -> None:
        super().__init__(str(error))
        self.error = error


def handle(world: World, ask: Ask) -> None:
    """Answer one request; an error is the answer, too, and one that is not on the list is refused."""
    before = _done(world)
    try:
        handler = HANDLERS.get(type(ask.request))
        if handler is None:
            raise AmrError("request.invalid", where="type", reason=type(ask.request).__name__)
        result = handler(world, ask.request)
    except AmrError as error:
        if _done(world) != before and type(ask.request) not in _KEPT:
            raise HalfDoneError(error) from error
        result = error
    world.replies.append(Reply(ask.token, result))


def _done(world: World) -> int:
    return len(world.entries) + len(world.commands) + len(world.door_commands) + len(world.lift_commands)
