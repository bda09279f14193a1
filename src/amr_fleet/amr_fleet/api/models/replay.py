"""What was where at any time."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints
from typing_extensions import TypeAliasType

from amr_fleet.api.models.alarms import Alarm, Intervention
from amr_fleet.api.models.base import Answer, Facts, Label, RequestBody
from amr_fleet.api.models.orders import TransportOrder
from amr_fleet.api.models.words import Code, JournalKind, RobotStatus, RobotType
from amr_fleet.api.models.zones import Zone
from amr_fleet.domain.comments import LONGEST_COMMENT


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
    """A minute of tracks. t: fleet seconds of its frames; seen: per frame [x cm, y cm, 0 = person, 1 = vehicle].

    plan: the site that it was recorded on, for GET /replay/plans; "" = nobody wrote that down.
    """

    t: list[float]
    robots: dict[str, RobotTrack]
    seen: list[list[tuple[int, int, int]]]
    plan: str = ""


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


class MomentComment(Answer):
    """What a person said, at `written`, of the moment t (fleet seconds); robot "": of no one robot."""

    t: float
    written: float
    robot: str
    user: str
    text: str


class CommentBody(RequestBody):
    """Body of POST /replay/comments: a moment that was (fleet seconds), and what is said of it."""

    t: Annotated[float, Field(ge=-1e6, le=1e11, allow_inf_nan=False)]
    text: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST_COMMENT)]
    robot: Label = ""


class TimeMarks(Answer):
    """Alarms raised in a period and comments on it, oldest first; left_out: so many older ones are not shown."""

    alarms: list[Intervention]
    comments: list[MomentComment]
    left_out: int


class PastState(Answer):
    """Open orders, zones and alarms as they were at t."""

    t: float
    orders: list[TransportOrder]
    zones: list[Zone]
    alarms: list[Alarm]
