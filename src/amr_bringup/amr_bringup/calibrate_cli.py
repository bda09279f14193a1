"""`amr calibrate camera`, `floor`, `robot` and `dry-run`."""

from __future__ import annotations

import csv
import json
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from amr_core.errors import AmrError

calibrate_app = typer.Typer(no_args_is_help=True, help="Calibrate cameras and robots; bad data is refused.")


@calibrate_app.command("camera")
def camera(
    pictures: Annotated[Path, typer.Argument(help="Folder with pictures of the board.")],
    output: Annotated[Path, typer.Option(help="JSON file for the result.")],
    columns: Annotated[int, typer.Option(help="Squares across.")] = 8,
    rows: Annotated[int, typer.Option(help="Squares down.")] = 6,
    square: Annotated[float, typer.Option(help="Side of a square (m).")] = 0.04,
) -> None:
    """Camera matrix and distortion from pictures of a ChArUco board (5x5 markers, three quarters of a square)."""
    import cv2

    from amr_perception.calibration.camera import calibrate_camera, charuco_board

    files = sorted(p for p in pictures.glob("*") if p.suffix.lower() in (".png", ".jpg", ".jpeg"))
    images = [image for p in files if (image := cv2.imread(str(p), cv2.IMREAD_GRAYSCALE)) is not None]
    found = calibrate_camera(images, charuco_board(columns, rows, square))
    facts = {
        "matrix": found.matrix.tolist(),
        "distortion": found.distortion.tolist(),
        "size": [images[0].shape[1], images[0].shape[0]],
        "rms_px": round(found.rms, 4),
        "coverage": round(found.coverage, 3),
        "pictures": found.pictures,
        "focal_sigma_px": round(found.focal_sigma, 3),
        "halves_focal_px": None if math.isnan(found.halves_focal) else round(found.halves_focal, 3),
    }
    output.write_text(json.dumps(facts, indent=2) + "\n")
    typer.echo(f"rms {found.rms:.3f} px over {found.pictures} pictures, {found.coverage:.0%} of the picture covered")


@calibrate_app.command("floor")
def floor(
    points: Annotated[Path, typer.Argument(help="CSV with the columns u, v (px), x, y (m, map frame).")],
    output: Annotated[Path, typer.Option(help="JSON file for the result: cameras/<id>.json in the site's folder.")],
    lens: Annotated[Path | None, typer.Option(help="JSON file of `amr calibrate camera` for this camera.")] = None,
    size: Annotated[str, typer.Option(help="Width and height of its pictures (px), if no --lens.")] = "640x480",
) -> None:
    """The floor in a fixed camera's picture from at least six surveyed points."""
    import numpy as np

    from amr_core.site.camera_files import keep_camera_file, read_camera_file
    from amr_perception.calibration.floor import calibrate_floor
    from amr_perception.fixed.floor import read_lens

    glass, picture = read_lens(lens) if lens is not None else (None, _size(size))
    try:
        with points.open(newline="") as file:
            table = [(float(r["u"]), float(r["v"]), float(r["x"]), float(r["y"])) for r in csv.DictReader(file)]
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise AmrError("calibration.bad", reason=f"{points}: {error!r}") from error
    pixels = [(u, v) for u, v, _, _ in table]
    if glass is not None and pixels:
        pixels = [(float(u), float(v)) for u, v in glass.straight(np.array(pixels))]
    found = calibrate_floor(pixels, [(x, y) for _, _, x, y in table])
    facts: dict[str, Any] = {
        "size": list(picture),
        "floor_to_picture": found.to_picture.tolist(),
        "rms_m": round(found.rms, 4),
        "left_out_rms_m": round(found.left_out_rms, 4),
        "residuals_m": [round(float(r), 4) for r in found.residuals],
    }
    if glass is not None:
        facts["lens"] = {"matrix": glass.matrix.tolist(), "distortion": glass.distortion.tolist()}
    before = read_camera_file(output) or {}
    kept: dict[str, Any] = {name: before[name] for name in ("place", "areas") if name in before}
    version = keep_camera_file(output, {**facts, **kept})
    typer.echo(f"version {version} of {output.name}; what was there before is in before/{output.stem}/")
    typer.echo(f"{len(table)} points, residual {found.rms:.3f} m rms, {found.left_out_rms:.3f} m between the points")


@calibrate_app.command("robot")
def robot(
    drive: Annotated[Path, typer.Argument(help="Recorded drive: JSON lines, see docs/perception.md.")],
    output: Annotated[Path, typer.Option(help="JSON file for the result.")],
    site: Annotated[str, typer.Option(help="Name of the site under maps/, or a folder with a site.yaml.")],
    kind: Annotated[str, typer.Option("--type", help="The robot's type.")] = "lift_amr",
) -> None:
    """Where lidars and camera of a robot are, from a drive of a minute with turns to both sides past walls and tags."""
    from amr_bringup.calibrate_robot import calibrate_robot
    from amr_core.gridmap import GridMap
    from amr_core.robots import robot_type
    from amr_core.site import load_site, site_dir
    from amr_navigation.costmap.static_map import distance_grid
    from amr_perception.markers.site_tags import site_tags

    grid = GridMap.load(site_dir(site) / "map.yaml")
    walls = distance_grid(grid.occupied, grid.resolution, *grid.origin)
    found = calibrate_robot(drive, robot_type(kind), walls, site_tags(load_site(site)))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(json.dumps({"type": kind, "sensors": found}, indent=2) + "\n")
    for name, facts in found.items():
        if "left_out" in facts:
            typer.echo(f"{name}: left out, {facts['left_out']}")
            continue
        x, y = facts["off_mm"]
        typer.echo(
            f"{name}: off by {x:+.1f}, {y:+.1f} mm and {facts['off_deg']:+.2f} degrees "
            f"(sigma {max(facts['sigma_mm']):.1f} mm, {facts['sigma_deg']:.2f} degrees; "
            f"residual {facts['residual_mm']:.0f} mm)"
        )


@calibrate_app.command("dry-run")
def dry_run(
    pictures: Annotated[Path, typer.Argument(help="Folder of recorded pictures (JPEG, PNG), looked at by name.")],
    site: Annotated[str, typer.Option(help="Name of the site under maps/, or a folder with a site.yaml.")],
    camera_id: Annotated[str, typer.Option("--camera", help="The camera's id.")],
    setup: Annotated[Path | None, typer.Option(help="Setup to try (docs/perception.md); without: its own.")] = None,
    rate: Annotated[float, typer.Option(help="Pictures a second that were recorded.", min=0.1, max=30.0)] = 5.0,
    nanodet: Annotated[bool, typer.Option(help="Find people by NanoDet instead of motion.")] = False,
) -> None:
    """What the setup of a fixed camera would have held on a folder of recorded pictures; nothing is published."""
    from amr_core.site import load_site
    from amr_perception.commissioning.recorded import replay, setup_of
    from amr_perception.people.boxes import Detector

    detector: Detector | None = None
    if nanodet:
        from amr_perception.people.nanodet import WEAK, NanoDet

        detector = NanoDet(WEAK)
    model = load_site(site)
    floor, areas = setup_of(model, site, camera_id, setup)
    found = replay(model, floor, areas, pictures, rate, detector)
    for name, reason in found.bad:
        typer.echo(f"{name}: cannot be used, {reason}")
    for event in reversed(found.facts["events"]):
        until = "still" if event["end"] is None else f"{event['end']:.1f} s"
        why = f" ({event['reason']})" if event["reason"] else ""
        does = f"slow to {event['max_speed']:g} m/s" if event["action"] == "slow" else event["action"]
        typer.echo(f"{event['begin']:.1f} s to {until}: {event['area']}: {event['event']}{why}, {does}")
    typer.echo(f"{found.facts['pictures']} pictures, {found.facts['seconds']} s, {len(found.bad)} of no use")


def _size(text: str) -> tuple[int, int]:
    from amr_perception.fixed.floor import picture_size

    try:
        return picture_size(text.split("x"))
    except ValueError as error:
        raise AmrError(
            "run.bad_option", option="--size", value=text, reason="give width x height in pixels, as 1280x720"
        ) from error
