"""What the robots report: how far they are, what they did, whether they lost their orders or were restarted."""

from __future__ import annotations

import math

from amr_core.errors import Fact
from amr_core.vda5050 import RobotState
from amr_fleet.domain import aboard, conveyors, link_alarms, putting, refusals
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.orders import BEFORE_PICK, Mission, TransportOrder
from amr_fleet.domain.places import off_mask, space_at, unsure, watch_place
from amr_fleet.domain.robot_requests import leave_traffic
from amr_fleet.domain.robots import ACTING, Robot
from amr_fleet.domain.world import World
from amr_fleet.vocabulary import JournalKind, OrderState

_OFF_NODE = 0.5  # m: a robot that stopped further from its node still covers the edge it was on

_TELLING = (
    "driving", "paused", "e_stop", "waiting_for", "localized", "mode", "errors", "loads", "charging",
    "last_sequence_id", "base", "actions", "leader", "site_version",
)  # fmt: skip
"""What of a report bears on what a robot waits for."""


def on_report(world: World, report: RobotState) -> None:
    """Take over one report; unknown robots are ignored."""
    robot = world.robots.get(report.robot)
    if robot is None:
        return
    robot.spoke = world.now
    level = world.state.integration.get(robot.name, "utilised")
    if world.taken_out(robot.name):
        _taken_out(world, robot, report)
    if level == "ignored":
        return
    report = aboard.with_loads(world, report)
    if robot.report is None or _changed(robot.report, report):
        world.causes_due = world.now
    robot.report, robot.seen = report, world.now
    link_alarms.note_process(world, robot, report.instance)
    if robot.name not in world.state.online:
        world.emit("robot_online", robot=robot.name)
    _watch_stop(world, robot)
    aboard.stands_with_load(world, robot)
    if not report.localized:
        unsure(robot)
    if not report.localized or level == "noticed" or not watch_place(world, robot, report):
        putting.begins(world, robot, report)
        return
    mission = world.state.missions.get(robot.name)
    mover = world.mover(robot.name)
    if mover is None or not robot.placed:
        mover = _place(world, robot, report)
        _adopt(world, robot, mission, mover)
        mission = world.state.missions.get(robot.name)
    putting.still_has_it(world, robot, report)
    if mission is None:
        _without_mission(world, robot, report, mover)
    else:
        _on_mission(world, robot, mission, mover, report)
    robot.report = aboard.with_loads(world, report)  # before it gets its next order
    if world.other_site(robot):
        _begins_nothing(world, robot, report)


def _on_mission(world: World, robot: Robot, mission: Mission, mover: Mover, report: RobotState) -> None:
    if report.order_id == mission.mission_id:
        robot.acked = True
        refusals.accepted(world, robot)
        world.traffic.progress(robot.name, _node(world, report), report.last_sequence_id, report.x, report.y)
        _advance(world, robot, mission, mover)
    elif robot.acked:
        _lost_order(world, robot, report)
    elif report.base and report.driving and report.order_id:
        world.end_mission(robot, "robot has another order")  # as the mission of before it was restarted
        _place(world, robot, report)
    elif not _on_old_mission(world, robot, report) and (refused := refusals.word(report, mission)) is not None:
        # Elsewhere: it knows better where it is, as after a kill between two reports.
        elsewhere = _node(world, report) != mover.nodes[mover.at]
        refusals.take(world, robot, refused, elsewhere=elsewhere)
        if elsewhere:
            _place(world, robot, report)


def _on_old_mission(world: World, robot: Robot, report: RobotState) -> bool:
    """Follow a robot that puts its load down on a mission that has ended here; return whether its order is done."""
    putting.begins(world, robot, report)
    order = world.state.order_of(robot.name)
    if order is None or order.load_id in report.loads or putting.status(world, robot, report) != "FINISHED":
        return False
    if not conveyors.may_lie_at(world, order.request.drop_place):
        return False  # as for every drop: without its word a person sees to it
    _found_done(world, robot, order)
    return True


def _taken_out(world: World, robot: Robot, report: RobotState) -> None:
    """One that was taken out holds its base until it has given that up: its cancel may have been lost."""
    if world.mover(robot.name) is None and not robot.remembered:
        return
    if not report.base and not report.driving:
        leave_traffic(world, robot)
    elif world.now - robot.instant_at > world.settings.resend_after:
        world.instant(robot, "cancelOrder")


def _begins_nothing(world: World, robot: Robot, report: RobotState) -> None:
    """With other site files it gets no mission: one that it has not taken ends, another robot gets its order.

    One that it has taken is left to it: it drives to the end of what was released, and may be handed over there.
    """
    mission, order = world.state.missions.get(robot.name), world.state.order_of(robot.name)
    if mission is not None and not robot.acked and report.order_id != mission.mission_id:
        world.end_mission(robot, "cannot be started")
    if robot.name not in world.state.missions and order is not None and order.state in ("ASSIGNED", "TO_PICK"):
        world.give_back(robot, order)


def _changed(before: RobotState, now: RobotState) -> bool:
    """Return whether a report says something else than the last one about why a robot stands or drives."""
    return any(getattr(before, name) != getattr(now, name) for name in _TELLING)


def _watch_stop(world: World, robot: Robot) -> None:
    """An emergency stop that a person set needs a person to release; the robot must not drive off when it is reset."""
    report = robot.report
    if report is not None and report.e_stop in ("MANUAL", "REMOTE") and robot.name not in world.state.stopped:
        world.emit("robot_stopped", robot=robot.name, kind=report.e_stop)
        world.instant(robot, "startPause")


def _node(world: World, report: RobotState) -> int:
    """Return the node reported as reached last, or the nearest one when the robot does not know."""
    node = world.graph.node_index.get(report.last_node_id)
    return world.graph.nearest(report.x, report.y) if node is None else node


def _base(world: World, report: RobotState) -> list[int]:
    return [world.graph.node_index[n] for n in report.base if n in world.graph.node_index]


def _place(world: World, robot: Robot, report: RobotState) -> Mover:
    mover = world.traffic.place(robot.name, _node(world, report), _base(world, report), report.last_sequence_id)
    mover.xy = (report.x, report.y)
    _between_nodes(world, mover, report)
    mover.hold()
    robot.placed, robot.idle_since = True, world.now
    world.dispatch_due = world.now
    return mover


def _between_nodes(world: World, mover: Mover, report: RobotState) -> None:
    """Have a robot without a base that stands between two nodes hold what it stands on until it reaches a node."""
    here = (report.x, report.y)
    if not report.base and math.dist(here, world.graph.xy[mover.nodes[mover.at]]) > _OFF_NODE:
        mover.extra |= space_at(world.graph, *here)


def _adopt(world: World, robot: Robot, mission: Mission | None, mover: Mover) -> None:
    """After a restart of the fleet: go on with the mission in the journal from what the robot says about it."""
    report = robot.report
    if mission is None or report is None:
        return
    goal = world.graph.node_index.get(mission.goal)
    robot.acked = report.order_id == mission.mission_id
    robot.update_id = report.update_id if robot.acked else -1
    if not robot.acked:
        aboard.restarted(world, robot)
    if goal is None or (not robot.acked and not robot.settled):
        world.end_mission(robot, "cannot be continued")
    elif robot.acked and mover.end != goal and not world.traffic.retarget(robot.name, goal):
        edges = world.graph.path(mover.end, goal, world.graph.seconds)
        if edges is None:  # what is closed meanwhile would end its way before the goal
            world.end_mission(robot, "cannot be continued")
        else:
            mover.set_tail(edges)
    elif not robot.acked:
        _loads(world, robot, report)
        if world.state.missions.get(robot.name) and not world.traffic.begin(robot.name, goal):
            world.end_mission(robot, "cannot be started")


def _without_mission(world: World, robot: Robot, report: RobotState, mover: Mover) -> None:
    if not mover.keeps_route(_node(world, report), _base(world, report)) or _was_moved(world, report, mover):
        mover = _place(world, robot, report)
    mover.moved(report.x, report.y)
    _on_old_mission(world, robot, report)
    stale = (report.base and not robot.settled) or (robot.unfinished and not report.driving)
    if stale and world.now - robot.instant_at > world.settings.resend_after:
        world.instant(robot, "cancelOrder")


def _was_moved(world: World, report: RobotState, mover: Mover) -> bool:
    """Somebody pushed it or drove it by hand, step by step: it stands where it holds nothing."""
    graph, here = world.graph, (report.x, report.y)
    if report.base or math.dist(here, graph.xy[mover.nodes[mover.at]]) <= _OFF_NODE:
        return False
    return off_mask(graph, mover.held, here) > _OFF_NODE and bool(space_at(graph, *here) & ~mover.held)


def _advance(world: World, robot: Robot, mission: Mission, mover: Mover) -> None:
    report = robot.report
    assert report is not None
    order = world.state.orders.get(mission.order_id)
    if _called_off(world, robot, mission, mover, report):
        keep_edge(world, robot)
        world.end_mission(robot, "called off")
    elif mission.kind in ("pick", "drop") and order is not None and order.open:
        action = next((a for a in report.actions if a.action_id == mission.action_id), None)
        status = action.status if action else ""
        if not mission.action_id and mover.arrived and not report.base and not report.driving:
            status = "FINISHED"  # nothing to do there but to be there
        _advance_order(world, robot, mission, order, status, action.result_code if action else "")
    elif any(a.status == "FAILED" and a.action_id == mission.action_id for a in report.actions):
        world.end_mission(robot, "failed")
    elif mover.arrived and not report.base and not report.driving:
        world.end_mission(robot, "arrived")


def _called_off(world: World, robot: Robot, mission: Mission, mover: Mover, report: RobotState) -> bool:
    """It stands without a base because it was told to give up, or takes no updates since, as after a lost cancel.

    Only without an action that would say how the mission ended.
    """
    stands = not report.base and not report.driving and not mover.arrived
    if not stands or any(a.action_id == mission.action_id for a in report.actions):
        robot.deaf_since = None
        return False
    if report.update_id >= robot.update_id or mover.granted == mover.at:
        robot.deaf_since = None
    elif robot.deaf_since is None:
        robot.deaf_since = world.now
    deaf = robot.deaf_since is not None and world.now - robot.deaf_since > world.settings.deaf_after
    order = world.state.orders.get(mission.order_id)
    if order is not None and order.cancelling and not mission.action_id:
        return True
    return deaf or robot.called_off == mission.mission_id


def _advance_order(
    world: World, robot: Robot, mission: Mission, order: TransportOrder, status: str, result_code: str
) -> None:
    working: OrderState = "PICKING" if mission.kind == "pick" else "DROPPING"
    if status == "FINISHED" and not conveyors.handed_over(world, mission):
        status = "RUNNING"
    if status == "FINISHED":
        done: JournalKind = "order_picked" if mission.kind == "pick" else "order_done"
        facts = {"place": _place_of(world, mission), **_deviation(world, robot, mission)}
        world.emit(done, order_id=order.order_id, robot=robot.name, facts=facts)
        world.end_mission(robot, "finished")
        if order.cancel_after_pick and mission.kind == "pick":
            world.emit("order_cancelled", order_id=order.order_id, robot=robot.name, on_board=order.request.has_load)
            aboard.left_with_load(world, robot)
    elif status == "FAILED":
        _failed(world, robot, mission, order, result_code)
    elif status in ACTING:
        putting.works(world, robot, order, working)
    elif order.state == "ASSIGNED":
        world.emit("order_state", order_id=order.order_id, robot=robot.name, state="TO_PICK")


def _place_of(world: World, mission: Mission) -> str:
    order = world.state.orders[mission.order_id]
    return order.request.pick_place if mission.kind == "pick" else order.request.drop_place


def _deviation(world: World, robot: Robot, mission: Mission) -> dict[str, Fact]:
    """Return off (m) and turn (degrees, 0..180) of the robot to its mission's station; nothing where no pose is set."""
    node, report = world.graph.roadmap.nodes.get(mission.goal), robot.report
    if node is None or node.theta is None or report is None:
        return {}
    turn = math.degrees(abs(math.remainder(report.theta - node.theta, math.tau)))
    return {"off": round(math.hypot(report.x - node.x, report.y - node.y), 4), "turn": round(turn, 2)}


def _failed(world: World, robot: Robot, mission: Mission, order: TransportOrder, code: str) -> None:
    report = robot.report
    if mission.kind == "pick" and report is not None and aboard.says_it_has(report, order):
        _loads(world, robot, report)  # it took the load and died before it said so: there is nothing to take
        return
    if mission.kind == "drop" and order.state == "DROPPING" and report and putting.put_down(report, order):
        _found_done(world, robot, order)  # it put the load down and died before it said so
        return
    robot.retry_at = world.now + world.settings.retry_after
    keep_edge(world, robot)
    world.end_mission(robot, code or "failed")
    if order.cancelling and mission.kind == "pick":
        world.emit("order_cancelled", order_id=order.order_id, robot=robot.name)
    elif order.attempts + 1 < world.settings.max_attempts:
        world.emit("order_attempt", order_id=order.order_id, robot=robot.name, code=code)
    else:
        world.emit("order_failed", order_id=order.order_id, robot=robot.name, code=code or "load.failed")
        aboard.left_with_load(world, robot)


def keep_edge(world: World, robot: Robot) -> None:
    """A robot that stopped between two nodes keeps the edge it is on until it reaches the next node."""
    mover, report = world.mover(robot.name), robot.report
    if mover is None or report is None or mover.at == mover.granted:
        return
    x, y = world.graph.xy[mover.nodes[mover.at]]
    if math.hypot(report.x - x, report.y - y) > _OFF_NODE:
        mover.extra |= world.graph.edge_bit(mover.edges[mover.at])


def _lost_order(world: World, robot: Robot, report: RobotState) -> None:
    """The robot was restarted: it has no order any more. What is on board tells how far it was."""
    aboard.restarted(world, robot)
    _loads(world, robot, report)
    world.end_mission(robot, "robot restarted")
    mover = world.traffic.movers[robot.name]
    if not mover.keeps_route(_node(world, report), _base(world, report)):
        _place(world, robot, report)
    else:  # it may be half out of a dock, and begins anew at the lane
        mover.xy = (report.x, report.y)
        _between_nodes(world, mover, report)
        mover.hold()


def _loads(world: World, robot: Robot, report: RobotState) -> None:
    order = world.state.order_of(robot.name)
    if order is None or robot.load_unknown:
        return
    if order.state in BEFORE_PICK and aboard.says_it_has(report, order):
        world.emit("order_picked", order_id=order.order_id, robot=robot.name, place=order.request.pick_place)
        world.end_mission(robot, "found done")
    elif order.state == "DROPPING" and order.putting is not None and order.load_id not in report.loads:
        _found_done(world, robot, order)


def _found_done(world: World, robot: Robot, order: TransportOrder) -> None:
    world.emit("order_done", order_id=order.order_id, robot=robot.name, place=order.request.drop_place)
    world.end_mission(robot, "found done")


def _give_up_stuck(world: World, robot: Robot) -> None:
    """A robot that cannot go on by itself for long (docking fails again and again) is called off to try anew."""
    if not robot.fatal or not world.online(robot):
        robot.fatal_since = None
        return
    robot.fatal_since = world.now if robot.fatal_since is None else robot.fatal_since
    stuck = world.now - robot.fatal_since > world.settings.give_up_after
    if stuck and robot.name in world.state.missions and world.now - robot.instant_at > world.settings.give_up_after:
        robot.called_off = world.state.missions[robot.name].mission_id
        world.instant(robot, "cancelOrder")


def check_silence(world: World) -> None:
    """Robots that are silent become walls; orders that they cannot have begun go to others."""
    for robot in world.robots.values():
        mover = world.mover(robot.name)
        if mover is not None:
            mover.wall = not world.available(robot)
        _give_up_stuck(world, robot)
        if world.online(robot):
            if mover is not None and _stuck_without_order(world, robot):
                _requeue(world, robot, mover, "robot lost" if robot.lost else "robot in error")
            continue
        if robot.name in world.state.online and robot.report is not None:
            world.emit("robot_offline", robot=robot.name)
        if world.now - robot.seen > world.settings.requeue_after and mover is not None:
            _requeue(world, robot, mover, "robot offline")


def _stuck_without_order(world: World, robot: Robot) -> bool:
    """Return whether a robot that is lost or in error stands without its order.

    So when the fleet was killed before that was sent, or when it was called off. It gets nothing until a person has
    said where it is, or mended it: the order would wait for that person, too.
    """
    if not (robot.lost or robot.fatal):
        robot.stuck_since = None
        return False
    robot.stuck_since = world.now if robot.stuck_since is None else robot.stuck_since
    mission, order, report = world.state.missions.get(robot.name), world.state.order_of(robot.name), robot.report
    if report is None or order is None or (mission and report.order_id == mission.mission_id):
        return False
    still = not report.base and not report.driving and not robot.load_unknown and order.load_id not in report.loads
    return still and world.now - robot.stuck_since > world.settings.requeue_after


def _requeue(world: World, robot: Robot, mover: Mover, why: str) -> None:
    mission = world.state.missions.get(robot.name)
    order = world.state.order_of(robot.name)
    if order is None or order.state not in ("ASSIGNED", "TO_PICK") or (mission and mission.kind != "pick"):
        return
    if mission and mover.held >> world.graph.node_index.get(mission.goal, mover.end) & 1:
        return  # its base leads into the pick station: it may take the load without a word
    if not order.cancelling and world.may_carry(robot, order):
        return
    world.end_mission(robot, why)
    world.give_back(robot, order)
