"""Which order is set aside when assignment breaks, found by trying with more and fewer of them; nothing else is."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from amr_fleet.domain import aside
from amr_fleet.domain.alarms import Alarm
from amr_fleet.domain.reasons import left_alone
from amr_fleet.domain.world import World
from tests.unit.test_fleet_engine import create, rehearsal


class Table:
    """Orders in the queue, and an assignment that breaks over some of them and over the newest of those first."""

    def __init__(self, orders: int, bad: Collection[int] = ()) -> None:
        self._run = rehearsal()
        self.ids = [create(self._run, "A1", "B1").order_id for _ in range(orders)]
        self.world: World = self._run.engine.world
        self.world.faults, self.world.entries = [], []
        for order_id in self.ids:  # as if no robot had any yet
            self.world.state.orders[order_id] = order = replace(self.world.state.orders[order_id], state="QUEUED")
            self.world.state.open_orders[order_id] = order
        self.bad, self.tries, self.always = {self.ids[n] for n in bad}, 0, False

    def dispatch(self) -> None:
        self.tries += 1
        seen = [i for i in self.ids if i in self.bad and not left_alone(self.world, i)]
        if seen or self.always:
            raise KeyError(seen[-1] if seen else "always")

    def set_aside(self) -> bool:
        self.world.state.undo.begin()
        return aside.set_aside(self.world, self.dispatch, self._run.engine._memory)

    @property
    def held(self) -> list[str]:
        return [e.order_id for e in self.world.entries if e.kind == "order_held"]


@pytest.mark.parametrize("orders", [1, 2, 5])
def test_the_one_that_breaks_is_found_wherever_it_stands(orders: int) -> None:
    for place in range(orders):
        table = Table(orders, [place])
        assert table.set_aside()
        assert table.held == [table.ids[place]]


def test_it_takes_few_tries_and_tells_the_error_of_that_order() -> None:
    table = Table(8, [0, 6])
    assert table.set_aside()
    assert table.tries <= 2 + 3, "half of the rest each time"
    assert [(f.order_id, f.error) for f in table.world.faults] == [(table.ids[0], f"KeyError: '{table.ids[0]}'")]


def test_orders_left_alone_stay_so_in_all_tries_and_cost_none() -> None:
    table = Table(8, [0, 7])
    for order_id in table.ids[:7]:
        table.world.aside[order_id] = table.world.now + 10.0
    assert table.set_aside()
    assert (table.held, table.tries) == ([table.ids[7]], 2)


def test_what_breaks_with_no_order_at_all_is_no_orders_fault() -> None:
    table = Table(2)
    table.always = True
    assert not table.set_aside()
    assert (table.held, table.world.faults, table.world.aside) == ([], [], {})


def test_what_breaks_no_more_sets_nothing_aside() -> None:
    table = Table(2)
    assert not table.set_aside()
    assert (table.held, table.world.faults, table.world.aside) == ([], [], {})


@pytest.mark.parametrize(("code", "goes_on"), [("alarm.order_aside", False), ("alarm.deadlock", True)])
def test_only_orders_that_were_set_aside_count_until_it_is_enough(code: str, goes_on: bool) -> None:
    table = Table(2, [1])
    for n in range(aside.MOST):
        alarm = Alarm(alarm_id=f"X{n}", code=code, robot="", order_id=f"Y{n}", since=0.0)  # type: ignore[arg-type]
        table.world.state.alarms.active[alarm.alarm_id] = alarm
    assert table.set_aside() == goes_on


def test_order_that_a_robot_has_is_left_alone_beside_those_that_are_still() -> None:
    table = Table(3, [2])
    world, (over, still, has) = table.world, table.ids
    world.state.orders[has] = replace(world.state.orders[has], state="TO_DROP", robot="amr_01")
    world.aside = {over: world.now - 1.0, still: world.now + 5.0}
    assert table.set_aside()
    assert world.aside == {still: world.now + 5.0, has: world.now + aside.ALONE}
    assert table.held == []
