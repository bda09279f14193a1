"""Which robots can do an order: the one that was chosen, and only those whose type carries the weight of its load.

A weight that nobody said is no reason against any robot; a trial's permit may allow less than robots carry. The payload
of a type is what its description says (`amr_core.robots`); a robot whose type is unknown carries no known weight.
Of a robot that speaks VDA 5050 and says in its factsheet that it carries less, that counts: the gateway reports it with
each state as an error.
"""

from __future__ import annotations

from typing import Final

from amr_core.errors import AmrError
from amr_core.numbers import is_number
from amr_core.robots import ROBOT_TYPES
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.world import Robot, World
from amr_fleet.ports import OrderRequest

_DIFFERS: Final = "vda.factsheet_differs"


def weight(world: World, request: OrderRequest) -> float:
    """Return what its load weighs (kg): as the order says, else as an earlier one said of that load, 0 = unknown."""
    own = request.cargo.weight_kg if request.cargo is not None else 0.0
    if own > 0.0 or not request.load_id:
        return own
    load = world.state.cargo.loads.get(request.load_id)
    return load.cargo.weight_kg if load is not None else 0.0


def payload(robot: Robot) -> float:
    """Return how much (kg) a robot carries."""
    kind = ROBOT_TYPES.get(robot.unit.type)
    most = kind.max_payload if kind is not None else 0.0
    for error in robot.report.errors if robot.report is not None else ():
        told = error.facts.get("told")
        if error.code == _DIFFERS and _is_of_load(str(error.facts.get("field"))) and is_number(told):
            most = min(most, max(0.0, told))
    return most


def _is_of_load(field: str) -> bool:
    return field == "maxLoadMass" or field.endswith(".maxWeight")


def may_carry(world: World, robot: Robot) -> float:
    """Return how much (kg) a robot carries and a trial's permit allows."""
    return min(payload(robot), world.permit.most_load)


def can(world: World, robot: Robot, order: TransportOrder) -> bool:
    """Return whether a robot may do an order."""
    request = order.request
    return request.robot in ("", robot.name) and weight(world, request) <= may_carry(world, robot)


def check_weight(world: World, request: OrderRequest) -> None:
    """Raise order.too_heavy when the chosen robot cannot carry the load, or none of the fleet can."""
    heavy = weight(world, request)
    if heavy <= 0.0:
        return
    most = max((payload(r) for r in world.robots.values() if request.robot in ("", r.name)), default=0.0)
    if heavy > most:
        raise AmrError("order.too_heavy", weight=heavy, most=most)
