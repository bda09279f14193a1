"""Watches the fleet for what needs a person; raises and clears alarms. What lasts a moment stays quiet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from amr_core.errors import Fact
from amr_core.vda5050 import RobotError, RobotState
from amr_fleet.domain import camera_alarms, causes, door_alarms, flight_views, link_alarms, refusals, upkeep
from amr_fleet.domain.alarms import LATCHED, THINGS, Alarm
from amr_fleet.domain.events import JournalEntry
from amr_fleet.domain.orders import BEFORE_PICK, TransportOrder
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import HANDLING, World
from amr_fleet.requests import AckAlarm
from amr_fleet.vocabulary import AlarmCode

Key = tuple[str, str, str]  # code, robot, order or one of THINGS
Cause = tuple[Key, dict[str, Fact]]

PERIOD = 1.0  # s between two looks
CLEAR_AFTER = 3.0  # s without its cause: no alarm that flickers
# Seconds that a cause must last before it is worth a person's attention.
DELAY: dict[str, float] = {
    "alarm.robot_error": 3.0, "alarm.not_localized": 5.0, "alarm.e_stop": 0.0,
    "alarm.clock": 0.0, "alarm.cmd_vel": 2.0, "alarm.robot_twice": 0.0, "alarm.second_fleet": 0.0,
    "alarm.order_refused": 3.0, "alarm.site_version": 0.0,
    "alarm.blocked": 0.0, "alarm.low_battery": 10.0, "alarm.battery_silent": 3.0,
    "alarm.load_on_board": 10.0, "alarm.order_late": 10.0,
    "alarm.trial_suspended": 0.0, "alarm.fire": 0.0, "alarm.door": 0.0, "alarm.door_held": 10.0,
    "alarm.safety_overdue": 0.0, "alarm.conveyor": 0.0, "alarm.lift": 0.0, "alarm.lift_held": 10.0,
    **link_alarms.DELAYS,
    **dict.fromkeys(camera_alarms.ALARMS.values(), 0.0), camera_alarms.HELD: camera_alarms.HELD_AFTER,
    camera_alarms.REFUSED: 3.0,
    **dict.fromkeys(flight_views.ALARMS, 0.0),
}  # fmt: skip
_SAID: dict[str, AlarmCode] = {"wrong": "alarm.load_wrong", "damaged": "alarm.load_damaged"}
# s; chosen: people and doors let go within a minute; shorter is an alarm for each, longer a lost order
BLOCKED_AFTER = 120.0
_LONGEST = 100  # characters of an error's name
_BATTERY = ("battery.silent", "battery.unknown")
FIRST_REPORT = 30.0  # s that a robot may take for its first report


class AlarmWatch:
    """Remembers since when each cause lasts. The alarms themselves are in the journaled state."""

    def __init__(self) -> None:
        self._since: dict[Key, float] = {}
        self._gone: dict[str, float] = {}
        self._due = -1e9
        self._started: float | None = None

    def step(self, world: World) -> None:
        """Raise, clear; call it after all decisions of the step."""
        self._started = world.now if self._started is None else self._started
        for cause in list(_happened(world)):
            self._raise(world, *cause)
        if world.now < self._due:
            return
        self._due = world.now + PERIOD
        world.alarm_facts = causes = dict(self._causes(world))
        self._since = {key: self._since.get(key, world.now) for key in causes}
        known = {alarm.key for alarm in world.state.alarms.active.values()}
        for key, facts in causes.items():
            if key not in known and world.now - self._since[key] >= DELAY[key[0]]:
                self._raise(world, key, facts)
        for alarm in list(world.state.alarms.active.values()):
            self._maybe_clear(world, alarm, self._unknown(world, alarm) or alarm.key in causes)

    def _raise(self, world: World, key: Key, facts: dict[str, Fact]) -> None:
        code, robot, order_id = key
        order_id = "" if facts.keys() & set(THINGS) else order_id
        alarm_id = f"A{world.state.alarms.count + 1:06d}"
        world.emit("alarm_raised", order_id=order_id, robot=robot, facts={"alarm": alarm_id, "code": code, **facts})

    def tell(self, world: World, code: AlarmCode, facts: dict[str, Fact]) -> None:
        """Journal an alarm that could not be journaled while it lasted, and its end."""
        self._raise(world, (code, "", ""), facts)
        alarm_id = f"A{world.state.alarms.count:06d}"
        world.emit("alarm_cleared", facts={"alarm": alarm_id, "code": code})

    def _maybe_clear(self, world: World, alarm: Alarm, lasts: bool) -> None:
        if lasts or alarm.code in LATCHED:
            self._gone.pop(alarm.alarm_id, None)
            return
        gone = self._gone.setdefault(alarm.alarm_id, world.now)
        if world.now - gone >= CLEAR_AFTER:
            del self._gone[alarm.alarm_id]
            facts: dict[str, Fact] = {"alarm": alarm.alarm_id, "code": alarm.code}
            world.emit("alarm_cleared", order_id=alarm.order_id, robot=alarm.robot, facts=facts)

    def _awaited(self, world: World) -> bool:
        """The fleet has just started: who has not reported yet is not silent."""
        return self._started is None or world.now - self._started < FIRST_REPORT

    def _unknown(self, world: World, alarm: Alarm) -> bool:
        """Nobody can say yet whether the alarm's cause lasts: who would show it has not reported since the start."""
        robot = world.robots.get(alarm.robot)
        if alarm.code == "alarm.network":
            return self._awaited(world) and _nobody_reported(world)
        return robot is not None and robot.report is None and self._awaited(world)

    def _causes(self, world: World) -> Iterator[Cause]:
        awaited = self._awaited(world)
        together = link_alarms.silent_together(world)
        if together and not (awaited and _nobody_reported(world)):
            yield ("alarm.network", "", ""), {"robots": len(together)}
        for robot in world.robots.values():
            if robot.name not in together and not (awaited and robot.report is None):
                yield from _robot_causes(world, robot)
        for told in (camera_alarms.blind_cameras, camera_alarms.holding_cameras):
            for code, camera, facts in told(world.state.zones.values()):
                yield (code, "", camera), facts
        if world.state.fire is not None:
            yield ("alarm.fire", "", ""), {"source": world.state.fire.source}
        for alarm, thing, robot_name, about in [*door_alarms.causes(world), *door_alarms.lift_causes(world)]:
            yield (alarm, robot_name, thing), about
        for alarm, flight, about in flight_views.causes(world):
            yield (alarm, "", flight), about
        yield from _noticed(world)
        for robot_name, work in upkeep.overdue_safety(world):
            yield ("alarm.safety_overdue", robot_name, work), {"robot": robot_name, "work": work}
        trial = world.state.trials.in_force()
        if trial is not None and trial.state == "suspended":
            rule = trial.breach.rule if trial.breach is not None else ""
            yield ("alarm.trial_suspended", "", ""), {"trial": trial.trial_id, "rule": rule}
        yield from _late_orders(world)


def _noticed(world: World) -> Iterator[Cause]:
    for (code, name), found in world.noticed.items():
        if code == "alarm.cmd_vel":
            yield from _drivers(world, name, found)
        elif "camera" in found:
            yield (code, "", name), dict(found)
        else:
            yield (code, name, ""), dict(found)


def _late_orders(world: World) -> Iterator[Cause]:
    for order in world.state.open_orders.values():
        late = finish_estimate(world, order) - order.due if order.due > 0 else 0.0
        if 0.0 < late < math.inf:
            about: dict[str, Fact] = {"order_id": order.order_id, "minutes": int(late / 60) + 1}
            yield ("alarm.order_late", "", order.order_id), about


def _nobody_reported(world: World) -> bool:
    return all(robot.report is None for robot in world.robots.values())


def _happened(world: World) -> Iterator[Cause]:
    for entry in world.entries:
        if entry.kind == "order_failed":
            facts = {"order_id": entry.order_id, "error": entry.facts.get("code", "")}
            yield ("alarm.order_failed", entry.robot, entry.order_id), facts
        elif entry.kind == "deadlock":
            yield ("alarm.deadlock", "", ""), {"robots": entry.facts.get("robots", "")}
        elif entry.kind == "order_said" and entry.facts["said"] in _SAID:
            yield from _said(world, entry)
    yield from _broke(world)


def _broke(world: World) -> Iterator[Cause]:
    """What nobody foresaw, by the number that finds it in the log: the error itself tells an operator nothing.

    The same again, while nobody has seen it, is no second alarm.
    """
    told = {alarm.key for alarm in world.state.alarms.active.values()}
    for fault in world.faults:
        key: Key = ("alarm.internal", fault.robot, fault.part)
        facts: dict[str, Fact] = {"part": fault.part, "ref": fault.ref}
        if fault.order_id:
            key, facts = ("alarm.order_aside", "", fault.order_id), {"order_id": fault.order_id, "ref": fault.ref}
        if key not in told:
            told.add(key)
            yield key, facts


def _said(world: World, entry: JournalEntry) -> Iterator[Cause]:
    """What a person says of a load needs another one; the same again, while nobody has seen it, is no second alarm."""
    key = (_SAID[str(entry.facts["said"])], "", entry.order_id)
    if all(alarm.key != key for alarm in world.state.alarms.active.values()):
        load = world.state.orders[entry.order_id].load_id
        yield key, {"order_id": entry.order_id, "load_id": load, "place": entry.facts["place"]}


def _robot_causes(world: World, robot: Robot) -> Iterator[Cause]:
    report, name = robot.report, robot.name
    if report is None or not world.online(robot):
        silent = world.now - robot.spoke > world.settings.offline_after  # one that is not listened to may speak
        if not world.taken_out(name) or (silent and world.mover(name) is not None):  # else it may be switched off
            yield ("alarm.robot_offline", name, ""), {"robot": name}
        return
    if report.e_stop not in ("NONE", ""):
        yield ("alarm.e_stop", name, report.e_stop), {"robot": name, "kind": report.e_stop, "which": report.e_stop}
    if foreign := _foreign_fleet(world, robot):
        yield ("alarm.second_fleet", name, ""), {"robot": name, "fleet": foreign}
    yield from link_alarms.of_robot(world, robot)
    if world.other_site(robot):
        yield ("alarm.site_version", name, ""), world.site_facts(robot)
    if robot.lost:
        yield ("alarm.not_localized", name, ""), robot.lost_facts
    yield from camera_alarms.own_cameras(report)
    yield from _faults(world, name, _fatal(world, report))
    yield from _battery(world, robot, report)
    if refused := refusals.facts(world, robot):
        yield ("alarm.order_refused", name, ""), refused
    since = causes.waits_since(world, robot)
    if robot.root is not None and 0.0 < since <= world.now - BLOCKED_AFTER and causes.own(world, robot) is None:
        where: dict[str, Fact] = {"x": round(report.x, 1), "y": round(report.y, 1)}
        yield ("alarm.blocked", name, ""), {"robot": name, "why": robot.root.code, **where}
    if report.loads and world.state.order_of(name) is None:
        yield ("alarm.load_on_board", name, ""), {"robot": name, "load_id": report.loads[0]}


def _battery(world: World, robot: Robot, report: RobotState) -> Iterator[Cause]:
    if silent := next((e.code for e in report.errors if e.code in _BATTERY), ""):  # it drives on, and may run empty
        yield ("alarm.battery_silent", robot.name, ""), {"robot": robot.name, "error": silent}
    if robot.note is not None and robot.note.code == "wait.charger" and report.soc < world.settings.soc_charge:
        yield ("alarm.low_battery", robot.name, ""), {"robot": robot.name, "percent": round(100 * report.soc)}


def _faults(world: World, name: str, errors: dict[str, RobotError]) -> Iterator[Cause]:
    """Yield an alarm for a robot's errors, and one of its own for each that comes, and stays, beside what that says.

    Else who has taken the first would never see the second. One that has another name each second is no new one.
    """
    alarms = {a.key[2]: a for a in world.state.alarms.active.values() if a.key[:2] == ("alarm.robot_error", name)}
    first = alarms.get("")
    told = "" if first is None else _which(str(first.facts.get("error", "")), str(first.facts.get("type", "")))
    rest = [which for which in errors if which not in alarms and which != told]
    if first is not None and (rest or told in errors):
        yield first.key, dict(first.facts)
    elif first is None and rest:
        yield ("alarm.robot_error", name, ""), _about(name, errors[rest[0]])
    for which in errors:
        if which in alarms or (first is not None and which != told):
            yield ("alarm.robot_error", name, which), {**_about(name, errors[which]), "which": which}


def _drivers(world: World, name: str, found: Mapping[str, Fact]) -> Iterator[Cause]:
    """Yield an alarm for the foreign programs that drive a robot, and one of its own for each that comes beside them.

    Else who has taken the first, for a joystick, would never hear of the second. One that has another name at each
    look stays at none, and is told by the first alone.
    """
    alarms = {a.key[2]: a for a in world.state.alarms.active.values() if a.key[:2] == ("alarm.cmd_vel", name)}
    first = alarms.get("")
    told = _programs({} if first is None else first.facts)
    there, staying = _programs(found), _programs(found, "staying")
    about = {fact: value for fact, value in found.items() if fact not in ("programs", "staying")}
    if not there:  # one of its own programs, twice
        yield ("alarm.cmd_vel", name, ""), about
    elif rest := [one for one in there if one not in alarms]:
        yield ("alarm.cmd_vel", name, ""), {**about, "programs": ", ".join(rest)}
    for one in there:
        if one in alarms or (first is not None and one in staying and one not in told):
            yield ("alarm.cmd_vel", name, one), {**about, "programs": one, "which": one}


def _programs(facts: Mapping[str, Fact], name: str = "programs") -> dict[str, None]:
    """Return the names in a fact, in their order."""
    return dict.fromkeys(one for one in str(facts.get(name, "")).split(", ") if one)


def _about(name: str, error: RobotError) -> dict[str, Fact]:
    kind = {"type": str(error.facts.get("type", ""))} if error.code == "vda.reported" else {}
    return {"robot": name, "error": error.code, **kind}


def _which(code: str, kind: str) -> str:
    """Return what tells one error from another; kind: the name that a robot of another maker gives it."""
    return f"{code} {kind}".strip()[:_LONGEST]


def _fatal(world: World, report: RobotState) -> dict[str, RobotError]:
    """Return the fatal errors that are alarms here, by `_which`: of loads orders tell, of the link `link_alarms`.

    Nobody has to bring a robot back to the lanes that was taken away from them: out of use, or driven by hand.
    """
    apart = link_alarms.NOT_HEARING | {"load.failed"}
    used = world.state.integration.get(report.robot, "utilised") == "utilised" and report.mode in ("AUTOMATIC", "")
    if not used and report.robot not in world.state.missions:
        apart |= {"nav.off_route"}
    found = [e for e in report.errors if e.level == "FATAL" and e.code not in apart]
    about = [(e, _about(report.robot, e)) for e in found]
    return {_which(e.code, str(facts.get("type", ""))): e for e, facts in about}


def _foreign_fleet(world: World, robot: Robot) -> str:
    """Return the other fleet: the one that the robot obeys, or one that it refuses for the sake of this one."""
    assert robot.report is not None
    refused = (e.facts.get("fleet") for e in robot.report.errors if e.code == "agent.foreign_fleet")
    return world.other_leader(robot) or str(next(refused, None) or "")


def acknowledge(world: World, request: AckAlarm) -> None:
    """Note who has seen an alarm first, or takes it over from that person; raise alarm.not_found.

    One that only tells of the past ends with that.
    """
    alarm = world.state.alarms.get(request.alarm_id)
    facts: dict[str, Fact] = {"alarm": alarm.alarm_id, "code": alarm.code}
    if alarm.acked_by == request.instead_of and alarm.acked_by != request.user:
        about = {"order_id": alarm.order_id, "robot": alarm.robot}
        world.emit("alarm_acked", **about, facts={**facts, "user": request.user})
    if alarm.code in LATCHED:
        world.emit("alarm_cleared", order_id=alarm.order_id, robot=alarm.robot, facts=facts)


def finish_estimate(world: World, order: TransportOrder) -> float:
    """Return when an order is delivered at the earliest (fleet s): free lanes, and a robot at once if it has none."""
    graph = world.graph
    picks, drops = world.places[order.request.pick_place], world.places[order.request.drop_place]
    mover = world.mover(order.robot) if order.robot else None
    if mover is None:
        return world.now + min(graph.distances(p)[d] for p in picks[:1] for d in drops) + 2 * HANDLING
    if order.state in BEFORE_PICK:
        pick = mover.goal if mover.goal in picks else picks[0]
        way = graph.distances(mover.end)[pick] + min(graph.distances(pick)[d] for d in drops)
        return world.now + way + 2 * HANDLING
    return world.now + min(graph.distances(mover.end)[d] for d in drops) + HANDLING
