"""The files of fixed cameras, cameras/<id>.json beside site.yaml: floor, lens, areas of their own, and new cameras.

One file is one camera: what `amr calibrate floor` and the dashboard's wizard write. Each write keeps what was there in
cameras/before/<id>/, so that it can be taken back.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from amr_core.changes import stamp
from amr_core.errors import AmrError
from amr_core.site.model import Camera, CameraArea, Site

FOLDER: Final = "cameras"
MOST_BYTES: Final = 256 * 1024
MOST_KEPT: Final = 20
_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,31}")
_PLACE: Final = ("x", "y", "height", "looks_at")


def camera_path(folder: Path, camera: str) -> Path:
    """Return the file of a camera of the site in folder, or raise camera.bad_setup for what can be no camera's id."""
    if not is_camera_id(camera):
        raise AmrError("camera.bad_setup", camera=camera[:32], where="camera", reason="id")
    return folder / FOLDER / f"{camera}.json"


def is_camera_id(text: str) -> bool:
    """Return whether a camera may be called so: it is part of topics and of a file's name."""
    return _ID.fullmatch(text) is not None


def read_camera_file(path: Path) -> dict[str, Any] | None:
    """Return what a camera's file says, None when there is none. Raises calibration.bad."""
    try:
        if not path.is_file():
            return None
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"larger than {MOST_BYTES} bytes")
        facts = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise AmrError("calibration.bad", reason=f"{path.name}: {error}") from error
    if not isinstance(facts, dict):
        raise AmrError("calibration.bad", reason=f"{path.name}: not an object")
    return facts


def revision_of(path: Path) -> str:
    """Return what tells a camera's file from any other state of it, "" = there is none. Raises camera.not_written."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.is_file() else ""
    except OSError as error:
        raise AmrError("camera.not_written", file=path.name, reason=str(error)[:100]) from error


def camera_stamps(folder: Path) -> tuple[tuple[str, tuple[int, ...]], ...]:
    """Return what tells that a camera's file of the site in folder was written: names, with what `stamp` says."""
    files = sorted((folder / FOLDER).glob("*.json"))
    return tuple((path.name, said) for path in files if (said := stamp(path)))  # one may go just now


def keep_camera_file(path: Path, facts: Mapping[str, Any]) -> int:
    """Write a camera's file at once or not at all, and keep what it said before. Return its version, from 1.

    Raises camera.not_written.
    """
    try:
        version = _last(path) + 1
        text = json.dumps({**facts, "version": version}, indent=2, allow_nan=False) + "\n"
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            _write(_before(path, version - 1), path.read_text(encoding="utf-8"))
            for old in _kept(path)[:-MOST_KEPT]:
                old.unlink()
        _write(path, text)
    except (OSError, ValueError) as error:
        raise AmrError("camera.not_written", file=path.name, reason=str(error)[:100]) from error
    return version


def take_back(path: Path) -> int:
    """Put back what a camera's file said before the last write; a new camera is gone. Return the version, 0 = none.

    Raises camera.nothing_before where nothing was written, and camera.not_written.
    """
    if not path.is_file():
        raise AmrError("camera.nothing_before", camera=path.stem)
    try:
        kept = _kept(path)
        if kept:
            os.replace(kept[-1], path)
            return _number(kept[-1])
        if _version(path) != 1:
            raise AmrError("camera.nothing_before", camera=path.stem)  # written by hand: not ours to remove
        path.unlink()
    except OSError as error:
        raise AmrError("camera.not_written", file=path.name, reason=str(error)[:100]) from error
    return 0


def can_take_back(path: Path) -> bool:
    """Return whether there is something to take back."""
    return path.is_file() and (bool(_kept(path)) or _version(path) == 1)


def with_camera_files(site: Site, folder: Path) -> Site:
    """Return a site with the cameras that only have a file, and of all the place and the areas that their files give.

    Where the file of a camera of site.yaml cannot be used, its last version that can be is taken: the camera's node
    says so, stays blind, and what it guarded is guarded on. Raises site.invalid for one of a camera that nothing else
    knows.
    """
    found, known = [], {camera.id for camera in site.cameras}
    for camera in site.cameras:
        found.append(_as_kept(camera, folder / FOLDER / f"{camera.id}.json"))
    for path in sorted((folder / FOLDER).glob("*.json")):
        if path.stem not in known and is_camera_id(path.stem):
            found.append(_new_camera(path))
    return site.model_copy(update={"cameras": found}) if found != site.cameras else site


def areas_of(facts: Mapping[str, Any]) -> tuple[CameraArea, ...]:
    """Return the areas of a camera's file. Raises ValueError (pydantic's)."""
    areas = facts.get("areas", [])
    if not isinstance(areas, (list, tuple)):
        raise ValueError("areas is no list")
    return tuple(CameraArea.model_validate(area) for area in areas)


def with_camera_file(camera: Camera, path: Path) -> Camera:
    """Return a camera with the place and the areas that a file gives it. Raises calibration.bad."""
    facts = read_camera_file(path)
    known = camera.model_dump()
    try:
        return camera if facts is None else _camera_of(camera.id, {"place": known, "areas": known["areas"], **facts})
    except (LookupError, TypeError, ValueError) as error:
        reason = " ".join(str(error).split())[:200]
        raise AmrError("calibration.bad", reason=f"{path.name}: place or areas: {reason}") from error


def _as_kept(camera: Camera, path: Path) -> Camera:
    """Return a camera of site.yaml by its file, or by the last version of it that can be used."""
    for found in (path, *reversed(_kept(path))) if path.is_file() else ():
        try:
            return with_camera_file(camera, found)
        except AmrError:
            continue
    return camera


def _new_camera(path: Path) -> Camera:
    where = f"{FOLDER}/{path.name}"
    try:
        return _camera_of(path.stem, read_camera_file(path) or {})
    except AmrError as error:
        raise AmrError("site.invalid", where=where, reason=str(error.facts.get("reason", error))) from error
    except ValidationError as error:
        raise AmrError("site.invalid", where=where, reason=error.errors()[0]["msg"]) from error
    except (LookupError, TypeError, ValueError) as error:
        raise AmrError("site.invalid", where=where, reason=f"not in site.yaml, and no place: {error!r}") from error


def _camera_of(camera: str, facts: Mapping[str, Any]) -> Camera:
    place = facts["place"]
    return Camera(id=camera, areas=areas_of(facts), **{name: place[name] for name in _PLACE})


def _before(path: Path, version: int) -> Path:
    return path.parent / "before" / path.stem / f"{version:06d}.json"


def _kept(path: Path) -> list[Path]:
    return sorted((path.parent / "before" / path.stem).glob("[0-9]*.json"))


def _number(path: Path) -> int:
    return int(path.stem) if path.stem.isdigit() else 0


def _last(path: Path) -> int:
    """Return the highest version of a camera's file so far; one that was written by hand counts as one."""
    kept = _kept(path)
    highest = _number(kept[-1]) if kept else 0
    return max(highest + 1, _version(path)) if path.is_file() else highest


def _version(path: Path) -> int:
    """Return the version that a file says it has, 0 = none."""
    try:
        version = json.loads(path.read_text(encoding="utf-8"))["version"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return 0
    return version if isinstance(version, int) and 0 < version < 10**6 else 0


def _write(path: Path, text: str) -> None:
    """Write a file that is whole on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f".{path.stem}-", dir=path.parent)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError:
        Path(name).unlink(missing_ok=True)
        raise
