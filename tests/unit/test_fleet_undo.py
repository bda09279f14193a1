"""What breaks in the middle of a step leaves the engine exactly as it was: compared with a copy, part by part."""

from __future__ import annotations

import copy
import random
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

import pytest

from amr_core.site import load_site
from amr_core.vda5050 import RobotState
from amr_fleet.domain import undo
from amr_fleet.domain.deadlock_watch import CycleWatch
from amr_fleet.domain.events import Ask, ConnectionLost, Event, StepResult
from amr_fleet.domain.guard import BrokenError
from amr_fleet.domain.robots import Displaced, Refusing
from amr_fleet.domain.undo import Fixed, Undo, noted_dict
from amr_fleet.ports import OrderRequest, ZoneRequest
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import (
    CancelOrder,
    ClearZone,
    CreateOrder,
    HoldCargo,
    HoldOrder,
    ImportOrders,
    SetPaused,
    SetZone,
)
from amr_fleet.visit_requests import DepartVisit, SetCutoff
from tests.unit.test_fleet_engine import lab

PLACES = [p.id for p in load_site("lab").places]
AREA = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0))
SKIPPED = {
    "step",
    "_times",
    "roadmap",
    "graph",
    "undo",
    "_log",
    "_whole",
    "_distances",
    "_reach",
    "_around",
    "_homeward",
    "returning",
    "cuts",
    "areas",
}


def differences(a: Any, b: Any, path: str = "engine", seen: dict[int, Any] | None = None) -> Iterable[str]:
    """Compare two object trees without what `undo` knows of them; caches of the road network do not count."""
    seen = seen if seen is not None else {}
    if id(a) in seen:
        return
    seen[id(a)] = a  # held: the next object would get the id of one that is gone, and be passed over
    if type(a) is not type(b):
        yield f"{path}: {type(a).__name__} {type(b).__name__}"
    elif isinstance(a, dict):
        if list(a) != list(b):
            yield f"{path}: keys {list(a)[:5]} {list(b)[:5]}"
        for key in a.keys() & b.keys():
            yield from differences(a[key], b[key], f"{path}[{key!r}]", seen)
    elif isinstance(a, list | tuple | deque):
        if len(a) != len(b):
            yield f"{path}: length {len(a)} {len(b)}"
        for i, (x, y) in enumerate(zip(a, b, strict=False)):
            yield from differences(x, y, f"{path}[{i}]", seen)
    elif isinstance(a, set | frozenset | str | int | float | type(None)) or not hasattr(a, "__dict__"):
        if a != b:
            yield f"{path}: {a!r} {b!r}"
    else:
        mine = {k: v for k, v in vars(a).items() if k not in SKIPPED}
        yield from differences(mine, {k: v for k, v in vars(b).items() if k not in SKIPPED}, path, seen)


def held_by_a_camera(now: float) -> SetZone:
    """What a camera says again and again while it sees somebody."""
    area = ((18.0, 10.0), (19.0, 10.0), (19.0, 11.0))
    zone = ZoneRequest(
        zone_id="camera:C01:e1", kind="hold", polygon=area, code="camera.person", text="C01", until=now + 5.0,
        user="camera",
    )  # fmt: skip
    return SetZone(zone=zone)


def chance(run: Rehearsal, rng: random.Random) -> list[Event]:
    """Anything that people, robots and offices do."""
    orders = list(run.engine.world.state.open_orders) or ["T0"]
    zones = list(run.engine.world.state.zones) or ["z"]
    pick, drop = rng.sample(PLACES, 2)
    wish = OrderRequest(
        pick_place=pick, drop_place=drop, load_id=rng.choice(["", f"L{rng.randrange(9)}"]), reference=str(rng.random()),
        cutoff=rng.choice(["", "ship"]), key=str(rng.random()), priority=rng.choice([0, 9]),
    )  # fmt: skip
    at = run.now + rng.uniform(10.0, 500.0)
    asked: list[Any] = [
        CreateOrder(order=wish), CreateOrder(order=wish), ImportOrders(orders=(wish, wish), user="lan"),
        CancelOrder(order_id=rng.choice(orders), mode=rng.choice(["now", "after_leg", "before_pick"])),
        HoldOrder(order_id=rng.choice(orders), hold=rng.random() < 0.1),
        SetPaused(robots=(rng.choice(list(run.robots)),), pause=rng.random() < 0.2, user="lan"),
        SetCutoff(name="ship", kind="ship", at=at, user="lan"),
        DepartVisit(visit_id=f"V{rng.randrange(9):06d}", user="lan"),
        HoldCargo(load_id=f"L{rng.randrange(9)}", hold=rng.random() < 0.1, user="lan"),
        SetZone(zone=ZoneRequest(zone_id=f"z{rng.randrange(3)}", kind="slow", polygon=AREA, max_speed=0.4)),
        ClearZone(zone_id=rng.choice(zones), user="lan"),
    ]  # fmt: skip
    found: list[Event] = [Ask(1, rng.choice(asked)) for _ in range(rng.choice([0, 0, 1, 3]))]
    found += [Ask(1, held_by_a_camera(run.now))] if round(run.now) % 5 in (0, 2) else []
    return found + ([ConnectionLost(rng.choice(list(run.robots)))] if rng.random() < 0.02 else [])


class Undone:
    """An engine that takes every third step twice, the first time only to take it back."""

    def __init__(self, run: Rehearsal) -> None:
        self.engine, self.kinds, self.steps = run.engine, set[str](), 0
        self._run, self._step = run, run.engine.step
        run.engine.step = self.step  # type: ignore[method-assign]

    def step(self, now: float, inbox: Sequence[Event]) -> StepResult:
        engine, graph = self.engine, self.engine.world.graph
        self.steps += 1
        if self.steps % 3 == 0:
            twin = copy.deepcopy(engine, {id(self._run.roadmap): self._run.roadmap, id(graph): graph, id(self): self})
            speed, barriers = list(graph.speed), graph.barriers
            engine.world.state.undo.begin()
            memory = engine._memory()
            with suppress(BrokenError):  # a refusal that had done something
                self.kinds |= {e.kind for e in engine._step(now, inbox, careful=False, faults=[]).entries}
            memory.restore()
            assert list(differences(twin, engine)) == []
            assert (graph.speed, graph.barriers) == (speed, barriers)
        return self._step(now, inbox)


def test_whatever_a_step_does_is_undone_to_the_last_part() -> None:
    kinds: set[str] = set()
    for seed in (0, 1, 2):
        rng, units = random.Random(seed), units_of(load_site("lab"))
        run = Rehearsal(lab(), units, seed=seed, how=Behaviour(stop_rate=0.003), dt=1.0, watch=False)
        undone = Undone(run)
        for _ in range(200):
            run.step(chance(run, rng))
        kinds |= undone.kinds
    seen = {"order_created", "order_assigned", "mission_retargeted", "mission_started", "mission_ended", "robot_holds"}
    assert seen | {"zone_set", "zone_cleared", "cutoff_set", "robot_paused", "alarm_raised"} <= kinds, kinds


def test_ledger_goes_back_key_by_key_and_in_its_order() -> None:
    undo = Undo()
    book = noted_dict(undo)
    book.update(a=1, b=2, c=3)
    undo.begin()
    book["a"] = 9
    first = undo.mark()
    del book["b"]
    book["d"] = book.setdefault("e", 5)
    second = undo.mark()
    assert (book.pop("a"), book.pop("none", None)) == (9, None)
    book.clear()
    undo.back(second)
    assert list(book.items()) == [("a", 9), ("c", 3), ("e", 5), ("d", 5)]
    undo.back(first)
    assert list(book.items()) == [("a", 9), ("b", 2), ("c", 3)]
    undo.back(0)
    assert list(book.items()) == [("a", 1), ("b", 2), ("c", 3)]
    twin = copy.deepcopy(book)
    twin["a"] = 7
    assert book["a"] == 1
    assert twin.undo is not undo


@dataclass
class _Held:
    """Parts as the engine's own classes have them: what changes, and what cannot."""

    number: int
    word: str | None
    pair: tuple[list[int], int]
    kind: Literal["a", "b"]
    fixed: Fixed[str, int]
    told: RobotState | None
    rows: list[int]
    named: Mapping[str, int]
    either: int | dict[str, int]
    inner: CycleWatch
    unknown: Any


def test_fields_that_may_hold_what_changes_are_looked_at() -> None:
    assert undo._fields_that_change(_Held) == ["rows", "named", "either", "inner", "unknown"]
    assert undo._fields_that_change(CycleWatch) is None, "it does not say what it holds, so all of it is"


def test_robot_looks_at_all_that_changes_of_it() -> None:
    """A new field of a robot whose type hides that it changes would not come back."""
    run = Rehearsal(lab(), units_of(load_site("lab")), seed=1, dt=1.0, watch=False)
    run.run(lambda r: r.engine.ready, 60.0)
    robot = next(iter(run.engine.world.robots.values()))
    robot.refusal, robot.displaced = Refusing(orders={"T1": 1}), Displaced()
    run.engine.world.state.undo.begin()
    memory = run.engine._memory()
    robot.refusal.orders["T2"], robot.displaced.sure_since, robot.bad_chargers = 2, 5.0, Fixed({3: 9.0})
    memory.restore()
    assert vars(robot)["refusal"] == Refusing(orders={"T1": 1})
    assert vars(robot)["displaced"] == Displaced()
    assert robot.bad_chargers == {}
    assert copy.deepcopy(Fixed({3: [9.0]})) == Fixed({3: [9.0]})
    with pytest.raises(TypeError, match="fixed"):
        robot.bad_chargers[4] = 9.0


@pytest.mark.parametrize(
    "way", ["__delitem__", "__ior__", "__setitem__", "clear", "pop", "popitem", "setdefault", "update"]
)
def test_what_is_fixed_is_written_in_no_way(way: str) -> None:
    """A write that no step remembers would stay after what broke."""
    fixed = Fixed({3: 9.0})
    with pytest.raises(TypeError, match="fixed"):
        getattr(fixed, way)()
    assert fixed == {3: 9.0}
