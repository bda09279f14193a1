"""Setting up a fixed camera: what is entered, and what comes of it. Pixels of the whole picture; m, map frame."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, StringConstraints

from amr_core.site.model import FASTEST_ZONE, SLOWEST_ZONE
from amr_fleet.api.models.base import XY, Answer, Facts, RequestBody
from amr_fleet.api.models.words import SeenKind

CameraId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,31}$")]
AreaAction = Literal["hold", "slow"]
Size = tuple[Annotated[int, Field(ge=16, le=4096)], Annotated[int, Field(ge=16, le=4096)]]
Revision = Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{16})?$")]
"""Of a camera's file; empty: there is none."""
Metres = Annotated[FiniteFloat, Field(ge=-1e4, le=1e4)]
Pixel = Annotated[FiniteFloat, Field(ge=-1e4, le=1e4)]


class CameraPlace(RequestBody):
    """Where a camera hangs (m, map frame; height above the floor)."""

    x: Metres
    y: Metres
    height: Annotated[FiniteFloat, Field(gt=0.2, le=50.0)]


class CameraLens(RequestBody):
    """What a file of `amr calibrate camera` says; what else is in it is not needed."""

    matrix: Annotated[list[Annotated[list[FiniteFloat], Field(max_length=3)]], Field(max_length=3)]
    distortion: Annotated[list[FiniteFloat], Field(max_length=14)]
    size: Size


class CameraPoint(RequestBody):
    """A point of the floor: its pixel and its place."""

    u: Pixel
    v: Pixel
    x: Metres
    y: Metres


class CameraAreaDrawn(RequestBody):
    """An area drawn on the picture (px). Robots stop in it, or go at max_speed (m/s), while somebody is there."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")]
    action: AreaAction = "hold"
    max_speed: Annotated[FiniteFloat, Field(ge=SLOWEST_ZONE, le=FASTEST_ZONE)] = 0.5
    polygon: Annotated[list[tuple[Pixel, Pixel]], Field(min_length=3, max_length=40)]


class CameraSetupBody(RequestBody):
    """A whole setup. place null: as the site has it. field_deg: width of the view, where there is no lens file.

    size: of the picture that the pixels belong to. revision: what `look` said of the camera's file; a save is refused
    (camera.changed) when somebody changed that since, null: whatever is there is replaced.
    """

    place: CameraPlace | None = None
    lens: CameraLens | None = None
    field_deg: Annotated[FiniteFloat, Field(gt=5.0, lt=170.0)] | None = None
    size: Size
    points: Annotated[list[CameraPoint], Field(max_length=60, default_factory=list)]
    areas: Annotated[list[CameraAreaDrawn], Field(max_length=20, default_factory=list)]
    revision: Revision | None = None


class PlaceKept(Answer):
    """Where a camera hangs by the site (m)."""

    x: float
    y: float
    height: float


class LensKept(Answer):
    """The lens of the camera's file, as a file of `amr calibrate camera` says it."""

    matrix: list[list[float]]
    distortion: list[float]
    size: tuple[int, int]


class AreaKept(Answer):
    """An area of the camera's file, as it lies in the picture (px)."""

    id: str
    action: AreaAction
    max_speed: float
    polygon: list[XY]


class CameraLook(Answer):
    """A camera that is being set up. size (px) and age (s) of its newest picture, null: there was none.

    still: whether there is a blurred picture of it. place null: a new camera. version of its file: 0 = none, -1 = it
    cannot be read. points: [u, v, x, y] of the file, in a picture of kept_size. hidden: areas that cannot be shown in
    the picture; a save drops them. revision: says which state of the file this is.
    """

    size: tuple[int, int] | None
    age: float | None
    still: bool
    place: PlaceKept | None
    points: list[tuple[float, float, float, float]]
    areas: list[AreaKept]
    version: int
    kept_size: tuple[int, int] | None
    lens: LensKept | None
    hidden: list[str]
    saved_by: str
    can_undo: bool
    revision: str


class SetupFinding(Answer):
    """Something that is wrong with a setup; fatal: it cannot be saved so."""

    code: str
    facts: Facts
    fatal: bool


class AreaJudged(Answer):
    """An area on the floor (m, map frame)."""

    id: str
    action: AreaAction
    max_speed: float
    polygon: list[XY]


class SetupJudged(Answer):
    """What a setup means. residuals: m on the floor, a point each; left_out_rms: error between the points, null where
    there are too few. guards_day, guards_dim (m); seen_from: where points and lens put the camera.
    """

    savable: bool
    findings: list[SetupFinding]
    residuals: list[float]
    rms: float | None
    left_out_rms: float | None
    outline: list[XY]
    guards_day: float
    guards_dim: float
    areas: list[AreaJudged]
    seen_from: tuple[float, float, float] | None


class DryThing(Answer):
    """What stands on the floor now (m)."""

    kind: SeenKind
    x: float
    y: float


class DryEvent(Answer):
    """An event that would have been told. begin, end: s of the trial's clock; end null: it goes on."""

    event_id: str
    area: str
    event: str
    action: AreaAction
    max_speed: float
    reason: str
    count: int
    begin: float
    end: float | None


class DryRunShown(Answer):
    """What a setup did with the live pictures so far. running false: no setup is tried. blind: why it sees nothing."""

    running: bool
    pictures: int = 0
    seconds: float = 0.0
    blind: str = ""
    things: list[DryThing] = Field(default_factory=list)
    events: list[DryEvent] = Field(default_factory=list)
    began: float = 0.0
    now: float = 0.0


class SetupKept(Answer):
    """The version and revision of the camera's file from now on; 0: there is none. Running cameras take it at once."""

    version: int
    revision: str
