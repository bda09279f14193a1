"""Fire alarm: robots leave the fire lanes and stop, doors are not held, nothing starts until a person ends it.

A robot in a fire lane or doorway drives on along its route until it is out, and stops, as does one in the landing door
of a lift; all others stop where they are, but who stands in the way of one that drives out goes on until there is room.
The alarm comes from inputs (a contact of the fire panel) and from people. An input that goes off ends nothing: a person
does, and only when no input is on any more: an input of before a restart is on until it, or a person, says otherwise.
"""

from __future__ import annotations

from typing import Final

from amr_core.errors import AmrError, Fact
from amr_fleet.domain.events import FireGone, FireInput
from amr_fleet.domain.lifts import leaves_a_door
from amr_fleet.domain.mover import Mover
from amr_fleet.domain.robot_requests import pause, resume
from amr_fleet.domain.world import World
from amr_fleet.peripherals import PERSON, FireAlarm
from amr_fleet.requests import EndFire, FireContactsOff, RaiseFire

_ON_NODE: Final = 0.1  # m from a node: the robot has not left it yet
_LEFT: Final = 2.0  # m from a node: the robot, at its largest, covers it no longer
_MAX_TEXT: Final = 128
_KEPT_COMES: Final = 30.0
"""s after the fleet's start until what contacts' adapters kept has come."""


def on_input(world: World, event: FireInput) -> None:
    """Take over a contact that is on or off."""
    source, was_on = event.source[:_MAX_TEXT], event.source[:_MAX_TEXT] in world.state.fire_inputs
    world.fire_heard.add(source)
    if event.on and world.state.fire is None:
        _raise(world, source, "", "")
    elif event.on != was_on:  # journaled: after a restart nobody says again what has not changed
        world.emit("fire_input", facts={"source": source, "on": event.on})


def on_gone(world: World, event: FireGone) -> None:
    """A contact's adapter is gone: what it said counts on, and a person may say that the contact is off."""
    world.fire_heard.discard(event.source[:_MAX_TEXT])


def raise_alarm(world: World, request: RaiseFire) -> FireAlarm:
    """A person raises the alarm; one that is on stays as it is."""
    if len(request.text) > _MAX_TEXT:
        raise AmrError("request.invalid", where="text", reason=f"longer than {_MAX_TEXT} characters")
    _raise(world, PERSON, request.user, request.text)
    assert world.state.fire is not None
    return world.state.fire


def _raise(world: World, source: str, user: str, text: str) -> None:
    if world.state.fire is None:
        facts: dict[str, Fact] = {"source": source, "text": text}
        world.emit("fire_raised", facts=facts, user=user)


def end(world: World, request: EndFire) -> None:
    """A person ends the alarm: robots go on. Raises fire.none, or fire.still_on while an input is on."""
    if world.state.fire is None:
        raise AmrError("fire.none")
    if world.state.fire_inputs:
        raise AmrError("fire.still_on", source=min(world.state.fire_inputs))
    world.emit("fire_ended", user=request.user)
    for robot in world.robots.values():
        if "fire" in world.state.pauses.get(robot.name, {}):
            resume(world, robot, "fire", request.user)
    world.dispatch_due = world.now


def contacts_off(world: World, request: FireContactsOff) -> None:
    """A person says that contacts are off that said nothing since the fleet's start, or whose adapter is gone.

    Raises as `end` does. They may have gone off while the fleet was down. One that was heard is as it said last, while
    its adapter is there; a kept ON that only may be the newest word counts as one whose adapter is gone.
    """
    if world.state.fire is None:
        raise AmrError("fire.none")
    soon = world.started is None or world.now - world.started < _KEPT_COMES
    if heard := world.state.fire_inputs & (world.state.fire_inputs if soon else world.fire_heard):
        raise AmrError("fire.still_on", source=min(heard))
    for source in sorted(world.state.fire_inputs):
        world.emit("fire_input", facts={"source": source, "on": False, "user": request.user})


def step(world: World) -> None:
    """While there is an alarm: stop all robots but those that clear fire lanes; call it before traffic grants."""
    lanes = world.graph.mask(sorted(world.graph.roadmap.fire_lanes)) if world.fire else 0
    world.traffic.leaving = lanes if world.fire else None
    world.traffic.making_room = _making_room(world, lanes) if world.fire else frozenset()
    if not world.fire:
        return
    assert world.state.fire is not None
    for robot in world.robots.values():
        mover = world.mover(robot.name)
        stopped = "fire" in world.state.pauses.get(robot.name, {})
        by = world.state.fire.user or world.state.fire.source
        goes_on = mover is not None and (here(mover) & lanes or robot.name in world.traffic.making_room)
        if goes_on or leaves_a_door(world, robot):
            if stopped:  # it rolled into a lane while it braked, or another one cannot get out past it
                resume(world, robot, "fire", by)
        elif not stopped:
            pause(world, robot, "fire", by)


def _making_room(world: World, lanes: int) -> frozenset[str]:
    """Return who stands in the way of robots in fire lanes, of those that are in the way of these, and so on."""
    movers = world.traffic.movers
    inside = [m for m in movers.values() if here(m) & lanes]
    found: set[str] = set()
    while inside:
        blocker = inside.pop().blocker
        if blocker is not None and blocker.robot in movers and blocker.robot not in found:
            found.add(blocker.robot)
            inside.append(movers[blocker.robot])
    return frozenset(found)


def here(mover: Mover) -> int:
    """Return the nodes and edges that a robot covers now: what it holds, without what lies ahead of it."""
    graph, k = mover.graph, mover.at
    mask = mover.extra | 1 << mover.nodes[k]
    if k < mover.granted and mover.left_node(_ON_NODE):
        mask |= graph.edge_bit(mover.edges[k])
    if k > 0 and mover.held & graph.edge_bit(mover.edges[k - 1]):
        mask |= graph.edge_bit(mover.edges[k - 1])
    return mask if not mover.left_node(_LEFT) else mask & ~(1 << mover.nodes[k])
