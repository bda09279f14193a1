"""Whether a robot can be where it says: a pose that jumps is not believed at once, and both places stay held.

A robot that was restarted, carried or fooled by a look-alike place says with conviction that it is elsewhere. What it
held before is let go only when that is settled: by a pose that was sure for a while, by its return, or by a person.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from amr_core.vda5050 import RobotState
from amr_fleet.domain.graph import TrafficGraph
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.robots import Displaced, Robot
from amr_fleet.domain.world import World

# chosen: a localiser's correction is less; below it a robot would be doubted at each, above it a neighbour's aisle
JUMP_M = 1.0
SURE_SCORE, SURE_S = 0.8, 20.0
"""A pose counts as sure when it had at least that score for so long (s) without a break. The localisation gives such a
score only to a pose that it has proven against look-alike places."""
PERSON_M, PERSON_S = 2.0, 60.0
"""A person who relocalised the robot there (m) a short time ago (s) has settled where it is."""
COASTED_S = 1.8
"""A robot that died was seen last up to a second before, and then braked (s at its speed): so far it rolled on. One
that still has its order may have come to the end of its base."""
NEAR_M = 3.0  # chosen: about the way between two nodes, within which a robot may have been pushed or braked
_BODY_M = 0.9  # half the diagonal of a laden robot (0.86 m), however it stands
# s, m/s: two missed reports of one a second; a little above the fastest robot type's 1.5
_STREAM_S, _FASTEST = 2.5, 2.0


def space_at(graph: TrafficGraph, x: float, y: float) -> int:
    """Return the mask of what a robot at (x, y) stands on: nodes and edges beside it, at least the nearest node."""
    mask = 1 << graph.nearest(x, y)
    for node, at in enumerate(graph.xy):
        if math.dist(at, (x, y)) <= _BODY_M:
            mask |= 1 << node
    for edge in range(len(graph.start)):
        if _off_segment((x, y), *graph.line(edge)) <= _BODY_M:
            mask |= graph.edge_bit(edge)
    return mask


def watch_place(world: World, robot: Robot, report: RobotState) -> bool:
    """Return whether the pose in a report may be believed; hold both places while it may not."""
    if not (math.isfinite(report.x) and math.isfinite(report.y)):
        return False
    known = robot.displaced is None or robot.displaced.returnable
    if known and _fits(world, robot, report):
        if robot.displaced is not None:
            _found(world, robot, "returned")
        robot.believed, robot.remembered = (report, world.now), 0
        return True
    _displace(world, robot, report)
    how = _settled(world, robot, report)
    if not how:
        return False
    _found(world, robot, how)
    robot.placed, robot.believed = False, (report, world.now)
    return True


def _found(world: World, robot: Robot, how: str) -> None:
    robot.displaced, robot.told_pose, robot.remembered = None, None, 0
    mover = world.traffic.movers[robot.name]
    mover.kept = mover.guessed = mover.claimed = 0
    mover.hold()
    world.emit("robot_found", robot=robot.name, how=how)


def _fits(world: World, robot: Robot, report: RobotState) -> bool:
    """Return whether the robot can have come from where it was known to be to where it says that it is."""
    here = (report.x, report.y)
    before, seen = robot.believed or (None, -math.inf)
    mission = world.state.missions.get(robot.name)
    coasted = 0.0 if before is None else COASTED_S * min(abs(before.v) + 0.1, _FASTEST)
    if not robot.placed:
        known = robot.remembered
        kept_order = bool(report.base or report.order_id)
        if not kept_order and not _all_near(world.graph, known, here):
            return False  # robot and fleet were restarted: nobody knows how far along its base it came
        return not known or off_mask(world.graph, known, here) <= JUMP_M
    mover = world.traffic.movers[robot.name]
    orders = {"" if before is None else before.order_id, "" if mission is None else mission.mission_id} - {""}
    drove = math.inf if report.base or report.order_id in orders else coasted
    if any(_off_segment(here, a, b) <= JUMP_M for a, b in _base(mover, drove)):
        return True
    last = mover.xy if before is None else (before.x, before.y)
    gap = world.now - seen
    drives = before is not None and gap <= _STREAM_S and math.isfinite(report.v)
    speed = min(max(abs(report.v), abs(before.v)), _FASTEST) if before is not None and drives else 0.0
    gap = gap if drives else 0.0
    return last is not None and math.dist(last, here) <= JUMP_M + speed * gap


def _displace(world: World, robot: Robot, report: RobotState) -> None:
    """Hold both places: what the robot held, and where it says that it is. It gets nothing until that is settled."""
    mover = world.mover(robot.name)
    if mover is None:
        nodes = [n for n in range(world.graph.n_nodes) if robot.remembered >> n & 1]
        mover = world.traffic.place(robot.name, nodes[0] if nodes else world.graph.nearest(report.x, report.y))
    returnable, robot.placed = robot.placed, True
    mover.kept |= mover.held | robot.remembered
    if robot.displaced is None:
        robot.displaced = Displaced(returnable=returnable)
        world.emit("robot_displaced", robot=robot.name, x=round(report.x, 2), y=round(report.y, 2))
    # What the journal says that it held may be of before it passed, and another's since.
    claimed = (space_at(world.graph, report.x, report.y) & ~mover.kept) | robot.remembered
    mover.guessed |= claimed & world.graph.exclusion(world.traffic.others_hold(robot.name))
    mover.kept |= claimed
    mover.claimed |= claimed
    mover.wall = True
    mover.hold()


def _settled(world: World, robot: Robot, report: RobotState) -> str:
    """Return why a displaced robot's word may now be believed: "person" or "sure"; empty while it may not."""
    displaced = robot.displaced
    assert displaced is not None
    if robot.told_pose is not None:
        x, y, when = robot.told_pose
        if world.now - when <= PERSON_S and math.dist((x, y), (report.x, report.y)) <= PERSON_M:
            return "person"
    if report.score < SURE_SCORE:
        displaced.sure_since = None
        return ""
    if displaced.sure_since is None:
        displaced.sure_since = world.now
    return "sure" if world.now - displaced.sure_since >= SURE_S else ""


def unsure(robot: Robot) -> None:
    """Take note of a report without a sure pose: being sure begins anew."""
    if robot.displaced is not None:
        robot.displaced.sure_since = None


def _base(mover: Mover, reach: float) -> Iterator[tuple[tuple[float, float], tuple[float, float]]]:
    """Yield the straight pieces from where the robot was seen last along its base, at most reach m of them."""
    here = mover.graph.xy[mover.nodes[mover.at]] if mover.xy is None else mover.xy
    yield here, here
    for edge in mover.edges[mover.at : mover.granted]:
        there = mover.graph.xy[mover.graph.end[edge]]
        if mover.graph.ride[edge]:  # from cabin to cabin, and nowhere between
            here = there
        length = math.dist(here, there)
        if length > reach:
            share = reach / length
            yield here, (here[0] + share * (there[0] - here[0]), here[1] + share * (there[1] - here[1]))
            return
        yield here, there
        here, reach = there, reach - length


def _all_near(graph: TrafficGraph, mask: int, here: tuple[float, float]) -> bool:
    """Return whether every node of a mask is within NEAR_M of a position."""
    return all(math.dist(graph.xy[n], here) <= NEAR_M for n in range(graph.n_nodes) if mask >> n & 1)


def off_mask(graph: TrafficGraph, mask: int, here: tuple[float, float]) -> float:
    """Return how far (m) a position is from the nodes and edges of a mask."""
    off = [math.dist(graph.xy[n], here) for n in range(graph.n_nodes) if mask >> n & 1]
    for edge in range(len(graph.start)):
        if mask & graph.edge_bit(edge):
            off.append(_off_segment(here, *graph.line(edge)))
    return min(off, default=math.inf)


def _off_segment(p: tuple[float, float], a: tuple[float, float], b: tuple[float, float]) -> float:
    """Return the distance (m) of p to the segment from a to b."""
    dx, dy = b[0] - a[0], b[1] - a[1]
    squared = dx * dx + dy * dy
    t = 0.0 if squared == 0.0 else min(max(((p[0] - a[0]) * dx + (p[1] - a[1]) * dy) / squared, 0.0), 1.0)
    return math.hypot(p[0] - a[0] - t * dx, p[1] - a[1] - t * dy)
