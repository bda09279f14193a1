"""Who answers which request: each module with handlers adds its own here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from amr_fleet import commands
from amr_fleet.domain import book_commands, evidence, order_commands, robot_commands
from amr_fleet.domain.alarm_watch import acknowledge
from amr_fleet.domain.world import World
from amr_fleet.ports import AckAlarm, FleetRequest

Handler = Callable[[World, Any], object]  # returns the answer, or raises AmrError

HANDLERS: Mapping[type[FleetRequest], Handler] = {
    AckAlarm: acknowledge,
    commands.ChangeOrder: order_commands.change,
    commands.HoldOrder: order_commands.hold,
    commands.ReassignOrder: order_commands.reassign,
    commands.CancelGraded: order_commands.cancel_graded,
    commands.NoteEvidence: evidence.note,
    commands.ImportOrders: order_commands.import_orders,
    commands.HoldCargo: order_commands.hold_cargo,
    commands.SetCutoff: book_commands.set_cutoff,
    commands.SetTemplate: book_commands.set_template,
    commands.SetSchedule: book_commands.set_schedule,
    commands.AddNote: book_commands.add_note,
    commands.SetIntegration: robot_commands.set_integration,
    commands.SendRobot: robot_commands.send_robot,
    commands.ReleaseRobot: robot_commands.release,
    commands.Relocalise: robot_commands.relocalise,
    commands.DeliverLoad: robot_commands.deliver_load,
}


def answer(world: World, request: FleetRequest) -> object:
    """Return the answer to a request, or raise AmrError."""
    return HANDLERS[type(request)](world, request)
