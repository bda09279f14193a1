"""Maintenance work orders of robots: list, open, change, close."""

from __future__ import annotations

from fastapi import APIRouter

from amr_fleet.api.deps import Context, Engineer, OnceKey, Operator, Viewer
from amr_fleet.api.models.base import Label
from amr_fleet.api.models.upkeep import (
    MaintenanceOrder,
    MaintenanceOrders,
    WorkOrderBody,
    WorkOrderChange,
    WorkOrderClosing,
    limits_of,
)
from amr_fleet.api.problems import problems
from amr_fleet.domain.settings import FleetSettings
from amr_fleet.upkeep_requests import ChangeWork, CloseWork, OpenWork

router = APIRouter(prefix="/api/v1")
_ONE = ("upkeep.not_found", "upkeep.closed")


@router.get("/work-orders", responses=problems())
async def work_orders(context: Context, _session: Viewer, robot: Label = "") -> MaintenanceOrders:
    """Return the work orders of all robots or of one, open ones first."""
    snapshot = context.fleet.snapshot()
    found = [MaintenanceOrder.model_validate(one) for one in snapshot.upkeep if robot in ("", one.robot)]
    settings = context.ops.settings if context.ops is not None else FleetSettings()
    return MaintenanceOrders(t=snapshot.t, limits=limits_of(settings), work_orders=found)


@router.post("/robots/{name}/work-orders", status_code=201, responses=problems("robot.not_found", "upkeep.too_many"))
async def open_work_order(
    name: str, body: WorkOrderBody, context: Context, session: Operator, once: OnceKey
) -> MaintenanceOrder:
    """Open a work order for what somebody has seen at a robot."""
    asked = OpenWork(
        robot=name, text=body.text, safety=body.safety, owner=body.owner, user=session.user, key=once,
        due=context.fleet.snapshot().t + body.due_in_s if body.due_in_s else 0.0,
    )  # fmt: skip
    return MaintenanceOrder.model_validate(await context.answer(context.fleet.ask(asked)))


@router.post("/work-orders/{work_id}/change", responses=problems(*_ONE))
async def change_work_order(
    work_id: str, body: WorkOrderChange, context: Context, session: Engineer
) -> MaintenanceOrder:
    """Change until when an open work order is to be done, or by whom."""
    due = context.fleet.snapshot().t + body.due_in_s if body.due_in_s else body.due_in_s
    asked = ChangeWork(work_id=work_id, due=due, owner=body.owner, user=session.user)
    return MaintenanceOrder.model_validate(await context.answer(context.fleet.ask(asked)))


@router.post("/work-orders/{work_id}/close", responses=problems(*_ONE, "upkeep.by_counter"))
async def close_work_order(
    work_id: str, body: WorkOrderClosing, context: Context, session: Engineer
) -> MaintenanceOrder:
    """Note that a work order is done, or need not be done."""
    asked = CloseWork(work_id=work_id, outcome=body.outcome, note=body.note, user=session.user)
    return MaintenanceOrder.model_validate(await context.answer(context.fleet.ask(asked)))
