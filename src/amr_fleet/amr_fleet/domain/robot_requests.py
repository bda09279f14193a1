"""What people do with robots: pause, send away, take out of use, release after an emergency stop, relocalise."""

from __future__ import annotations

import math
from collections.abc import Container, Sequence
from typing import Literal

from amr_core.errors import AmrError, Fact
from amr_core.plain_text import cut
from amr_fleet.domain import holds, upkeep
from amr_fleet.domain.book_requests import kept_note
from amr_fleet.domain.robots import Robot
from amr_fleet.domain.world import World
from amr_fleet.fact_fields import facts_of
from amr_fleet.ports import OrderRequest, OrderView
from amr_fleet.requests import (
    DeliverLoad,
    NoteService,
    ReleaseRobot,
    Relocalise,
    SendRobot,
    SetIntegration,
    SetPaused,
)
from amr_fleet.vocabulary import PauseScope

LEVELS = ("ignored", "noticed", "respected", "utilised")


def _robot(world: World, name: str) -> Robot:
    robot = world.robots.get(name)
    if robot is None:
        raise AmrError("robot.not_found", robot=name[:128])
    return robot


def _without_order(world: World, robot: Robot) -> None:
    order = world.state.order_of(robot.name)
    if order is not None:
        raise AmrError("robot.has_order", robot=robot.name, order_id=order.order_id)


def set_integration(world: World, request: SetIntegration) -> None:
    """Take a robot out of use by degrees, or back. Below respected it holds no space: others may drive where it is.

    What it still means to drive, or may when it is silent, it holds until it has given that up, or until a person takes
    it out once more, by the other of these two levels: that person has looked.
    """
    robot = _robot(world, request.robot)
    if request.level not in LEVELS:
        raise AmrError("order.invalid", where="level", reason=", ".join(LEVELS))
    if request.level == world.state.integration.get(robot.name, "utilised"):
        return
    means, held = False, world.state.held.get(robot.name, ())
    if request.level in ("ignored", "noticed"):
        _without_order(world, robot)
        if world.online(robot):
            robot.require_standing()  # what a silent one said last says nothing of now
        means = not world.taken_out(robot.name) and _may_drive(world, robot)
        mover = world.mover(robot.name)
        if means or robot.name in world.state.missions:
            world.instant(robot, "cancelOrder")
            world.end_mission(robot, "taken out")
        if not means:
            leave_traffic(world, robot)
        elif mover is not None:
            mover.wall = True  # its cancel may be lost: see `progress`
        if request.level == "ignored":
            robot.report = None
    world.emit("robot_integration", robot=robot.name, level=request.level, user=request.user)
    mover = world.mover(robot.name)
    held = tuple(world.graph.ids(mover.held)) if mover is not None else held if means else ()
    if world.taken_out(robot.name) and held:  # a restart of the fleet must not forget that
        world.emit("robot_holds", robot=robot.name, held=" ".join(held))
    world.dispatch_due = world.now


def _may_drive(world: World, robot: Robot) -> bool:
    """Return whether a robot has a way by its last word, or by the journal when it has said nothing since the start."""
    holds = world.mover(robot.name) is not None or bool(world.state.held.get(robot.name))
    return holds and (robot.report is None or bool(robot.report.base) or robot.moving)


def leave_traffic(world: World, robot: Robot) -> None:
    """Let go of what a robot that was taken out holds."""
    if world.state.held.get(robot.name):
        world.emit("robot_holds", robot=robot.name, held="")
    world.traffic.movers.pop(robot.name, None)
    robot.placed, robot.displaced, robot.remembered, robot.believed = False, None, 0, None
    world.dispatch_due = world.now


def send_robot(world: World, request: SendRobot) -> None:
    """Send a robot without an order home or to the nearest free charger."""
    robot = _robot(world, request.robot)
    _without_order(world, robot)
    if not world.available(robot):
        raise AmrError("robot.unavailable", robot=robot.name)
    mission = world.state.missions.get(robot.name)
    if mission is None and not robot.settled:  # it may still drive what it was to give up, as after a lost cancel
        raise AmrError("robot.moving", robot=robot.name)
    here = world.traffic.movers[robot.name].end
    goal = robot.home if request.to == "park" else _charger(world, robot, here)
    if here == goal or (mission is not None and mission.goal == world.graph.node_ids[goal]):
        return
    if mission is not None and not world.retargetable(robot):
        raise AmrError("robot.moving", robot=robot.name)
    if not world.start_mission(robot, request.to, goal):
        raise AmrError("robot.no_way", robot=robot.name, node=world.graph.node_ids[goal])


def _charger(world: World, robot: Robot, here: int) -> int:
    distances = world.graph.distances(here)
    if here in world.chargers:
        return here
    back = world.returning(robot, here)
    ways = [c for c in world.chargers if back >> c & 1 and distances[c] < float("inf")]
    free = [c for c in ways if world.leaf_free(c, robot.name)]
    if not free:
        raise AmrError("robot.no_charger", robot=robot.name)
    return min(free, key=lambda c: distances[c])


def release(world: World, request: ReleaseRobot) -> None:
    """Let a robot drive again after its emergency stop was reset; who looked is in the journal."""
    robot = _robot(world, request.robot)
    person = request.person.strip()
    if not 2 <= len(person) <= 64 or not person.isprintable():
        raise AmrError("order.invalid", where="person", reason="2 to 64 characters")
    if robot.report is not None and robot.report.e_stop not in ("NONE", ""):
        raise AmrError("robot.e_stop_active", robot=robot.name, kind=robot.report.e_stop)
    if robot.name not in world.state.stopped:
        return
    world.emit("robot_released", robot=robot.name, person=person, user=request.user)
    if robot.name not in world.state.paused:
        world.instant(robot, "stopPause")
        robot.resume_until = world.now + 10.0
    world.dispatch_due = world.now


def relocalise(world: World, request: Relocalise) -> None:
    """Tell a standing robot where it is (VDA 5050 initPosition)."""
    robot = _robot(world, request.robot)
    if not all(map(math.isfinite, (request.x, request.y, request.theta))):
        raise AmrError("order.invalid", where="pose", reason="not finite")
    if robot.report is None or not world.online(robot):
        raise AmrError("robot.unavailable", robot=robot.name)
    robot.require_standing()
    pose = {"x": f"{request.x:.3f}", "y": f"{request.y:.3f}", "theta": f"{request.theta:.4f}"}
    world.instant(robot, "initPosition", pose)
    robot.told_pose = (request.x, request.y, world.now)
    world.emit("robot_relocalised", robot=robot.name, x=request.x, y=request.y, theta=request.theta, user=request.user)


def deliver_load(world: World, request: DeliverLoad) -> OrderView:
    """Make an order out of what a robot without one has on board: it goes straight to its drop place."""
    robot = _robot(world, request.robot)
    _without_order(world, robot)
    lifted = holds.of_people(world.state.pauses.get(robot.name, {}), ("unload",))
    others = [p for p in lifted if p.user not in ("", request.user, *request.instead_of)]
    if others:  # nobody sends off a robot at which another person takes the load off
        raise holds.refusal("robot.held_by", others[0], robot=robot.name)
    if lifted and not request.nobody_there:  # nor one's own or nobody's: it moves at once, and a worker may stand there
        raise AmrError("robot.somebody_there", robot=robot.name)
    loads = robot.report.loads if robot.report is not None else ()
    if not loads:
        raise AmrError("robot.no_load", robot=robot.name)
    if request.place not in world.places:
        raise AmrError("order.unknown_place", place=request.place[:128])
    before = next((o for o in reversed(world.state.orders.values()) if o.load_id == loads[0]), None)
    start = before.request.pick_place if before is not None else request.place
    wish = OrderRequest(pick_place=start, drop_place=request.place, load_id=loads[0], user=request.user)
    order_id = f"T{world.state.order_count + 1:06d}"
    world.emit("order_created", order_id=order_id, facts=facts_of(wish), rescue=True)
    world.emit("order_assigned", order_id=order_id, robot=robot.name, station="")
    world.emit("order_picked", order_id=order_id, robot=robot.name, found_on_board=True)
    if lifted:
        _lift(world, robot, lifted, request)  # it carries its load on instead: nobody has to take it off
    world.dispatch_due = world.now
    return world.state.orders[order_id].view()


def set_paused(world: World, request: SetPaused) -> None:
    """Pause or resume robots; one that was stopped in an emergency is not sent on by that.

    "Resume all" lifts what "pause all" set and nothing else: a robot that somebody paused by its name, perhaps to work
    on it, or whose load is to be taken off by hand, is resumed by its name only. What a trial, a door, a lift or a fire
    holds goes on with that only. Neither its reason nor whose pauses it takes over refuses a stop.
    """
    for name in request.robots:
        if name not in world.robots:
            raise AmrError("robot.not_found", robot=name[:128])
    if request.pause:
        text = cut(request.text, holds.LONGEST_WHY)  # no reason may refuse a stop
        for name in request.robots or tuple(world.robots):
            _pause_for(world, world.robots[name], request, text)
        return
    text = holds.why(request.text)
    lifted = _all_lifted(world, request)
    for name in request.robots or tuple(world.robots):
        _lift(world, world.robots[name], lifted.get(name, ()), request, text)


def _pause_for(world: World, robot: Robot, request: SetPaused, text: str) -> None:
    """Pause a robot for a person, beside the pauses of others; take over those of whom the person names."""
    pauses, user = world.state.pauses.get(robot.name, {}), request.user
    scopes = holds.BY_PEOPLE if request.robots else ("all",)
    taken = [
        p
        for p in holds.of_people(pauses, scopes)
        if p.user in request.instead_of[: holds.MOST_OWNERS] and p.user != user
    ]
    for pause in taken:
        facts: dict[str, Fact] = {"scope": pause.scope, "instead_of": pause.user, **({"text": text} if text else {})}
        world.emit("robot_paused", robot=robot.name, user=user, facts=facts)
    scope: PauseScope = "one" if request.robots else "all"
    own = next((pause for pause in holds.of_people(pauses, (scope,)) if pause.user == user), None)
    if not taken and (own is None or (text and text != own.text)):
        world.emit("robot_paused", robot=robot.name, user=user, scope=scope, facts={"text": text} if text else {})
    _tell_pause(world, robot)


def _all_lifted(world: World, request: SetPaused) -> dict[str, list[holds.Pause]]:
    """Return which pauses a person's word ends, by robot; raise robot.held_by, robot.to_unload before any is lifted."""
    scopes = holds.BY_PEOPLE if request.robots else ("all",)
    lifted, refused = dict[str, list[holds.Pause]](), list[AmrError]()
    for name in request.robots or tuple(world.robots):
        pauses = world.state.pauses.get(name, {})
        try:
            lifted[name] = holds.to_lift(name, pauses, scopes, request)
        except AmrError as error:
            refused.append(error)
        if not request.unloaded and any(pause.scope == "unload" for pause in lifted.get(name, ())):
            raise AmrError("robot.to_unload", robot=name)
    if refused and (request.robots or not any(lifted.values())):
        raise refused[0]
    return lifted


def _lift(
    world: World, robot: Robot, lifted: Sequence[holds.Pause], request: SetPaused | DeliverLoad, text: str = ""
) -> None:  # fmt: skip
    """End pauses, each named by whose it was; the robot goes on when none is left."""
    for pause in lifted:
        facts: dict[str, Fact] = {"instead_of": pause.user} if pause.user != request.user else {}
        if text:
            facts["text"] = text
        world.emit("robot_resumed", robot=robot.name, user=request.user, scope=pause.scope, facts=facts)
    named = isinstance(request, SetPaused) and bool(request.robots)
    _tell_resume(world, robot, asked=bool(lifted) or named)


def pause(world: World, robot: Robot, scope: str, user: str) -> None:
    """Stop a robot where it is until this pause, and every other of it, is lifted."""
    pauses = world.state.pauses.get(robot.name, {})
    owned = scope in holds.BY_PEOPLE  # each person has one of their own, beside those of others
    if not (any(p.user == user for p in holds.of_people(pauses, (scope,))) if owned else scope in pauses):
        world.emit("robot_paused", robot=robot.name, user=user, scope=scope)
    _tell_pause(world, robot)


def _tell_pause(world: World, robot: Robot) -> None:
    world.instant(robot, "startPause")
    robot.resume_until = world.now


def resume(world: World, robot: Robot, scope: str, user: str) -> None:
    """Lift the pause that a cause set: a trial, a door, a lift or a fire."""
    there = scope in world.state.pauses.get(robot.name, {})
    if there:
        world.emit("robot_resumed", robot=robot.name, user=user, scope=scope)
    _tell_resume(world, robot, asked=there)


def _tell_resume(world: World, robot: Robot, asked: bool) -> None:
    """Tell a robot that nothing keeps standing any more to go on: one that was asked to, or that still stands."""
    may_move = robot.name not in world.state.paused and robot.name not in world.state.stopped
    stands = robot.report is not None and robot.report.paused  # it may have missed an earlier word
    if may_move and (asked or stands):
        world.instant(robot, "stopPause")
        robot.resume_until = world.now + 10.0


def resume_left_over(world: World, scope: Literal["door", "lift"], there: Container[str]) -> None:
    """Let robots go on that a door or lift (scope) stopped which the site has no more; there: those that it has."""
    for robot in world.robots.values():
        stopped = world.state.pauses.get(robot.name, {}).get(scope)
        if stopped is not None and stopped.user not in there:
            resume(world, robot, scope, stopped.user)


def repeat_pauses(world: World) -> None:
    """Send pause and resume again to robots that do not report what was asked for."""
    for robot in world.robots.values():
        report = robot.report
        if report is None or world.now - robot.instant_at < world.settings.resend_after:
            continue
        if robot.name in world.state.paused or robot.name in world.state.stopped:
            if not report.paused and world.online(robot):
                world.instant(robot, "startPause")
        elif report.paused and world.now < robot.resume_until:
            world.instant(robot, "stopPause")


def note_service(world: World, request: NoteService) -> None:
    """Write down that a robot was serviced, and what was done."""
    _robot(world, request.robot)
    text = kept_note(request.text)
    world.emit("robot_serviced", robot=request.robot, text=text, user=request.user)
    upkeep.serviced(world, request.robot, text, request.user)
