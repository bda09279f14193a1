"""What was where at any time."""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypeAliasType

from amr_fleet.api.models.alarms import Alarm
from amr_fleet.api.models.base import Answer, Facts
from amr_fleet.api.models.orders import TransportOrder
from amr_fleet.api.models.words import Code, JournalKind, RobotStatus, RobotType
from amr_fleet.api.models.zones import Zone


class Span(Answer):
    """Begin and end of the tracks (fleet seconds); both null when nothing was recorded."""

    begin: float | None = None
    end: float | None = None


# STATE_FIELDS of amr_fleet.replay.tracks.
TrackState = TypeAliasType(
    "TrackState",
    tuple[RobotType, RobotStatus, str, bool, float, bool, bool, bool, Code | Literal[""], str, float],
)


class RobotTrack(Answer):
    """One robot. x, y (cm), h (heading, 0.01 rad): differences to the frame before, the first one absolute.

    state: [frame, fields] wherever one of these changed: type, status, order_id, loaded, soc, online, localized,
    paused, wait code, whom it waits for, since when.
    """

    x: list[int]
    y: list[int]
    h: list[int]
    state: list[tuple[int, TrackState]]


class Chunk(Answer):
    """A minute of tracks. t: fleet seconds of its frames; seen: per frame [x cm, y cm, 0 = person, 1 = vehicle]."""

    t: list[float]
    robots: dict[str, RobotTrack]
    seen: list[list[tuple[int, int, int]]]


class RobotTracks(Answer):
    """The chunks that touch a period."""

    chunks: list[Chunk]


class JournalEvent(Answer):
    """An entry of the journal."""

    t: float
    kind: JournalKind
    order_id: str
    robot: str
    facts: Facts


class Events(Answer):
    """What the journal says of a period, oldest first."""

    events: list[JournalEvent]


class PastState(Answer):
    """Open orders, zones and alarms as they were at t."""

    t: float
    orders: list[TransportOrder]
    zones: list[Zone]
    alarms: list[Alarm]
