"""What is peculiar to conveyors among the doors (`domain.doors`): one robot, signals that fall, what lies on them.

Where a conveyor has a load sensor, a robot puts down only where that says that nothing lies, and takes only where it
says that a load lies. A sensor that says nothing, or nothing lately, lets nobody to the conveyor. What a robot says
that it has handed over counts once the sensor has seen it come or go, if only for a moment: until then the order is not
taken for picked or delivered, the robot stays, and a person sees to it.
"""

from __future__ import annotations

from typing import Final

from amr_core.conveyors import BeltState
from amr_core.vda5050 import RobotState
from amr_fleet.domain.gates import DoorUnit
from amr_fleet.domain.orders import Mission
from amr_fleet.domain.world import World

_FALLS: Final = 20.0  # s within which a conveyor's "ready" falls when nobody asks for it any more
_NEEDS: Final[dict[str, BeltState]] = {"pick": "LOAD", "drop": "FREE"}
_LEAVES: Final[dict[str, BeltState]] = {"pick": "FREE", "drop": "LOAD"}


def takes_another(world: World, door: DoorUnit) -> bool:
    """A door may be passed by many; a conveyor serves one robot, and its "ready" fell since it served the last one."""
    return not door.way.station or (not world.state.doors.leases.get(door.way.id) and door.mode(world.now) == "CLOSED")


def serves(world: World, door: DoorUnit) -> bool:
    """A robot is at the conveyor: that it is not ready any more says that it has the load."""
    movers = (world.mover(robot) for robot in world.state.doors.leases.get(door.way.id, {}))
    return bool(door.way.station) and any(mover is not None and mover.surely & door.mask for mover in movers)


def to_begin(report: RobotState) -> bool:
    """The robot has something to hand over, and has not begun."""
    begun = any(action.status in ("RUNNING", "FINISHED") for action in report.actions)
    return bool(report.actions) and not begun


def not_to_be_believed(world: World, door: DoorUnit, silent: float) -> bool:
    """It is ready though nobody asks: its signal is stuck. Or its load sensor has said nothing for so long (s)."""
    if not door.way.station:
        return False
    now, mode = world.now, door.mode(world.now)
    unasked = mode == "OPEN" and door.told is False
    door.unasked_since = _since(door.unasked_since, now) if unasked else None
    blind = door.way.load_sensor and door.belt(now) == "UNKNOWN"
    door.blind_since = _since(door.blind_since, now) if blind else None
    late = [(door.unasked_since, _FALLS), (door.blind_since, silent)]
    return any(since is not None and now - since > most for since, most in late)


def fits(world: World, door: DoorUnit, robot: str) -> bool:
    """Return whether what lies there is as the robot's mission needs it; True where no sensor says it."""
    if not door.way.load_sensor:
        return True
    mission, belt = world.state.missions.get(robot), door.belt(world.now)
    return belt != "UNKNOWN" and (mission is None or _NEEDS.get(mission.kind, belt) == belt)


def handed_over(world: World, mission: Mission) -> bool:
    """Return whether the load sensor has seen what the robot of a mission says that it has done there."""
    door = _sensor_of(world, mission)
    if door is None:
        return True
    see(world, door)
    return door.handed == mission.mission_id


def may_lie_at(world: World, place: str) -> bool:
    """Return whether a load can have been put down at a place: True where no load sensor says that none lies there."""
    there = world.stations.get(place, 0)
    doors = [door for door in world.doors.values() if door.way.load_sensor]
    doors = [door for door in doors if there >> world.graph.node_index.get(door.way.station, 0) & 1]
    return not doors or any(door.belt(world.now) == "LOAD" for door in doors)


def _sensor_of(world: World, mission: Mission) -> DoorUnit | None:
    at = (door for door in world.doors.values() if door.way.load_sensor and door.way.station == mission.goal)
    return next(at, None) if mission.kind in _LEAVES else None


def see(world: World, door: DoorUnit) -> None:
    """Note that a load came or went, when it did while a robot hands over."""
    mission = _handing(world, door)
    if mission is not None and door.belt(world.now) == _LEAVES[mission.kind]:
        door.handed = mission.mission_id


def _handing(world: World, door: DoorUnit) -> Mission | None:
    """Return the mission of the robot that hands over there, or says that it has."""
    if not door.way.load_sensor:
        return None
    for robot in world.state.doors.leases.get(door.way.id, {}):
        mission, report = world.state.missions.get(robot), world.robots[robot].report
        if mission is None or mission.goal != door.way.station or mission.kind not in _LEAVES or report is None:
            continue
        if any(a.action_id == mission.action_id and a.status in ("RUNNING", "FINISHED") for a in report.actions):
            return mission
    return None


def unconfirmed(world: World, robot: str) -> str:
    """Return the conveyor at which a robot says that it has handed over and the load sensor does not, "" = none."""
    mission = world.state.missions.get(robot)
    door = None if mission is None else _sensor_of(world, mission)
    return door.way.id if door is not None and door.disagrees(world.now) and serves(world, door) else ""


def judge(world: World, door: DoorUnit) -> None:
    """Note since when what lies there is not as the robot with its lease needs it, or says that it left it."""
    see(world, door)
    mission = _handing(world, door)
    report = None if mission is None else world.robots[mission.robot].report
    done = report is not None and any(
        mission is not None and a.action_id == mission.action_id and a.status == "FINISHED" for a in report.actions
    )
    if mission is not None and done and door.handed != mission.mission_id:
        door.unsure = "NOT_TAKEN" if mission.kind == "pick" else "NOT_GIVEN"
        door.unsure_since = _since(door.unsure_since, world.now)
    else:
        door.unsure, door.unsure_since = "", None
    belt = door.belt(world.now)
    waits = door.mode(world.now) == "OPEN" and belt != "UNKNOWN" and not serves(world, door)
    if waits and any(not fits(world, door, robot) for robot in world.state.doors.leases.get(door.way.id, {})):
        door.unfit, door.unfit_since = "LOAD" if belt == "LOAD" else "NO_LOAD", _since(door.unfit_since, world.now)
    else:
        door.unfit, door.unfit_since = "", None


def _since(before: float | None, now: float) -> float:
    return now if before is None else before
