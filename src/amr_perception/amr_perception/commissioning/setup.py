"""The setup of a fixed camera as an engineer enters it: place, lens, floor points, areas; what is wrong with it.

Findings are codes with facts, not sentences: a page says them in its reader's language. Those of FATAL keep a setup
from being saved; the others are to be known.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

import numpy as np
import shapely
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from amr_core.errors import AmrError, Fact
from amr_core.geometry import FloatArray
from amr_core.site import Camera, CameraArea, Site
from amr_core.site.model import FASTEST_ZONE, SLOWEST_ZONE
from amr_perception.calibration.floor import LEAST_POINTS, FloorFit, calibrate_floor
from amr_perception.fixed.floor import Floor, Lens, lens_of, picture_size

FEWEST_POINTS: Final = 4
"""Points that give a floor; with fewer than LEAST_POINTS it says nothing of its own errors, and is not saved."""
MOST_OFF_M: Final = 1.5
"""How far the points and the lens may put the camera from the place that was entered."""
# chosen: less than a person's feet and the error of their place take; nobody would be found in it
LEAST_AREA_M2: Final = 0.2
FATAL: Final = frozenset(
    {
        "picture_size", "place_outside", "no_place", "lens_bad", "points_missing", "points_few", "points_bad",
        "points_outside", "points_off_site", "place_off", "area_twice", "area_crosses", "area_outside", "area_horizon",
        "area_small", "area_off_site",
    }
)  # fmt: skip
Pixel = tuple[float, float]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class MountPlace(_Model):
    """Where a camera hangs (m, map frame; height above the floor)."""

    x: float = Field(ge=-1e4, le=1e4)
    y: float = Field(ge=-1e4, le=1e4)
    height: float = Field(gt=0.2, le=50.0)


class LensFile(_Model):
    """What a file of `amr calibrate camera` says: 3 x 3 matrix, OpenCV's distortion, width and height (px)."""

    model_config = ConfigDict(frozen=True, extra="ignore", allow_inf_nan=False)
    matrix: list[list[float]] = Field(max_length=3)
    distortion: list[float] = Field(max_length=14)
    size: tuple[int, int]


class FloorPoint(_Model):
    """A point of the floor: its pixel (u, v) and its place (x, y; m, map frame)."""

    u: float = Field(ge=-1e4, le=1e4)
    v: float = Field(ge=-1e4, le=1e4)
    x: float = Field(ge=-1e4, le=1e4)
    y: float = Field(ge=-1e4, le=1e4)


class DrawnArea(_Model):
    """An area drawn on the picture (px): robots stop in it, or go at max_speed (m/s), while somebody is there."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,31}$")
    action: Literal["hold", "slow"] = "hold"
    max_speed: float = Field(default=0.5, ge=SLOWEST_ZONE, le=FASTEST_ZONE)
    polygon: list[Pixel] = Field(min_length=3, max_length=40)


class CameraSetup(_Model):
    """A whole setup. place None: the site's file has it. field_deg: width of the view where there is no lens file.

    size: of the picture (px) that the pixels belong to. revision: of the camera's file that it was made from (a save of
    it is refused when that is another by then), None = of any.
    """

    place: MountPlace | None = None
    lens: LensFile | None = None
    field_deg: float | None = Field(default=None, gt=5.0, lt=170.0)
    size: tuple[int, int]
    points: list[FloorPoint] = Field(default=[], max_length=60)
    areas: list[DrawnArea] = Field(default=[], max_length=20)
    revision: str | None = Field(default=None, max_length=16)

    @field_validator("size")
    @classmethod
    def _possible(cls, size: tuple[int, int]) -> tuple[int, int]:
        return picture_size(size)


@dataclass(frozen=True)
class SetupFinding:
    """What is wrong, with what it is about."""

    code: str
    facts: Mapping[str, Fact]

    @property
    def fatal(self) -> bool:
        """Whether the setup cannot be saved so."""
        return self.code in FATAL


@dataclass(frozen=True, eq=False)
class Judged:
    """A setup, looked at. floor None: there is none yet; camera None: no place, or no floor; areas in m, map frame."""

    setup: CameraSetup
    camera: Camera | None
    floor: Floor | None
    fit: FloorFit | None
    findings: tuple[SetupFinding, ...]
    seen_from: tuple[float, float, float] | None = None

    @property
    def savable(self) -> bool:
        """Whether nothing keeps it from being saved."""
        return self.fit is not None and self.camera is not None and not any(f.fatal for f in self.findings)


def parse_setup(text: str, camera: str) -> CameraSetup:
    """Return a setup from JSON, or raise camera.bad_setup with where it is wrong."""
    try:
        return CameraSetup.model_validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or "setup"
        raise AmrError("camera.bad_setup", camera=camera[:32], where=where[:64], reason=first["msg"][:100]) from error


def judge(setup: CameraSetup, camera_id: str, site: Site, picture: tuple[int, int] | None = None) -> Judged:
    """Return what a setup means for a camera of a site, which may be a new one, and what is wrong with it.

    picture: size (px) of what the camera sends, None = not known.
    """
    findings: list[SetupFinding] = []
    if picture is not None and picture != setup.size:
        sizes = {"width": setup.size[0], "height": setup.size[1], "now_width": picture[0], "now_height": picture[1]}
        findings.append(SetupFinding("picture_size", dict(sizes)))
    known = next((camera for camera in site.cameras if camera.id == camera_id), None)
    place = setup.place or (MountPlace(x=known.x, y=known.y, height=known.height) if known is not None else None)
    if place is None:
        findings.append(SetupFinding("no_place", {}))
    elif not (-1.0 <= place.x <= site.size[0] + 1.0 and -1.0 <= place.y <= site.size[1] + 1.0):
        findings.append(SetupFinding("place_outside", {"x": place.x, "y": place.y}))
    lens = _lens(setup, findings)
    fit = _fit(setup, lens, site, findings)
    if fit is None or place is None:
        return Judged(setup, None, None, fit, tuple(findings))
    floor = Floor(fit.to_picture, (place.x, place.y), setup.size, lens)
    matrix = _matrix(setup, lens)
    seen_from = hangs_at(fit.to_picture, matrix)
    if matrix is not None and seen_from is None:
        findings.append(SetupFinding("lens_bad", {}))
    if seen_from is not None and math.dist(seen_from, (place.x, place.y, place.height)) > MOST_OFF_M:
        x, y, z = (round(value, 1) for value in seen_from)
        findings.append(SetupFinding("place_off", {"x": x, "y": y, "z": z}))
    areas = _areas(setup, floor, site, findings)
    camera = Camera(
        id=camera_id, x=place.x, y=place.y, height=place.height, looks_at=_looks_at(floor, known), areas=areas
    )
    return Judged(setup, camera, floor, fit, tuple(findings), seen_from)


def file_of(judged: Judged, user: str, at: float) -> dict[str, Any]:
    """Return what the camera's file says, as `amr calibrate floor` writes it, with place, areas and who made it when.

    Raises camera.bad_setup, with the first thing that is wrong.
    """
    camera, floor, fit = judged.camera, judged.floor, judged.fit
    if not judged.savable or camera is None or floor is None or fit is None:
        first = next((f for f in judged.findings if f.fatal), SetupFinding("points_missing", {}))
        raise AmrError("camera.bad_setup", camera=camera.id if camera else "", where="setup", reason=first.code)
    facts: dict[str, Any] = {
        "size": list(judged.setup.size),
        "floor_to_picture": fit.to_picture.tolist(),
        "rms_m": round(fit.rms, 4),
        "left_out_rms_m": round(fit.left_out_rms, 4),
        "residuals_m": [round(float(r), 4) for r in fit.residuals],
        "points": [[p.u, p.v, p.x, p.y] for p in judged.setup.points],
        "place": {"x": camera.x, "y": camera.y, "height": camera.height, "looks_at": list(camera.looks_at)},
        "areas": [area.model_dump(mode="json") for area in camera.areas],
        "saved": {"by": user, "at": round(at, 1)},
    }
    if floor.lens is not None:
        facts["lens"] = {"matrix": floor.lens.matrix.tolist(), "distortion": floor.lens.distortion.tolist()}
    return facts


def hangs_at(to_picture: FloatArray, matrix: FloatArray | None) -> tuple[float, float, float] | None:
    """Return where (m, map frame) a camera with this matrix hangs that sees the floor so; None: nowhere, or no matrix.

    A floor seen by a camera is K [r1 r2 t]: its columns give the rotation, and with it the optical centre.
    """
    if matrix is None:
        return None
    columns = np.linalg.inv(matrix) @ to_picture
    scale = math.sqrt(float(np.linalg.norm(columns[:, 0]) * np.linalg.norm(columns[:, 1])))
    if not math.isfinite(scale) or scale < 1e-12:
        return None
    r1, r2, t = columns.T / scale
    rotation = np.column_stack((r1, r2, np.cross(r1, r2)))
    x, y, z = (-rotation.T @ t).tolist()
    # Below the floor where the points are mirrored.
    return (x, y, z) if all(map(math.isfinite, (x, y, z))) else None


def _lens(setup: CameraSetup, findings: list[SetupFinding]) -> Lens | None:
    if setup.lens is None:
        return None
    try:
        lens = lens_of(setup.lens.model_dump())
    except (KeyError, TypeError, ValueError):
        findings.append(SetupFinding("lens_bad", {}))
        return None
    if setup.lens.size != setup.size:
        width, height = setup.lens.size
        findings.append(SetupFinding("lens_bad", {"width": width, "height": height}))
        return None
    return lens


def _matrix(setup: CameraSetup, lens: Lens | None) -> FloatArray | None:
    if lens is not None:
        return lens.matrix
    if setup.field_deg is None:
        return None
    width, height = setup.size
    focal = width / 2.0 / math.tan(math.radians(setup.field_deg) / 2.0)
    return np.array([(focal, 0.0, (width - 1) / 2.0), (0.0, focal, (height - 1) / 2.0), (0.0, 0.0, 1.0)])


def _fit(setup: CameraSetup, lens: Lens | None, site: Site, findings: list[SetupFinding]) -> FloorFit | None:
    points, (width, height) = setup.points, setup.size
    if len(points) < FEWEST_POINTS:
        findings.append(SetupFinding("points_missing", {"count": len(points), "least": FEWEST_POINTS}))
        return None
    for k, p in enumerate(points):
        if not (0.0 <= p.u < width and 0.0 <= p.v < height):
            findings.append(SetupFinding("points_outside", {"point": k + 1}))
        if not (-1.0 <= p.x <= site.size[0] + 1.0 and -1.0 <= p.y <= site.size[1] + 1.0):
            findings.append(SetupFinding("points_off_site", {"point": k + 1}))
    pixels: FloatArray = np.array([(p.u, p.v) for p in points])
    straight = lens.straight(pixels) if lens is not None else pixels
    try:
        fit = calibrate_floor(
            [(float(u), float(v)) for u, v in straight], [(p.x, p.y) for p in points], least=FEWEST_POINTS
        )
    except AmrError as error:
        findings.append(SetupFinding("points_bad", dict(error.facts)))
        return None
    if len(points) < LEAST_POINTS:
        findings.append(SetupFinding("points_few", {"count": len(points), "least": LEAST_POINTS}))
    return fit


def _looks_at(floor: Floor, known: Camera | None) -> tuple[float, float]:
    """Return the floor in the middle of the picture, or low in it where its middle shows none."""
    width, height = floor.size
    for share in (0.5, 0.75, 0.98):
        place = floor.place((width - 1) / 2.0, (height - 1) * share)
        if place is not None:
            return (round(place[0], 2), round(place[1], 2))
    return known.looks_at if known is not None else floor.eye


def _areas(setup: CameraSetup, floor: Floor, site: Site, findings: list[SetupFinding]) -> tuple[CameraArea, ...]:
    found, names = [], {zone.id for zone in site.zones} | {place.id for place in site.places}
    for drawn in setup.areas:
        wrong = next(_wrong_with(drawn, floor, site, names), None)
        names.add(drawn.id)
        if wrong is not None:
            findings.append(wrong)
            continue
        polygon = tuple(_rounded(floor.place(u, v)) for u, v in drawn.polygon)
        speed = drawn.max_speed if drawn.action == "slow" else 0.0
        found.append(CameraArea(id=drawn.id, action=drawn.action, max_speed=speed, polygon=polygon))
    return tuple(found)


def _wrong_with(drawn: DrawnArea, floor: Floor, site: Site, names: set[str]) -> Iterator[SetupFinding]:
    """Yield what is wrong with an area, what would make the rest meaningless first."""
    about: dict[str, Fact] = {"area": drawn.id}
    if drawn.id in names:
        yield SetupFinding("area_twice", about)
    width, height = floor.size
    if any(not (0.0 <= u < width and 0.0 <= v < height) for u, v in drawn.polygon):
        yield SetupFinding("area_outside", about)
    if not shapely.Polygon(drawn.polygon).is_valid:
        yield SetupFinding("area_crosses", about)
    corners = [floor.place(u, v) for u, v in drawn.polygon]
    for k, corner in enumerate(corners):
        if corner is None:
            yield SetupFinding("area_horizon", {**about, "corner": k + 1})
            return
    shape = shapely.Polygon([corner for corner in corners if corner is not None])
    if not shape.is_valid:
        yield SetupFinding("area_crosses", about)
    if shape.area < LEAST_AREA_M2:
        yield SetupFinding("area_small", about)
    if not shapely.box(0.0, 0.0, site.size[0], site.size[1]).intersects(shape):
        yield SetupFinding("area_off_site", about)


def _rounded(place: tuple[float, float] | None) -> tuple[float, float]:
    assert place is not None  # _wrong_with looked
    return (round(place[0], 2), round(place[1], 2))
