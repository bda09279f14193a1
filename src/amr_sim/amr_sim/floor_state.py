"""What stays on a floor when the simulator's process ends: where everything stands, so that the next process goes on.

A real floor does not begin anew when a driver of a base is killed. Wheels stand and odometry counts from zero again,
as a base that was switched on does; an operation under way is lost, nothing has moved by it.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import asdict
from pathlib import Path
from typing import Final

import numpy as np
from pydantic import BaseModel, ConfigDict, ValidationError

from amr_core.errors import AmrError
from amr_sim.engine import SimEngine
from amr_sim.movers import MovingActor

EVERY: Final = 2
"""Steps between two notes; so many a restart leaves out, so that its clock never falls behind what was told."""


class StandingRobot(BaseModel):
    """One robot: pose (x, y in m, theta in rad, map frame), m driven, state of charge 0..1, load on board or empty."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    name: str
    pose: tuple[float, float, float]
    distance: float
    soc: float
    load: str


class StandingLift(BaseModel):
    """A lift: height of its cabin (m), share that its door is open, whose it is, and where it goes."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    z: float
    share: float
    session: str
    target: str


class FloorState(BaseModel):
    """Everything at one step.

    movers: fields of MovingActor; places: load id -> place; doors: door id -> share open; lifts: by id.
    """

    model_config = ConfigDict(frozen=True, allow_inf_nan=False)
    steps: int
    time: float
    robots: list[StandingRobot]
    movers: list[dict[str, object]]
    places: dict[str, str]
    picked: int
    dropped: int
    doors: dict[str, float]
    lifts: dict[str, StandingLift] = {}
    collisions: int


def note(engine: SimEngine, steps: int, file: Path) -> None:
    """Write down what is now; a process that is killed in the middle leaves the note before."""
    robots = [
        StandingRobot(
            name=name, pose=tuple(engine.bases.state[i, :3].tolist()), distance=float(engine.bases.distance[i]),
            soc=float(engine.batteries.soc[i]), load=engine.loads.on_board[i],
        )
        for i, name in enumerate(engine.names)
    ]  # fmt: skip
    state = FloorState(
        steps=steps, time=engine.time, robots=robots, movers=[asdict(mover) for mover in engine.movers.all],
        places=engine.loads.places, picked=engine.loads.picked, dropped=engine.loads.dropped,
        doors={door_id: door.share for door_id, door in engine.doors.all.items()},
        lifts={
            lift_id: StandingLift(z=lift.z, share=lift.share, session=lift.session, target=lift.target)
            for lift_id, lift in engine.lifts.all.items()
        },
        collisions=engine.collisions.episodes,
    )  # fmt: skip
    beside = file.with_suffix(".new")
    beside.write_text(state.model_dump_json())
    os.replace(beside, file)


def take_up(engine: SimEngine, file: Path, dt: float) -> int:
    """Put everything where the note says and return the steps that were taken by then; 0 without a note.

    Raises site.invalid for a note that is none, or of other robots.
    """
    if not file.is_file():
        return 0
    try:
        state = FloorState.model_validate_json(file.read_bytes())
        movers = [MovingActor(**mover) for mover in state.movers]  # type: ignore[arg-type]
    except (ValidationError, TypeError) as error:
        raise AmrError("site.invalid", where=str(file), reason=str(error)[:200]) from error
    if [robot.name for robot in state.robots] != engine.names:
        raise AmrError("site.invalid", where=str(file), reason="it is a note of other robots")
    for i, robot in enumerate(state.robots):
        engine.bases.state[i] = np.array((*robot.pose, 0.0, 0.0))
        engine.bases.distance[i], engine.batteries.soc[i] = robot.distance, robot.soc
        engine.loads.on_board[i] = robot.load
    engine.loads.places.update(state.places)
    engine.loads.picked, engine.loads.dropped = state.picked, state.dropped
    engine.movers.all[:] = movers
    engine.collisions.episodes = state.collisions
    for door_id, share in state.doors.items():
        with contextlib.suppress(KeyError):
            engine.doors.all[door_id].share = share
    for lift_id, stood in state.lifts.items():
        lift = engine.lifts.all.get(lift_id)
        if lift is not None and stood.target in {stop.level for stop in lift.way.stops}:
            lift.z, lift.share, lift.session, lift.target = stood.z, stood.share, stood.session, stood.target
    engine.time = state.time + EVERY * dt
    return state.steps + EVERY
