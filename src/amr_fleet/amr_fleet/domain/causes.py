"""The one causal model: what each robot and order that does not get on waits for, up to the root.

A robot waits for something at once (`Robot.waiting`): another robot, a place, a zone, a person, itself. That may wait
in turn; at the end is the root (`Robot.root`): what has to change, by itself or by somebody, so that all gets on.
Where the traffic check refuses a step for what could happen later, the root is found by trying: without which standing
robot, or which closed area, would it be granted? Everything that people see of waiting is read from here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from amr_fleet.domain import air_locks, camera_alarms, conveyors
from amr_fleet.domain.closed_ways import first_near, no_return, zone_between
from amr_fleet.domain.gates import LIFT, PREFIX
from amr_fleet.domain.hindrance import STEP, Hindrance, Trials
from amr_fleet.domain.hindrance import hindrance as what_hinders
from amr_fleet.domain.holds import facts_of
from amr_fleet.domain.orders import BEFORE_PICK, WITH_LOAD, TransportOrder
from amr_fleet.domain.refusals import resting
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.domain.zone_entries import FLIGHT, named
from amr_fleet.ports import Reason
from amr_fleet.sandbox.permit import BARRIER
from amr_fleet.vocabulary import EndCode

PERIOD = 0.5
"""s (fleet) between two looks at what robots wait for; whatever is journaled is looked at in the same step."""
SILENT = 8.0
"""s that a robot with work may stand without a word before that itself is the reason."""
_SETTLES, _FREED = 3.0, 2.0  # s: most refusals are over then; who was freed drives, before an alarm without cause ends
_IN_THE_WAY: Final[Mapping[str, str]] = {
    "person": "wait.person", "vehicle": "wait.vehicle", "obstacle": "wait.obstacle",
}  # fmt: skip
_SCOPES = ("fire", "unload", "one", "all", "trial", "door", "lift")  # of pauses, those that take most to lift first
_NAMES = ("zone", "door", "conveyor", "lift", "trial", "robot", "place", "load_id")
"""The facts that say which one it is."""

ENDS: Final[Mapping[str, EndCode]] = {
    "robot.offline": "reach_robot", "robot.lost": "relocalise", "wait.error": "repair_robot",
    "wait.e_stop": "reset_stop", "wait.release": "release_robot", "wait.paused": "resume_robot",
    "wait.unload": "unload_robot", "wait.load_on_board": "unload_robot", "wait.alarm": "take_alarm",
    "wait.safety_overdue": "do_upkeep",
    "wait.zone": "lift_zone", "wait.door": "repair_door", "wait.lift": "repair_lift", "wait.fire": "end_fire",
    "wait.conveyor": "repair_conveyor",
    "wait.obstacle": "clear_way",
    "wait.standing": "look_at_robot",
    "wait.charger": "free_charger", "wait.held": "release_order", "wait.customs": "release_customs",
    "wait.no_robot": "free_robot", "wait.payload": "free_robot", "wait.load_type": "free_robot",
    "wait.trial": "resume_trial",
    "wait.site_version": "update_site",
}  # fmt: skip
"""What ends a root; all others end by themselves."""

_BROKEN: Final = (
    "UNKNOWN", "OFFLINE", "FAULT", "STUCK", "NO_SENSOR", "LOAD_STAYS", "NO_LOAD_STAYS", "NOT_GIVEN", "NOT_TAKEN",
)  # fmt: skip
_COMES: Final = ("COMING", "TAKEN", "HUMAN")  # a lift that is on its way, or will be when others are done


def behind(world: World, zone: str, since: float, robot: str = "") -> Reason:
    """Return what waiting at a barrier is: for a zone, door, conveyor or lift, or what is outside a trial's area.

    robot: who waits, as far as that matters.
    """
    if zone.startswith(BARRIER):
        return Reason("wait.trial", {"trial": zone.removeprefix(BARRIER), "why": "area"}, since)
    if zone.startswith(PREFIX):
        name = zone.removeprefix(PREFIX)
        door = world.doors.get(name)  # None: the site has it no more
        state = door.state(world.now) if door else "UNKNOWN"
        if door is not None and door.way.station:
            return Reason("wait.conveyor", {"conveyor": name, "state": state}, since)
        if door is not None:
            name, state = air_locks.named(world, door, robot)
        return Reason("wait.door", {"door": name, "state": state}, since)
    if zone.startswith(LIFT):
        name = zone.removeprefix(LIFT)
        lift = world.lifts.get(name)
        return Reason("wait.lift", {"lift": name, "state": lift.state(world.now) if lift else "UNKNOWN"}, since)
    shut = world.state.zones.get(zone)
    if shut is None:
        return Reason("wait.zone", {"zone": zone}, since)
    facts = named(shut)
    if zone.startswith(FLIGHT) and world.flights is not None:  # else one that another run left behind: people lift it
        facts["flight"] = zone.removeprefix(FLIGHT)
        flight = world.state.flights.flights.get(str(facts["flight"]))
        if flight is not None and world.flights.to_fetch(flight, world.now):
            facts["recover"] = True
    return Reason("wait.zone", facts, max(since, shut.since))  # it may have stood for another reason before


def ends(reason: Reason) -> EndCode:
    """Return what ends a root."""
    if reason.code in ("wait.door", "wait.conveyor") and reason.facts.get("state") not in _BROKEN:
        return "itself"  # it is opening, or will be told to
    if reason.code == "wait.lift" and reason.facts.get("state") in _COMES:
        return "itself"
    if reason.code == "wait.zone" and "sees" in reason.facts:
        return camera_alarms.end_of(str(reason.facts["sees"]))
    if reason.code == "wait.wanted_robot" and reason.facts.get("out"):
        return "free_robot"
    if "flight" in reason.facts:
        return "recover_aircraft" if reason.facts.get("recover") else "itself"  # nobody lifts the zone below a flight
    if reason.code == "wait.trial" and reason.facts.get("why") in ("area", "load"):
        return "change_permit"  # neither its hours nor a person's word open what the permit leaves out
    return ENDS.get(reason.code, "itself")


def by_itself(reason: Reason) -> bool:
    """Nobody has to do anything about a root."""
    return ends(reason) == "itself"


def key(reason: Reason) -> tuple[str, ...]:
    """Return what makes two reasons the same one: the code, and which zone, robot, place or load."""
    return (reason.code, *(str(reason.facts.get(name, "")) for name in _NAMES))


def kept(new: Reason | None, old: Reason | None) -> Reason | None:
    """Return the new reason, since when it was one when it is still the same."""
    if new is None or old is None or new.code != old.code or key(new) != key(old):
        return new
    return replace(new, since=old.since) if old.since < new.since else new


def update(world: World) -> None:
    """Renew what every robot waits for, its root, and since when it has not got on."""
    own_causes = {robot.name: own(world, robot) for robot in world.robots.values()}
    for robot in world.robots.values():
        _watch(world, robot, own_causes[robot.name])
    for robot in world.robots.values():
        if found := own_causes[robot.name] or _waits_for(world, robot):
            robot.explained = world.now
        robot.waiting = kept(found or _silent(world, robot), robot.waiting)
    roots = {r.name: root(world, r) for r in world.robots.values() if r.waiting is not None}
    for robot in world.robots.values():
        robot.root = kept(roots.get(robot.name), robot.root)


def has_work(world: World, robot: Robot) -> bool:
    """It has an order, a mission or something on board."""
    loaded = robot.report is not None and bool(robot.report.loads)
    return loaded or robot.name in world.state.missions or world.state.order_of(robot.name) is not None


def waits_since(world: World, robot: Robot) -> float:
    """Return since when (fleet s) a robot with work does not get on, 0.0 when it does, or has none."""
    return robot.got_on if robot.waiting is not None and has_work(world, robot) else 0.0


def _watch(world: World, robot: Robot, own_cause: Reason | None) -> None:
    """Note when it got on last: it moved, did something with a load, had nothing to do; no new order of who may not."""
    mission, mover, report = world.state.missions.get(robot.name), world.mover(robot.name), robot.report
    order = world.state.order_of(robot.name)
    now_at = (mover and mover.nodes[mover.at], order is not None and order.state in WITH_LOAD)
    handling = any(a.status == "RUNNING" and not a.action_id.endswith(":charge") for a in robot.order_actions)
    idle = mission is None and order is None and not (report is not None and report.loads)
    elsewhere = robot.was_at is None or (now_at != robot.was_at and own_cause is None)
    if (own_cause is None and _drives(robot)) or handling or idle or elsewhere:
        robot.got_on = world.now
    robot.was_at = now_at


def _drives(robot: Robot) -> bool:
    """It moves, as far as it has told, and nothing is in its way."""
    stopped = robot.report is None or robot.report.waiting_for in _IN_THE_WAY
    return robot.moving and not stopped


# What it waits for at once -----------------------------------------------------------------------------------------


def _waits_for(world: World, robot: Robot) -> Reason | None:
    """Return what a robot waits for that could drive itself."""
    assert robot.report is not None
    if robot.report.waiting_for in _IN_THE_WAY:
        return Reason(_IN_THE_WAY[robot.report.waiting_for], {"robot": robot.name}, world.now)
    if robot.moving:
        return None
    if conveyor := conveyors.unconfirmed(world, robot.name):
        return behind(world, PREFIX + conveyor, world.now)
    barred = world.permit.why(robot.name)
    if barred and has_work(world, robot):
        return Reason("wait.trial", {"trial": world.permit.trial, "why": barred}, world.now)
    return _traffic(world, robot) or _nothing_to_do(world, robot)


def own(world: World, robot: Robot) -> Reason | None:
    """Return why the robot itself cannot drive; that is a root."""
    report, now, name = robot.report, world.now, robot.name
    holds = world.taken_out(name) and world.mover(name) is not None  # it was told to give up its base, and does not
    if holds and (world.state.integration[name] == "ignored" or world.online(robot)):
        return Reason("wait.standing", {"robot": name}, now)
    if report is None or not world.online(robot):
        return Reason("robot.offline", {"robot": name, "seconds": round(world.settings.offline_after)}, now)
    if robot.lost:
        return Reason("robot.lost", robot.lost_facts, now)
    if report.e_stop not in ("NONE", ""):
        return Reason("wait.e_stop", {"robot": name, "kind": report.e_stop}, now)
    if name in world.state.stopped:
        return Reason("wait.release", {"robot": name}, now)
    if world.other_leader(robot):
        return Reason("wait.error", {"robot": name, "error": "agent.foreign_fleet"}, now)
    if world.other_site(robot):
        return Reason("wait.site_version", world.site_facts(robot), now)
    if report.paused or name in world.state.paused:
        return _paused(world, robot)
    if robot.fatal:
        error = next(e for e in report.errors if e.level == "FATAL" and e.code != "load.failed")
        return Reason("wait.error", {"robot": name, "error": error.code}, now)
    return None


def _paused(world: World, robot: Robot) -> Reason:
    """Say who paused it, the pause that takes most to lift first."""
    pauses = world.state.pauses.get(robot.name, {})
    found = next((pauses[scope] for scope in _SCOPES if scope in pauses), None)
    if found is None:
        return Reason("wait.paused", {"robot": robot.name, "user": ""}, world.now)
    if found.scope == "trial":
        return Reason("wait.trial", {"trial": found.user, "why": world.permit.why(robot.name)}, found.since)
    if found.scope == "fire":
        return Reason("wait.fire", {"robot": robot.name}, found.since)
    if found.scope == "door":
        return behind(world, PREFIX + found.user, found.since, robot.name)
    if found.scope == "lift":
        return behind(world, LIFT + found.user, found.since)
    code = "wait.unload" if found.scope == "unload" else "wait.paused"
    return Reason(code, {"robot": robot.name, "user": found.user, **facts_of(found)}, found.since)


def _traffic(world: World, robot: Robot) -> Reason | None:
    mover = world.mover(robot.name)
    if mover is None or mover.blocker is None or mover.at != mover.granted or robot.name not in world.state.missions:
        return None
    if mover.blocker.zone:
        return behind(world, mover.blocker.zone, mover.blocker.since, robot.name)
    node = world.graph.node_ids[mover.blocker.node]
    return Reason("wait.traffic", {"robot": mover.blocker.robot, "node": node}, mover.blocker.since)


def _nothing_to_do(world: World, robot: Robot) -> Reason | None:
    """Say why a robot without a mission, or on its way home with a load, has none for what is to be done."""
    order, mission = world.state.order_of(robot.name), world.state.missions.get(robot.name)
    assert robot.report is not None
    if mission is None and resting(world, robot):
        return Reason("wait.error", {"robot": robot.name, "error": "agent.order_rejected"}, world.now)
    if order is not None and (mission is None or mission.kind == "park") and world.now >= robot.retry_at:
        place = order.request.pick_place if order.state in BEFORE_PICK else order.request.drop_place
        if not _settles(world, robot):
            return None
        return no_return(world, robot, order) or _no_station(world, robot, place, order)
    if order is None and robot.report.loads and mission is None:
        return Reason("wait.load_on_board", {"robot": robot.name, "load_id": robot.report.loads[0]}, world.now)
    if mission is not None or order is not None:
        return None
    if unsafe := world.state.upkeep.unsafe(robot.name, world.now, world.settings.overdue_safety):
        return Reason("wait.safety_overdue", {"robot": robot.name, "work": unsafe}, world.now)
    if robot.load_unknown:
        return Reason("wait.error", {"robot": robot.name, "error": "load.unknown"}, world.now)
    if world.red(robot.name):
        return Reason("wait.alarm", {"robot": robot.name}, world.now)
    return robot.note


def _no_station(world: World, robot: Robot, place: str, order: TransportOrder) -> Reason:
    """Say what keeps it from the stations of a place: they are taken, or a closed area lies before it or on its way."""
    mover, stations = world.mover(robot.name), world.places[place]
    shut = [barrier.zone_id for s in stations if (barrier := world.graph.barrier_at(s)) is not None]
    free = [s for s in stations if world.graph.barrier_at(s) is None and world.leaf_free(s, robot.name)]
    zone = zone_between(world, [mover.end], free) if free and mover else shut[0] if len(shut) == len(stations) else ""
    drop = world.places[order.request.drop_place]
    zone = zone or (zone_between(world, free, drop, lasting=True) if free else "")
    return behind(world, zone, world.now, robot.name) if zone else Reason("wait.station", {"place": place}, world.now)


def _settles(world: World, robot: Robot) -> bool:
    """It has stood long enough for the next decision to be due."""
    return world.now - robot.got_on > 2.0 * world.settings.assign_period


def _silent(world: World, robot: Robot) -> Reason | None:
    """Say so when nothing explains why it has stood for `SILENT`; what it waited for may only just be over."""
    report, mission = robot.report, world.state.missions.get(robot.name)
    soon = world.now - robot.got_on < SILENT or world.now - robot.explained < _FREED
    if report is None or robot.moving or soon or not has_work(world, robot):
        return None
    charges = mission is not None and mission.kind == "charge" and report.charging
    return None if charges else Reason("wait.standing", {"robot": robot.name}, max(robot.got_on, robot.explained))


# The root ----------------------------------------------------------------------------------------------------------


def root(world: World, robot: Robot, seen: frozenset[str] = frozenset()) -> Reason:
    """Return what ends the wait of a robot that waits; seen: robots that wait for it."""
    waiting = robot.waiting
    assert waiting is not None
    if waiting.code == "wait.no_return":
        return behind(world, str(waiting.facts["zone"]), waiting.since)
    if waiting.code == "wait.traffic":
        return _root_of_traffic(world, robot, waiting, seen | {robot.name})
    if waiting.code == "wait.door" and waiting.facts.get("state") == "AIR_LOCK":
        other = air_locks.holder(world, str(waiting.facts["door"]), robot.name)
        return of_robot(world, other, seen | {robot.name}) or waiting
    if waiting.code == "wait.station":
        stations = world.places[str(waiting.facts["place"])]
        return _root_of_leaves(world, stations, robot, seen) or waiting
    if waiting.code == "wait.charger":
        chargers = [c for c in world.chargers if robot.bad_chargers.get(c, 0.0) < world.now]
        return _root_of_leaves(world, chargers, robot, seen) or waiting
    return waiting


def _root_of_leaves(world: World, leaves: Sequence[int], robot: Robot, seen: frozenset[str]) -> Reason | None:
    mover = world.mover(robot.name)
    return root_of_leaves(world, leaves, mover.end if mover else None, robot.name, seen | {robot.name})


def of_robot(world: World, name: str, seen: frozenset[str]) -> Reason | None:
    """Return the root of a robot that stands in somebody's way, None when it gets on or closes a circle."""
    other = world.robots.get(name)
    if other is None or other.waiting is None or name in seen:
        return None
    return root(world, other, seen)


def _root_of_traffic(world: World, robot: Robot, waiting: Reason, seen: frozenset[str]) -> Reason:
    mover = world.mover(robot.name)
    held = mover is not None and mover.blocker is not None and mover.blocker.held
    if not held and world.now - waiting.since > _SETTLES:
        found = _hindrance(world, robot)
        if found is not None:
            return _named(world, found, seen)
    return of_robot(world, str(waiting.facts.get("robot", "")), seen) or waiting


def _named(world: World, found: Hindrance, seen: frozenset[str]) -> Reason:
    if found.zone:
        return behind(world, found.zone, world.now)
    return of_robot(world, found.robot, seen) or Reason("wait.traffic", {"robot": found.robot, "node": ""}, world.now)


def _hindrance(world: World, robot: Robot) -> Hindrance | None:
    """Return the standing robot or closed area without which traffic would let the robot go on; None: none of them."""
    traffic = world.traffic
    if robot.name in world.state.missions:
        return tried(world, robot, STEP, lambda: traffic.could_step(robot.name))
    wanted = str(robot.note.facts["node"]) if robot.note is not None and robot.note.code == "wait.traffic" else ""
    goal = world.graph.node_index.get(wanted)
    return None if goal is None else tried(world, robot, f"to {wanted}", lambda: traffic.begin(robot.name, goal))


def tried(world: World, robot: Robot, name: str, attempt: Callable[[], bool]) -> Hindrance | None:
    """Return what hinders an attempt of the robot; asked seldom. name: of the attempt, see `Trials`."""
    robot.trials = robot.trials or Trials()
    return robot.trials.ask(world.now, name, lambda: what_hinders(world.traffic, robot.name, attempt))


def root_of_leaves(
    world: World, leaves: Sequence[int], start: int | None, robot: str, seen: frozenset[str]
) -> Reason | None:
    """Return why none of stations or chargers can be gone to: a closed area, who stands there; None: one gets free.

    start: the node from which (None: from anywhere); robot: for which. Of several it is one whose end makes a way.
    """
    holders, open_ones = list[Reason | None](), list[int]()
    for station in leaves:
        barrier = world.graph.barrier_at(station)
        if barrier is not None:
            holders.append(behind(world, barrier.zone_id, world.now))
        elif world.leaf_free(station, robot):
            open_ones.append(station)
        else:
            holders.append(of_robot(world, next(world.holders(station, robot), ""), seen))
    if open_ones:
        return _root_of_way(world, open_ones, start, robot, seen)
    return holders[first_near(world, start, leaves)] if holders and None not in holders else None


def _root_of_way(
    world: World, stations: list[int], start: int | None, robot: str, seen: frozenset[str]
) -> Reason | None:
    """There is a free station: a closed area cuts the way, or traffic refuses it."""
    if start is None:
        return None
    zone = zone_between(world, [start], stations)
    if zone:
        return behind(world, zone, world.now)
    unit, mover = world.robots.get(robot), world.mover(robot)
    if unit is None or mover is None or world.now - unit.got_on < _SETTLES:
        return None
    goal = min(stations, key=lambda s: world.graph.distances(start)[s])
    attempt = world.traffic.retarget if robot in world.state.missions else world.traffic.begin
    found = tried(world, unit, f"to {world.graph.node_ids[goal]}", lambda: attempt(robot, goal))
    return None if found is None else _named(world, found, seen)
