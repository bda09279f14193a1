"""Why an order in the queue may not start yet, for reasons of its own: a code, facts, since when."""

from __future__ import annotations

import math

from amr_fleet.domain.holds import facts_of
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.world import World
from amr_fleet.ports import Reason


def not_yet(world: World, order: TransportOrder) -> Reason | None:
    """Return why an order in the queue has to stay there, or None when it may be given to a robot."""
    request = order.request
    if request.held:
        held = order.hold
        return (
            Reason("wait.held", facts_of(held), held.since)
            if held is not None
            else Reason("wait.held", {}, order.created)
        )
    if request.load_id and world.state.cargo.held(request.load_id):
        return Reason("wait.customs", {"load_id": request.load_id}, order.created)
    if request.earliest > world.now:
        return Reason("wait.earliest", {"at": request.earliest}, order.created)
    return None


def left_alone(world: World, order_id: str) -> bool:
    """Return whether assignment does not look at an order, which broke it, for a while."""
    return world.aside.get(order_id, -math.inf) > world.now
