"""Robots, and what people tell them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import Annotated, Literal

from pydantic import BeforeValidator, ConfigDict, Field, model_validator

from amr_fleet import ports
from amr_fleet.api.models.base import (
    Answer,
    Facts,
    Measured,
    Name,
    Owners,
    OwnersOfStop,
    Points,
    RequestBody,
    Seconds,
    Seen,
    Tenths,
    Why,
    WhyOfStop,
)
from amr_fleet.api.models.words import (
    CameraBlind,
    Code,
    EmergencyStop,
    ErrorLevel,
    HeldBy,
    Integration,
    Reason,
    RobotStatus,
    RobotType,
)

Metres = Annotated[float, Field(ge=-10_000, le=10_000, allow_inf_nan=False)]


class SendBody(RequestBody):
    """Body of POST /robots/{name}/send."""

    to: Literal["park", "charge"]


class IntegrationBody(RequestBody):
    """Body of POST /robots/{name}/integration."""

    level: Integration


class ReleaseBody(RequestBody):
    """Body of POST /robots/{name}/release: who has looked at the robot."""

    person: Name


class PoseBody(RequestBody):
    """Body of POST /robots/{name}/relocalise: m and rad in the map frame."""

    x: Metres
    y: Metres
    theta: Annotated[float, Field(ge=-math.tau, le=math.tau, allow_inf_nan=False)]


class PauseBody(RequestBody):
    """Body of POST /robots/pause and /robots/{name}/pause: why, and whose pauses are taken over.

    A stop is never refused for what is said with it: what is too long, or no text that people can read, is left out.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    text: WhyOfStop = ""
    instead_of: OwnersOfStop = ()

    @model_validator(mode="before")
    @classmethod
    def _or_nothing(cls, said: object) -> object:
        return said if isinstance(said, Mapping) else {}


class ResumeBody(RequestBody):
    """Body of POST /robots/resume and /robots/{name}/resume. instead_of: whose pauses are lifted beside one's own.

    unloaded: the load that was to be taken off by hand is off, and nobody stands at the robot. text: how one knows.
    seen: since of the newest of those pauses that one saw (fleet seconds), 0 = not said; what they paused later stays.
    """

    text: Why = ""
    instead_of: Owners = ()
    unloaded: bool = False
    seen: Seen = 0.0


class DeliverBody(RequestBody):
    """Body of POST /robots/{name}/deliver. instead_of: who was to see to it that the load is taken off.

    nobody_there: nobody stands at a robot whose load was to be taken off: it carries it on, and moves at once.
    """

    place: Name
    instead_of: Owners = ()
    nobody_there: bool = False


class RobotError(Answer):
    """An active error of a robot; FATAL: it cannot go on by itself."""

    code: Code
    facts: Facts
    level: ErrorLevel


def _errors(errors: Iterable[tuple[ports.Reason, str]]) -> list[RobotError]:
    """Return (reason, level) pairs as errors; what is not said to be a warning is taken for fatal."""
    found = []
    for said, level in errors:
        reason = Reason.model_validate(said)
        known: Literal["WARNING", "FATAL"] = "WARNING" if level == "WARNING" else "FATAL"
        found.append(RobotError(code=reason.code, facts=reason.facts, level=known))
    return found


def _stop(kind: str) -> str:
    """Return a kind of stop that VDA 5050 knows; an unknown one is taken for the strictest."""
    return kind if kind in ("", "AUTOACK", "MANUAL", "REMOTE", "RELEASE") else "MANUAL"


class Robot(Answer):
    """A robot. path: its local plan; base: the way that is released to it; soc: 0..1.

    integration: below respected it holds no space; e_stop: RELEASE = it was reset and waits for a named person.
    waiting: what it waits for at once; root: what has to end for it to get on; waits_since: since when it has work and
    does not get on (fleet seconds), 0 = it does. site_version: of the site files it works with, "" = it does not say.
    pauses: whose, what takes most to lift first; a door, lift, trial or fire ends its own.
    """

    name: str
    type: RobotType
    status: RobotStatus
    order_id: str
    x: Measured
    y: Measured
    theta: Measured
    v: Measured
    soc: Measured
    charging: bool
    loaded: bool
    paused: bool
    online: bool
    localized: bool
    node: str
    path: Points
    base: Points
    integration: Integration
    e_stop: Annotated[EmergencyStop, BeforeValidator(_stop)]
    loads: list[str]
    waiting: Reason | None
    root: Reason | None
    waits_since: Seconds
    site_version: str
    errors: Annotated[list[RobotError], BeforeValidator(_errors)]
    pauses: list[HeldBy]


class RobotCamera(Answer):
    """A camera of a robot. reason: why it sees nothing, "" = it sees; in_use: the robot looks through it now.

    What else is said is of its last use. picture_age (s): of its newest usable picture, null = there was none.
    sharpness: of that picture; usual: what the camera has learnt as its own, null = nothing yet. brightness: 0..255.
    """

    camera: str
    reason: CameraBlind
    in_use: bool
    picture_age: float | None
    sharpness: float
    usual: float | None
    brightness: float


class RobotCameras(Answer):
    """The cameras of a robot that it has looked through since its perception was started."""

    cameras: list[RobotCamera]

    @classmethod
    def of(cls, robot: ports.RobotView, now: float) -> RobotCameras:
        """Return what a robot has said of its cameras, as of now (fleet s)."""
        late = max(0.0, now - robot.seen)
        return cls(
            cameras=[
                RobotCamera(
                    camera=c.camera, reason=c.reason, in_use=c.in_use and robot.online,
                    picture_age=round(c.picture_age + late, 1) if c.picture_age >= 0.0 else None,
                    sharpness=round(c.sharpness, 3), usual=round(c.usual, 3) or None, brightness=round(c.brightness, 1),
                )
                for c in robot.cameras
            ]
        )  # fmt: skip


class Work(Answer):
    """What a robot has done: m driven, loads lifted, hours under way with an order."""

    metres: Tenths
    lifts: int
    hours: Tenths


class ServiceNote(Answer):
    """A service that a person noted, and the robot's count at that time."""

    t: Seconds
    user: str
    text: str
    work: Work


class Wear(Answer):
    """A robot's work in all and since its last service; its last services, oldest first."""

    robot: str
    work: Work
    since_service: Work
    services: list[ServiceNote]


class ServiceBody(RequestBody):
    """Body of POST /robots/{name}/service: what was done."""

    text: Annotated[str, Field(min_length=1, max_length=1000)]


class RobotHealthPoint(Answer):
    """A robot in begin <= t < end; known: s of it that were counted.

    linked: share of them in which its states came in time; offline, unsure: s in which it was not heard, did not know
    where it is. soc_min, score, score_min (mean, least sureness of its place): 0..1; null = nobody counted that.
    """

    begin: Seconds
    end: Seconds
    known: Seconds
    linked: Measured
    offline: Seconds
    soc_min: Measured
    score: Measured
    score_min: Measured
    unsure: Seconds


class RobotHealth(Answer):
    """How a robot was in begin <= t < end by stretches of `step` s; those that nothing is known of are left out."""

    begin: Seconds
    end: Seconds
    step: Seconds
    points: list[RobotHealthPoint]


class Robots(Answer):
    """All robots."""

    robots: list[Robot]
