"""Which robots can do an order: the one that was chosen, and only those that carry the weight and the type of its load.

What nobody said is no reason against any robot; a trial's permit may allow less weight than robots carry. The payload
of a type is what its description says (`amr_core.robots`), the loads that it takes what the site says of its load
types; a robot whose type is unknown carries no known weight. Of a robot that speaks VDA 5050 and says in its factsheet
that it carries less, or loads of other types, that counts: the gateway reports it with each state as an error.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from amr_core.errors import AmrError
from amr_core.numbers import is_number
from amr_core.robots import ROBOT_TYPES
from amr_core.vda5050 import LOADS_FIELD
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.ports import OrderRequest

_DIFFERS: Final = "vda.factsheet_differs"
_LONGEST: Final = 32


class Need(NamedTuple):
    """What an order asks of a robot: the weight of its load (kg, 0 = unknown) and its type ("" = any)."""

    weight: float = 0.0
    load_type: str = ""


def need(world: World, request: OrderRequest) -> Need:
    """Return what its load is: as the order says, else as an earlier one said of that load."""
    cargo = request.cargo
    own = Need() if cargo is None else Need(cargo.weight_kg, cargo.load_type)
    if not request.load_id or (own.weight > 0.0 and own.load_type):
        return own
    load = world.state.cargo.loads.get(request.load_id)
    if load is None:
        return own
    return Need(own.weight if own.weight > 0.0 else load.cargo.weight_kg, own.load_type or load.cargo.load_type)


def weight(world: World, request: OrderRequest) -> float:
    """Return what its load weighs (kg), 0 = unknown; see `need`."""
    return need(world, request).weight


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


def takes(world: World, robot: Robot, load_type: str) -> bool:
    """Return whether a robot takes loads of a type; one that the site does not have (any more) nobody takes."""
    if not load_type:
        return True
    able = world.graph.roadmap.load_types.get(load_type)
    if able is None or (able and robot.unit.type not in able):
        return False
    errors = robot.report.errors if robot.report is not None else ()
    facts = [e.facts for e in errors if e.code == _DIFFERS and e.facts.get("field") == LOADS_FIELD]
    return all(fact.get("expected") != load_type for fact in facts)


def may_carry(world: World, robot: Robot) -> float:
    """Return how much (kg) a robot carries and a trial's permit allows."""
    return min(payload(robot), world.permit.most_load)


def can(world: World, robot: Robot, order: TransportOrder) -> bool:
    """Return whether a robot may do an order."""
    request, asked = order.request, need(world, order.request)
    fits = asked.weight <= may_carry(world, robot) and takes(world, robot, asked.load_type)
    return request.robot in ("", robot.name) and fits


def check_ability(world: World, request: OrderRequest) -> None:
    """Raise order.* when the chosen robot cannot carry the load, or none of the fleet can, or nobody knows its type."""
    known = world.graph.roadmap.load_types
    if request.cargo is not None and request.cargo.load_type and request.cargo.load_type not in known:
        names = ", ".join(known) or "-"
        raise AmrError("order.unknown_load_type", load_type=request.cargo.load_type[:_LONGEST], known=names[:200])
    asked = need(world, request)
    if asked == Need():
        return
    robots = [r for r in world.robots.values() if request.robot in ("", r.name)]
    if asked.load_type:
        robots = [r for r in robots if takes(world, r, asked.load_type)]
        if not robots:
            raise AmrError("order.no_carrier", load_type=asked.load_type)
    most = max((payload(r) for r in robots), default=0.0)
    if asked.weight > most:
        raise AmrError("order.too_heavy", weight=asked.weight, most=most)
