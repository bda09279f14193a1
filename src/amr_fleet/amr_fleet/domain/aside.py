"""Finds the order that breaks assignment and sets it aside: one order that meets a bug keeps no other from its robot.

What breaks says nothing of which order it was about. So assignment is tried with more and fewer of the orders, undone
each time, until one is found with which it breaks and without which it does not. That one is held, as a person would
hold it, or, when a robot has it, left alone for a while; an alarm tells of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Final

from amr_fleet.domain.guard import fault_of
from amr_fleet.domain.reasons import left_alone
from amr_fleet.domain.undo import Memory
from amr_fleet.domain.world import World

ALONE: Final = 60.0
"""s that an order which a robot has is left alone; then it is tried again."""
MOST: Final = 5
"""Orders set aside that nobody has looked at yet: with so many it is no fault of an order, and assignment rests."""


def set_aside(world: World, dispatch: Callable[[], None], memory: Callable[[], Memory]) -> bool:
    """Set aside the order that breaks dispatch, one a step; False when it is no order, or were too many."""
    told = sum(alarm.code == "alarm.order_aside" for alarm in world.state.alarms.active.values())
    orders = [order_id for order_id in world.state.open_orders if not left_alone(world, order_id)]
    if told >= MOST or _breaks(world, orders, dispatch, memory) is not None:
        return False
    error = _breaks(world, (), dispatch, memory)
    if error is None:
        return False
    works, broken = 0, len(orders)  # so many, oldest first, do not break it, and so many do
    while broken - works > 1:
        middle = (works + broken) // 2
        found = _breaks(world, orders[middle:], dispatch, memory)
        works, broken, error = (middle, broken, error) if found is None else (works, middle, found)
    _set(world, orders[broken - 1], error)
    return True


def _breaks(
    world: World, without: Collection[str], dispatch: Callable[[], None], memory: Callable[[], Memory]
) -> Exception | None:
    """Return with what dispatch breaks without some orders, None when it does not. Nothing of it stays."""
    before = memory()
    world.aside = {**world.aside, **dict.fromkeys(without, world.now + ALONE)}
    try:
        dispatch()
    except Exception as error:
        return error
    finally:
        before.restore()
    return None


def _set(world: World, order_id: str, error: Exception) -> None:
    if world.state.orders[order_id].state == "QUEUED":
        world.emit("order_held", order_id=order_id, user="")
    else:
        world.aside = {i: until for i, until in world.aside.items() if until > world.now}
        world.aside[order_id] = world.now + ALONE
    world.faults.append(fault_of("dispatch", "", error, order_id))
