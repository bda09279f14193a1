"""What the assistant may know: one frozen picture of the fleet, from a snapshot or from a file."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

LONGEST: Final = 300
"""Letters of a text that anybody wrote."""


def plain(value: object) -> str:
    """Return a text on one line, no longer than fits, without what no person sees: control, direction, zero-width."""
    text = "" if value is None else str(value)
    if not text.isprintable():
        text = " ".join("".join(char if char.isprintable() else " " * char.isspace() for char in text).split())
    return text[:LONGEST]


Text = Annotated[str, BeforeValidator(plain)]


def _names(value: object) -> tuple[str, ...]:
    """Return the names of a list of names, of objects that have one, or of a mapping by name."""
    if isinstance(value, dict):
        return tuple(plain(name) for name in value)
    if not isinstance(value, list | tuple):
        return ()
    keys = ("id", "name", "robot", "zone", "station", "place", "camera")
    return tuple(
        next((plain(item[name]) for name in keys if name in item), "") if isinstance(item, dict) else plain(item)
        for item in value
    )


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]


class Row(BaseModel):
    """One thing; fields that nobody here knows are kept out, missing ones are empty."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class PauseRow(Row):
    """A person's pause of a robot; since: local ISO time. unload: until the load on board was taken off by hand."""

    user: Text
    since: Text = ""
    why: Text = ""
    unload: bool = False
    scope: Text = ""


class RobotRow(Row):
    """battery: percent. order, where: "" = none. waits_since: local ISO time since which it has not got on.

    where: what people call it, a place or a lane; at: all that it is at: that, its station, other lanes, zones.
    reason: why it does not get on, in words; cause, root: the fleet's codes of that and of what has to end.
    """

    robot: Text
    type: Text = ""
    state: Text = ""
    battery: float | None = None
    order: Text = ""
    where: Text = ""
    at: Names = ()
    reason: Text = ""
    cause: Text = Field(default="", exclude=True)
    root: Text = Field(default="", exclude=True)
    waits_since: Text = ""
    pauses: tuple[PauseRow, ...] = Field(default=(), exclude=True)
    ours: bool = Field(default=False, exclude=True)  # the fleet itself wrote the reason


ENDED: Final = frozenset({"done", "cancelled", "failed"})
"""States of an order that is over."""


class OrderRow(Row):
    """One transport order; due, eta, created, finished in local ISO time. late: it cannot be in time any more.

    reason: what keeps it from getting on, since when; what it failed for; cause, root: as of a robot.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True)

    order: Text
    state: Text = ""
    goods: Text = ""
    pick: Text = Field(default="", alias="from")
    drop: Text = Field(default="", alias="to")
    robot: Text = ""
    priority: Text = ""
    due: Text = ""
    eta: Text = ""
    barge: Text = ""
    container: Text = ""
    sscc: Text = ""
    qty: float | None = None
    note: Text = ""
    reason: Text = ""
    cause: Text = Field(default="", exclude=True)
    root: Text = Field(default="", exclude=True)
    ours: bool = Field(default=False, exclude=True)  # the fleet itself wrote the reason
    late: bool = False
    created: Text = ""
    finished: Text = ""


class VisitRow(Row):
    """One truck, barge or ship; closes, ends: local ISO times, ends "" = nobody can tell. whole: loads in all."""

    visit: Text
    name: Text = ""
    kind: Text = ""
    state: Text = ""
    closes: Text = ""
    ends: Text = ""
    done: int = 0
    whole: int = 0
    late: int = 0


class NearRow(Row):
    """Where what an alarm is about is. how: it stands here, was seen here last, is on its way to it, or is of it."""

    place: Text
    how: Literal["here", "last", "to", "of"]


class AlarmRow(Row):
    """about: the robot, order, camera or place it is about; cause: the fleet's code of it.

    near: places and stations that it has to do with.

    placed: where that is is known, be it at no station.
    """

    alarm: Text
    state: Text = ""
    severity: Text = ""
    about: Text = ""
    text: Text = ""
    cause: Text = Field(default="", exclude=True)
    near: tuple[NearRow, ...] = ()
    placed: bool = False


class ZoneRow(Row):
    """by: who set it; until: local ISO time, "" = until it is lifted. why, since: as set.

    lanes: the hall that it is, lanes and zones of the site that it covers; drawn: parts of them, by an area.
    flight: the ground below an aircraft's flight, which ends with it and not before.
    """

    zone: Text
    lanes: Names = ()
    drawn: bool = False
    flight: bool = False
    why: Text = ""
    since: Text = ""
    state: Text = ""
    by: Text = ""
    until: Text = ""


class StayRow(Row):
    """Where a load lay, from when until when, in local ISO time; since "" = nobody wrote it down, until "" = now."""

    place: Text
    since: Text = ""
    until: Text = ""


class CargoRow(Row):
    """Where a load is; stays: where it lay, oldest first; rides: () -> stays, where they are made when asked for."""

    container: Text = ""
    sscc: Text = ""
    goods: Text = ""
    where: Text = ""
    stays: tuple[StayRow, ...] = ()
    rides: Any = Field(default=None, exclude=True, repr=False)

    def lay(self) -> tuple[StayRow, ...]:
        """Return where it lay."""
        return self.stays or (tuple(self.rides()) if self.rides is not None else ())


class KnownTrial(Row):
    """One controlled trial; begin, until: local ISO times."""

    trial: Text = ""
    title: Text = ""
    permit: Text = ""
    issuer: Text = ""
    state: Text = ""
    begin: Text = ""
    until: Text = ""


class Vocabulary(Row):
    """What things on the site are called."""

    robots: Names = ()
    places: Names = ()
    stations: Names = ()
    chargers: Names = ()
    parking: Names = ()
    aisles: Names = ()
    cameras: Names = ()
    halls: Names = ()
    zones: Names = ()


class Facts(Row):
    """The fleet at `now` (local time with its offset).

    place_of: the place of each station. in_hall: what lies in each hall, and the lanes that close with it.
    ended_since: only ended orders made since then are in orders, "" = all are.
    """

    now: datetime = datetime(2026, 1, 1, tzinfo=UTC)
    shifts: Any = None
    robots: tuple[RobotRow, ...] = ()
    orders: tuple[OrderRow, ...] = ()
    visits: tuple[VisitRow, ...] = ()
    alarms: tuple[AlarmRow, ...] = ()
    zones: tuple[ZoneRow, ...] = ()
    cargo: tuple[CargoRow, ...] = ()
    trial: Any = None  # a TrialPicture, or one trial of a state file; None = nobody here knows
    place_of: dict[str, str] = {}
    in_hall: dict[str, tuple[str, ...]] = {}
    ended_since: Text = ""
    figures: Any = Field(default=None, exclude=True, repr=False)  # (begin, end) -> Report, where a journal is at hand
    happened: Any = Field(default=None, exclude=True, repr=False)  # (begin, end) -> alarms raised, likewise
    older: Any = Field(default=None, exclude=True, repr=False)  # name -> OrderRow or None, of orders that are not here
    vocabulary: Vocabulary = Vocabulary()
