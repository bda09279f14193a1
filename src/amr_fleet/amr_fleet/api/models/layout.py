"""The layout editor: what of a site it draws, drafts, what is wrong with one, how it did. m, rad, map frame."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import Field, FiniteFloat, StringConstraints

from amr_fleet.api.models.base import Answer, Facts, Name, RequestBody, Seconds, Tenths
from amr_fleet.api.models.words import PlaceKind

MOST_OBJECTS = 3000
MOST_POINTS = 500
Metres = Annotated[FiniteFloat, Field(ge=-1e4, le=1e4)]
Number = Annotated[FiniteFloat, Field(ge=-1e4, le=1e4)]
Line = Annotated[list[tuple[Metres, Metres]], Field(max_length=MOST_POINTS)]
Revision = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{16})?$")]
"""Of a saved draft; empty: there is none."""
Section = Literal[
    "", "walls", "boxes", "doors", "lanes", "zones", "places", "chargers", "parking", "cameras", "levels",
    "lifts", "conveyors", "fleet", "movers", "demand",
]  # fmt: skip


class DraftWall(RequestBody):
    """A wall along a polyline. What is too large or too small is a finding of the check, not refused here."""

    id: Name
    points: Line
    thickness: Number
    height: Number


class DraftBox(RequestBody):
    """A solid body with a rectangular base."""

    id: Name
    kind: Literal["rack", "stack", "column", "machine", "barrier"]
    x: Metres
    y: Metres
    size_x: Number
    size_y: Number
    theta: Number
    height: Number


class DraftDoor(RequestBody):
    """A door and the lanes through it."""

    id: Name
    kind: Literal["dock", "gate", "person", "roller"]
    x: Metres
    y: Metres
    width: Number
    theta: Number
    lanes: Annotated[list[Name], Field(max_length=100)]
    open_s: Number


class DraftLane(RequestBody):
    """A lane; max_speed m/s."""

    id: Name
    points: Line
    two_way: bool
    max_speed: Number
    width: Number


class DraftZone(RequestBody):
    """An area with a rule; max_speed m/s, capacity robots, null = none."""

    id: Name
    kind: Literal["speed", "keepout", "crossing", "release", "capacity", "fire_lane"]
    polygon: Line
    max_speed: Number | None
    capacity: Annotated[int, Field(ge=-1000, le=1000)] | None


class DraftStation(RequestBody):
    """Where a robot stands when it has docked, nose away from its lane."""

    id: Name
    x: Metres
    y: Metres
    theta: Number
    lane: Name
    marker: Annotated[int, Field(ge=-100000, le=100000)] | None
    target: Literal["tag", "v_dock", "reflectors", "pallet_eur", "pallet_t11"]


class DraftPlace(RequestBody):
    """What an order may name, with its stations."""

    id: Name
    kind: PlaceKind
    name_vi: Name
    name_en: Name
    stations: Annotated[list[DraftStation], Field(max_length=MOST_POINTS)]


class DraftArea(RequestBody):
    """An area that a camera guards; the page of cameras draws it, here it is kept as it is."""

    id: Name
    action: Literal["hold", "slow"]
    max_speed: Number
    polygon: Line


class DraftCamera(RequestBody):
    """A fixed camera: where it hangs and the point of the floor that it looks at."""

    id: Name
    x: Metres
    y: Metres
    height: Number
    looks_at: tuple[Metres, Metres]
    areas: Annotated[list[DraftArea], Field(max_length=MOST_POINTS)]


class DraftStop(RequestBody):
    """The middle of a lift's cabin on a level, nose away from the lane."""

    level: Name
    x: Metres
    y: Metres
    theta: Number
    lane: Name


class DraftLift(RequestBody):
    """A lift: depth and width of its cabin (m), m/s, s that its doors take, and its stops."""

    id: Name
    name_vi: Name
    name_en: Name
    size: tuple[Number, Number]
    speed: Number
    open_s: Number
    stops: Annotated[list[DraftStop], Field(max_length=MOST_POINTS)]


class DraftLevel(RequestBody):
    """A floor of the building: a rectangle of the sheet; height of its floor above that of the lowest one (m)."""

    id: Name
    name_vi: Name
    name_en: Name
    height: Number
    origin: tuple[Metres, Metres]
    size: tuple[Number, Number]


class DraftConveyor(RequestBody):
    """A roller conveyor at a station; ready_s: s within which it is ready once asked."""

    id: Name
    station: Name
    load_sensor: bool
    ready_s: Number


class DraftRobot(RequestBody):
    """A robot of the fleet, its type by name, and the parking place that it starts from."""

    name: Name
    type: Name
    parking: Name


class DraftMover(RequestBody):
    """A simulated person or forklift on a closed route: m/s, pause: s at each of its points."""

    id: Name
    kind: Literal["person", "forklift"]
    route: Line
    speed: Number
    yields: bool
    pause: Number


class DraftFlow(RequestBody):
    """A share of the orders: from places of one kind to places of another; shares need not add up to 1."""

    pick: PlaceKind
    drop: PlaceKind
    share: Number


class DraftDemand(RequestBody):
    """How orders arrive: an hour, usually and at the peak, and from where to where."""

    base_per_hour: Number
    peak_per_hour: Number
    mix: Annotated[list[DraftFlow], Field(max_length=MOST_POINTS)]


class LayoutParts(RequestBody):
    """What of a site the editor draws."""

    walls: Annotated[list[DraftWall], Field(max_length=MOST_OBJECTS)]
    boxes: Annotated[list[DraftBox], Field(max_length=MOST_OBJECTS)]
    doors: Annotated[list[DraftDoor], Field(max_length=MOST_OBJECTS)]
    lanes: Annotated[list[DraftLane], Field(max_length=MOST_OBJECTS)]
    zones: Annotated[list[DraftZone], Field(max_length=MOST_OBJECTS)]
    places: Annotated[list[DraftPlace], Field(max_length=MOST_OBJECTS)]
    chargers: Annotated[list[DraftStation], Field(max_length=MOST_OBJECTS)]
    parking: Annotated[list[DraftStation], Field(max_length=MOST_OBJECTS)]
    cameras: Annotated[list[DraftCamera], Field(max_length=MOST_OBJECTS)]
    levels: Annotated[list[DraftLevel], Field(max_length=MOST_OBJECTS)]
    lifts: Annotated[list[DraftLift], Field(max_length=MOST_OBJECTS)]
    conveyors: Annotated[list[DraftConveyor], Field(max_length=MOST_OBJECTS)]
    fleet: Annotated[list[DraftRobot], Field(max_length=MOST_OBJECTS)]
    movers: Annotated[list[DraftMover], Field(max_length=MOST_OBJECTS)]
    demand: DraftDemand


_YOUNGER: Final = ("cameras", "levels", "lifts", "conveyors", "fleet", "movers")
"""Sections that the first drafts had not; nor had they the demand."""
_NO_DEMAND: Final = {"base_per_hour": 0.0, "peak_per_hour": 0.0, "mix": []}


def fits(parts: Any) -> LayoutParts:
    """Return a kept draft's parts, of before a section came, too. Raise ValueError, TypeError for what is none."""
    return LayoutParts.model_validate({**{section: [] for section in _YOUNGER}, "demand": _NO_DEMAND, **parts})


class LayoutBody(RequestBody):
    """A draft that is asked about."""

    parts: LayoutParts


class LayoutSaveBody(RequestBody):
    """A draft to keep. revision: of the one that it takes the place of, "" = of none."""

    revision: Revision
    parts: LayoutParts


class LayoutShown(Answer):
    """The draft of who asks; without one (revision ""), the running site. saved_at: Unix seconds, 0 = never.

    size: of the running site's sheet, on which levels lie side by side; a draft's grows with its levels.
    stale: the running site is another one than the draft was begun on. running: hash of its file.
    """

    site_id: str
    size: tuple[float, float]
    running: str
    revision: str
    saved_at: Seconds
    stale: bool
    parts: LayoutParts


class LayoutKept(Answer):
    """The revision of a draft from now on, "" = there is none; saved_at: Unix seconds, 0 = never."""

    revision: str
    saved_at: Seconds


class LayoutFinding(Answer):
    """Something that is wrong: a code of `amr site lint`, or site.schema for a value that is none.

    section, id: the object, "" = none, of the demand a flow ("dock block"); line: of the draft's site.yaml, 0 = none;
    x, y: null = nowhere.
    """

    code: str
    severity: Literal["error", "warning"]
    facts: Facts
    section: Section
    id: str
    line: int
    x: float | None
    y: float | None


class LayoutChange(Answer):
    """An object that differs from the running site, or its demand (id ""); fields: which of its values."""

    change: Literal["added", "changed", "removed"]
    section: Section
    id: str
    fields: list[str]


class LayoutJudged(Answer):
    """What is wrong with a draft and what differs. diff: lines of a unified diff of site.yaml.

    written: there is a site.yaml of it. comments_kept: what nobody changed stands in it as it was. errors: of all
    findings; findings_left_out, lines_left_out: how many findings and lines there are besides those that are here.
    """

    findings: list[LayoutFinding]
    findings_left_out: int
    errors: int
    changes: list[LayoutChange]
    diff: list[str]
    lines_left_out: int
    written: bool
    comments_kept: bool


class LayoutFigures(Answer):
    """How a site did. per_hour: deliveries; service_mean: s of a delivery, 0 = none; waiting: share of robots' time.

    longest_cycle: s that robots waited for one another in a circle; deadlocks: of those over 30 s; collisions: robots
    on ways that exclude each other.
    """

    robots: int
    orders: int
    done: int
    per_hour: Tenths
    service_mean: Seconds
    waiting: float
    longest_cycle: float
    deadlocks: int
    collisions: int


class LayoutTried(Answer):
    """Running site and draft under the draft's demand, both followed for simulated_s of horizon_s; complete: all of it.

    stations: how many the draft has, all of which can be reached. same_mix: false where the running site lacks places
    that the draft's orders name, so that it was tried with a mix of its own.
    """

    before: LayoutFigures
    after: LayoutFigures
    simulated_s: float
    horizon_s: float
    orders_per_hour: float
    stations: int
    same_mix: bool
    complete: bool
