"""Why orders wait, with or without a robot, and the roots of all waiting as one list.

An order that a robot has waits for what that robot waits for. One in the queue waits for its own reasons (held, not
yet), for a way (a closed area), for a place, or for a robot; then the root is what keeps those that could serve it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import takewhile
from typing import TypeVar

from amr_fleet.domain import causes
from amr_fleet.domain.ability import Need, need, payload, takes, weight
from amr_fleet.domain.assignment import cut_off, open_stations
from amr_fleet.domain.closed_ways import no_return, zone_between
from amr_fleet.domain.hindrance import STEP, Hindrance
from amr_fleet.domain.orders import TransportOrder
from amr_fleet.domain.reasons import not_yet
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.domain.zones import zone_of_place
from amr_fleet.ports import CauseView, Reason

_Key = TypeVar("_Key")
_Found = TypeVar("_Found")
_NONE: frozenset[str] = frozenset()
Why = tuple[Reason, Reason]
"""Why an order waits, and the root."""


@dataclass
class Look:
    """What one look at the queue needs to know only once: of robots and of places.

    bound: how many loads are on their way to a place; users: robots in use, and how much each carries (kg); open: free
    stations of each place; robots: why orders wait for those that can do what they need; of: by the robots themselves.
    """

    world: World
    bound: Counter[str]
    users: list[tuple[Robot, float]]
    open: dict[str, list[int]]
    places: dict[tuple[str, bool], Why | None] = field(default_factory=dict)
    cut: dict[tuple[str, str, str, Need], str] = field(default_factory=dict)
    robots: dict[Need, Why] = field(default_factory=dict)
    of: dict[tuple[str, ...], Why] = field(default_factory=dict)
    returns: dict[tuple[str, str, str, Need], Reason | None] = field(default_factory=dict)

    def able(self, asked: Need) -> list[Robot]:
        """Return the robots in use that carry such a load."""
        return [r for r, most in self.users if asked.weight <= most and takes(self.world, r, asked.load_type)]


def queue_roots(world: World) -> dict[str, Why]:
    """Return for each order in the queue why it waits, and the root."""
    kept, alike = _Kept(), _Alike(_look(world))
    before, found = world.order_roots, dict[str, Why]()
    for order_id, order in world.state.open_orders.items():
        if not order.robot:
            found[order_id] = kept.of(alike.why(order), before.get(order_id))
    world.order_roots = found
    return found


def new_roots(world: World, new: Iterable[str]) -> dict[str, Why]:
    """Return the same for orders that came since the last look at the queue, which are in it."""
    alike, open_orders = _Alike(_look(world)), world.state.open_orders
    found = {order_id: alike.why(open_orders[order_id]) for order_id in new}
    world.order_roots.update(found)
    return found


def _look(world: World) -> Look:
    state = world.state
    bound = Counter(state.open_orders[i].request.drop_place for mine in state.with_robot.values() for i in mine)
    used = (r for r in world.robots.values() if world.state.integration.get(r.name, "utilised") == "utilised")
    return Look(world, bound, [(r, payload(r)) for r in used], open_stations(world, world.places))


class _Alike:
    """Asks once for all orders of which nothing counts but their places and load: a long queue is mostly such."""

    def __init__(self, look: Look) -> None:
        world = look.world
        self._look, self._now = look, world.now
        # Whom assignment has looked at has reasons of its own; a closed area is waited for since the order came.
        self._own = {order_id for _, order_id in world.refused} | world.plan.keys()
        self._none = bool(world.permit.bar or world.graph.barriers or world.graph.closed)
        self._picks = _Asked[str, "Why | None"](lambda place: _full(look, place, pick=True))
        self._drops = _Asked[str, "Why | None"](lambda place: _full(look, place, pick=False))
        self._robots = _Asked[Need, Why](lambda asked: _robots(look, asked))

    def why(self, order: TransportOrder) -> Why:
        """Return why an order in the queue waits, and the root: the very pair for all to which the same applies."""
        r = order.request
        if self._none or r.held or r.load_id or r.robot or r.earliest > self._now or order.order_id in self._own:
            return _queued(self._look, order)
        asked = Need() if r.cargo is None else Need(r.cargo.weight_kg, r.cargo.load_type)
        return self._picks[r.pick_place] or self._drops[r.drop_place] or self._robots[asked]


class _Asked(dict[_Key, _Found]):
    """What was found by a key, found the first time that it is asked for."""

    def __init__(self, find: Callable[[_Key], _Found]) -> None:
        super().__init__()
        self._find = find

    def __missing__(self, key: _Key) -> _Found:
        found = self[key] = self._find(key)
        return found


class _Kept:
    """`causes.kept` for a queue: orders that began to wait together for the same share one pair, look after look.

    What is the same as before is the very object of before: views and news compare it by identity.
    """

    def __init__(self) -> None:
        # With the pairs themselves: an id is only one's own while its object lives.
        self._known: dict[tuple[int, int], tuple[Why, Why | None, Why]] = {}

    def of(self, new: Why, old: Why | None) -> Why:
        """Return the new pair, since when each was one when it is still the same."""
        known = self._known.get((id(new), id(old)))
        if known is None:
            found = new if old is None else (_one(new[0], old[0]), _one(new[1], old[1]))
            if old is not None and found[0] is old[0] and found[1] is old[1]:
                found = old
            known = self._known[id(new), id(old)] = (new, old, found)
        return known[2]


def _one(new: Reason, old: Reason) -> Reason:
    found = causes.kept(new, old) or new
    return old if found == old else found


def _queued(look: Look, order: TransportOrder) -> Why:
    world = look.world
    reason = not_yet(world, order)
    if reason is not None:
        return reason, reason
    permit = world.permit
    barred = permit.bar or ("load" if weight(world, order.request) > permit.most_load else "")
    if barred:
        why = Reason("wait.trial", {"trial": permit.trial, "why": barred}, world.now)
        return why, why
    zone = _zone(look, order)
    if zone:
        known = world.state.zones.get(zone)
        shut = causes.behind(world, zone, max(order.created, known.since if known else 0.0))
        return shut, shut
    shut_behind = _no_return(look, order)
    if shut_behind is not None:
        return shut_behind
    if order.request.robot:
        return _wanted(world, order)
    promised = world.plan.get(order.order_id)
    if promised:
        why = Reason("wait.promised", {"robot": promised}, world.now)
        return why, causes.of_robot(world, promised, _NONE) or why
    return _place(look, order) or _refused(world, order) or _robots(look, need(world, order.request))


def _zone(look: Look, order: TransportOrder) -> str:
    """Return the zone that bars a place of the order, or every way between them or to the first one.

    To the first one of those who may do the order and need nothing but the way: else who would come if it were open?
    """
    world, request = look.world, order.request
    pick, drop = request.pick_place, request.drop_place
    if not world.graph.barriers:
        return ""
    asked = (pick, drop, request.robot, need(world, request))
    if asked not in look.cut:
        zone = zone_of_place(world, pick)  # a drop that is only on hold keeps nobody from the pick
        if not zone and cut_off(world, order):
            zone = zone_between(world, list(world.places[pick]), list(world.places[drop]), lasting=True)
        if not zone and not _held_up(look, order):
            able = [r for r in look.able(asked[-1]) if request.robot in ("", r.name) and world.takes_orders(r.name)]
            free = (world.mover(r.name) for r in able if _could_come(world, r))
            ends = [mover.end for mover in free if mover is not None]
            zone = zone_between(world, ends, list(world.places[pick])) if ends else ""
        look.cut[asked] = zone
    return look.cut[asked]


def _could_come(world: World, robot: Robot) -> bool:
    """It needs nothing but the way: it gets on, or waits for a charger only and has enough left for an order."""
    if robot.root is None or causes.by_itself(robot.root):
        return True
    enough = robot.report is not None and robot.report.soc >= world.settings.soc_refuse
    return enough and robot.waiting is not None and robot.waiting.code == "wait.charger"


def _held_up(look: Look, order: TransportOrder) -> bool:
    """The pick is full until a person ends what keeps who stands there: whoever could come would find no place."""
    full = None if order.request.robot else _full(look, order.request.pick_place, pick=True)
    return full is not None and not causes.by_itself(full[1])


def _no_return(look: Look, order: TransportOrder) -> Why | None:
    """Say that none of the robots that may do the order would come back from it, and what bars the way home."""
    world, request = look.world, order.request
    if not world.graph.closed:
        return None
    load = need(world, request)
    asked = (request.pick_place, request.drop_place, request.robot, load)
    if asked not in look.returns:
        able = [r for r in look.able(load) if request.robot in ("", r.name) and world.mover(r.name)]
        whys = list(takewhile(lambda why: why is not None, (no_return(world, robot, order) for robot in able)))
        found = [why for why in whys if why is not None and len(whys) == len(able)]
        found.sort(key=lambda why: why.facts["place"] != request.drop_place)  # of who gets furthest
        look.returns[asked] = found[0] if found else None
    why = look.returns[asked]
    return None if why is None else (why, causes.behind(world, str(why.facts["zone"]), world.now))


def _wanted(world: World, order: TransportOrder) -> Why:
    robot = order.request.robot
    level = world.state.integration.get(robot, "utilised")
    why = Reason("wait.wanted_robot", {"robot": robot, "out": "" if level == "utilised" else level}, order.created)
    if why.facts["out"]:  # nothing that it waits for brings it back
        return why, why
    return why, causes.of_robot(world, robot, _NONE) or why


def _place(look: Look, order: TransportOrder) -> Why | None:
    """Say which place is full: all stations of the pick are taken, or enough is on its way to the drop."""
    request = order.request
    return _full(look, request.pick_place, pick=True) or _full(look, request.drop_place, pick=False)


def _full(look: Look, place: str, *, pick: bool) -> Why | None:
    world = look.world
    if (place, pick) not in look.places:
        full = not look.open[place] if pick else _overbooked(look, place)
        why = Reason("wait.station", {"place": place}, world.now)
        root = (_place_root(world, place, pick=pick) or why) if full else why
        look.places[place, pick] = (why, root) if full else None
    return look.places[place, pick]


def _overbooked(look: Look, place: str) -> bool:
    return look.bound[place] >= len(look.world.places[place]) + look.world.settings.drop_queue


def _place_root(world: World, place: str, *, pick: bool) -> Reason | None:
    """Return what keeps a place full; None: it becomes free by itself."""
    if pick:
        return causes.root_of_leaves(world, world.places[place], None, "", _NONE)
    coming = [o.robot for o in world.state.open_orders.values() if o.robot and o.request.drop_place == place]
    roots = [causes.of_robot(world, name, _NONE) for name in coming]
    return next((r for r in roots if r is not None), None) if all(roots) else None


def _refused(world: World, order: TransportOrder) -> Why | None:
    """Say what is in the way of the robots that were asked; None when none was."""
    for (name, order_id), _ in world.refused.items():
        if order_id != order.order_id:
            continue
        found = _in_the_way(world, world.robots[name], order)
        if found is None:
            continue
        why = Reason("wait.traffic", {"robot": found.robot, "node": ""}, world.now)
        if found.zone:
            why = causes.behind(world, found.zone, world.now)
            return why, why
        return why, causes.of_robot(world, found.robot, _NONE) or why
    return None


def _in_the_way(world: World, robot: Robot, order: TransportOrder) -> Hindrance | None:
    """Return what alone keeps a robot without a mission from an order that it was offered, as a silent robot's lane."""
    if robot.name in world.state.missions or robot.name not in world.traffic.movers:
        return robot.trials.last(STEP) if robot.trials is not None else None
    place = order.request.pick_place
    stations = world.places[place]
    return causes.tried(
        world, robot, f"from {place}", lambda: any(world.traffic.begin(robot.name, station) for station in stations)
    )


def _robots(look: Look, asked: Need) -> Why:
    """Say what the robots are at that carry such a load: they work, charge, or all stand for something."""
    if asked not in look.robots:
        look.robots[asked] = _of_able(look, asked)
    return look.robots[asked]


def _of_able(look: Look, asked: Need) -> Why:
    world, able = look.world, look.able(asked)
    if look.users and not able:
        why = Reason("wait.payload", {"weight": asked.weight}, world.now)
        if not look.able(Need(load_type=asked.load_type)):
            why = Reason("wait.load_type", {"load_type": asked.load_type}, world.now)
        return why, why
    names = tuple(robot.name for robot in able)
    if names not in look.of:
        look.of[names] = _of_users(world, able)
    return look.of[names]


def _of_users(world: World, users: list[Robot]) -> Why:
    roots = [r.root for r in users if r.root is not None]
    going = [r for r in users if r.root is None or causes.ends(r.root) == "itself"]
    why = Reason("wait.robot", {"busy": sum(_works(world, r) for r in going)}, world.now)
    if not users:
        why = root = Reason("wait.no_robot", {"robots": len(world.robots)}, world.now)
    elif any(_works(world, r) for r in going):
        root = why
    elif going:
        why = root = Reason("wait.battery", {"robots": len(going)}, world.now)
        if not any(_low(world, r) for r in going):
            why = root = Reason("wait.robot", {"busy": 0}, world.now)
    else:
        common = Counter(causes.key(r) for r in roots).most_common(1)[0][0]
        why = Reason("wait.no_robot", {"robots": len(users)}, world.now)
        root = next(r for r in roots if causes.key(r) == common) if len({causes.key(r) for r in roots}) == 1 else why
    return why, root


def _works(world: World, robot: Robot) -> bool:
    return world.state.order_of(robot.name) is not None


def _low(world: World, robot: Robot) -> bool:
    return robot.report is not None and robot.report.soc < world.settings.soc_leave


def all_causes(world: World, queue: dict[str, Why]) -> tuple[CauseView, ...]:
    """Return every root with whom it strands, what strands most first; robots without work are not stranded."""
    found: dict[tuple[str, ...], tuple[Reason, list[str], list[str]]] = {}
    orders_of: dict[int, list[str]] = {}  # of reasons that live as long as this look
    for robot in world.robots.values():
        if robot.root is not None and (causes.has_work(world, robot) or not causes.by_itself(robot.root)):
            _entry(found, robot.root)[1].append(robot.name)
    for order in world.state.open_orders.values():
        holder = world.robots.get(order.robot)
        root = holder.root if holder is not None else queue[order.order_id][1]
        if root is not None:
            if id(root) not in orders_of:
                orders_of[id(root)] = _entry(found, root)[2]
            orders_of[id(root)].append(order.order_id)
    views = [
        CauseView(reason=reason, ends=causes.ends(reason), robots=tuple(robots), orders=tuple(orders))
        for reason, robots, orders in found.values()
    ]
    return tuple(sorted(views, key=_worst_first))


def more_causes(known: Iterable[CauseView], new: Mapping[str, Why]) -> tuple[CauseView, ...] | None:
    """Return the causes with what they strand besides, by id; None when one of these waits for something else."""
    more: dict[tuple[str, ...], list[str]] = {}
    orders_of: dict[int, list[str]] = {}  # of reasons that live as long as this look
    for order_id, (_, root) in new.items():
        if id(root) not in orders_of:
            orders_of[id(root)] = more.setdefault(causes.key(root), [])
        orders_of[id(root)].append(order_id)
    views = [(view, more.pop(causes.key(view.reason), ())) for view in known]
    if more:
        return None
    return tuple(sorted((replace(v, orders=(*v.orders, *n)) if n else v for v, n in views), key=_worst_first))


def _worst_first(view: CauseView) -> tuple[bool, int, float]:
    return view.ends == "itself", -len(view.robots) - len(view.orders), view.reason.since


def _entry(
    found: dict[tuple[str, ...], tuple[Reason, list[str], list[str]]], root: Reason
) -> tuple[Reason, list[str], list[str]]:
    key = causes.key(root)
    old = found.get(key)
    if old is None or root.since < old[0].since:
        found[key] = (root, *(old[1:] if old else ([], [])))
    return found[key]
