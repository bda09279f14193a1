"""Setting up fixed cameras, known and new ones, for an engineer: look through one, try a setup, keep it, take it back.

One node for the whole site; it looks at a camera's pictures only while somebody sets it up. No picture is kept.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from amr_core.errors import AmrError
from amr_core.site import CameraArea, load_site, site_dir
from amr_core.site.camera_files import (
    camera_path,
    can_take_back,
    keep_camera_file,
    read_camera_file,
    revision_of,
    take_back,
)
from amr_interfaces.srv import SetUpCamera
from amr_perception.commissioning.setup import Judged, file_of, judge, parse_setup
from amr_perception.commissioning.trial import DryRun, Still
from amr_perception.fixed.floor import Floor, read_floor
from amr_perception.lens.reasons import WHAT
from amr_perception.nodes.complaints import Complaints
from amr_perception.nodes.health import HealthReporter
from amr_perception.nodes.images import check_stamp, image_to_array
from amr_perception.nodes.picture_source import PictureSource
from amr_perception.nodes.view_publisher import NEEDED, NEEDED_DIM
from amr_ros.convert import from_stamp
from amr_ros.node import AmrNode
from amr_ros.params import load_params
from amr_ros.ticker import Ticker

RATE = 5.0  # Hz of looks at open sessions; chosen: a person at a browser waits for the answer
# chosen: a page asks each second or so; a person who left keeps one of four sessions and a camera open as long
FORGET_S = 60.0
MOST_SESSIONS = 4
LONGEST_SETUP = 60_000
_LONGEST_USER = 64
_SILENT_S = 2.0  # without a picture a camera counts as silent


class CameraSetupParams(BaseModel):
    """Parameters. site: name or path of the site whose cameras are set up."""

    model_config = ConfigDict(frozen=True)
    site: str


class SetupSession:
    """One camera that somebody is setting up."""

    def __init__(self, source: PictureSource, now: float) -> None:
        self.source, self.asked = source, now
        self.still = Still()
        self.run: DryRun | None = None
        self.setup = ""
        self.heard: float | None = None
        self.came = now  # when (s) its last picture came, or it was first asked for
        self.why = ""  # why its last picture cannot be used
        self.stamp = 0.0


class CameraSetupNode(AmrNode):
    """Serves /cameras/set_up."""

    def __init__(self, name: str = "camera_setup", *, ticker: Ticker, **node_kwargs: Any) -> None:
        super().__init__(name, ticker=ticker, **node_kwargs)
        self.params = load_params(self, CameraSetupParams)
        self._folder = site_dir(self.params.site)
        self.complaints = Complaints(self)
        self._health = HealthReporter(self, "camera setup", self.complaints)
        self.sessions: dict[str, SetupSession] = {}
        self._actions: Mapping[str, Callable[[Any, Any], dict[str, Any]]] = {
            "look": self._look, "still": self._still, "try": self._try, "trial": self._trial, "save": self._save,
            "undo": self._undo,
        }  # fmt: skip
        self.create_service(SetUpCamera, "/cameras/set_up", self._on_asked)
        self._handle = ticker.add(self.tick, 1.0 / RATE)

    def destroy_node(self) -> None:
        """Stop ticking and remove the node."""
        self.ticker.remove(self._handle)
        super().destroy_node()

    def tick(self, now: float) -> None:
        """Look at the newest picture of each camera that is being set up; forget those that nobody asks about."""
        for camera, session in list(self.sessions.items()):
            if abs(now - session.asked) > FORGET_S:
                session.source.close()
                del self.sessions[camera]
                continue
            image = session.source.take()
            if image is not None:
                session.came = now
                self._see(session, image, now)
            elif abs(now - session.came) > _SILENT_S:
                session.why = WHAT["no_pictures"]
        wrong = (f"{camera}: {session.why}" for camera, session in sorted(self.sessions.items()) if session.why)
        self._health.report(now, warning="; ".join(wrong))

    def _see(self, session: SetupSession, image: Any, now: float) -> None:
        try:
            session.stamp = check_stamp(from_stamp(image.header.stamp), now, session.stamp)
            picture = image_to_array(image, colour=True)
            session.still.take(picture, now)
        except AmrError as error:
            session.stamp = min(session.stamp, now)
            session.why = str(error.facts.get("reason", error))
            self.complaints.add(now, error)
            return
        session.heard, session.why = now, ""
        if session.run is not None:
            session.run.take(picture, now, session.stamp)

    # --- the service

    def _on_asked(self, request: Any, response: Any) -> Any:
        try:
            action = self._actions.get(request.action)
            if action is None or len(request.setup) > LONGEST_SETUP or len(request.user) > _LONGEST_USER:
                raise AmrError("request.invalid", where="camera", reason=request.action[:32])
            camera_path(self._folder, request.camera)
            response.result = json.dumps(action(request, response), allow_nan=False)
            response.accepted = True
        except AmrError as error:
            response.accepted, response.code, response.facts = False, error.code, error.facts_json
        return response

    def _session(self, camera: str) -> SetupSession:
        """Return the session of a camera, opened if need be; the one that was asked for longest ago makes room."""
        session = self.sessions.get(camera)
        if session is None:
            if len(self.sessions) >= MOST_SESSIONS:
                oldest = min(self.sessions, key=lambda name: self.sessions[name].asked)
                self.sessions.pop(oldest).source.close()
            source = PictureSource(self, f"/cameras/{camera}/image_raw")
            session = self.sessions[camera] = SetupSession(source, self.now)
        session.asked = self.now
        return session

    def _still(self, request: Any, response: Any) -> dict[str, Any]:
        """Answer with a picture only while a look, which is in the audit trail, is not over."""
        session = self.sessions.get(request.camera)
        if session is not None:
            session.asked = self.now
            boxes = session.run.sight.everything if session.run is not None else ()
            response.frame = session.still.jpeg(boxes)
        return {}

    def _look(self, request: Any, response: Any) -> dict[str, Any]:
        session = self._session(request.camera)
        self._still(request, response)
        age = None if session.heard is None else round(max(0.0, self.now - session.heard), 1)
        return {
            "size": session.still.size, "age": age, "still": bool(response.frame), **self._kept(request.camera)
        }  # fmt: skip

    def _kept(self, camera_id: str) -> dict[str, Any]:
        """Return what is known of a camera: where it hangs by the site, and what its file says."""
        path = camera_path(self._folder, camera_id)
        known = next((c for c in load_site(self.params.site).cameras if c.id == camera_id), None)
        place = None if known is None else {"x": known.x, "y": known.y, "height": known.height}
        kept: dict[str, Any] = {"place": place, "points": [], "areas": [], "version": 0, "saved_by": ""}
        kept |= {"can_undo": can_take_back(path), "revision": revision_of(path), "kept_size": None, "lens": None}
        own = known.areas if known is not None else ()
        kept["hidden"] = [area.id for area in own]
        try:
            facts = read_camera_file(path)
            if facts is None or known is None:
                return kept
            version = facts.get("version", 0)
            points = [[float(n) for n in point] for point in facts.get("points", [])]
            saved = str(dict(facts.get("saved", {})).get("by", ""))[:_LONGEST_USER]
            floor = read_floor(path, (known.x, known.y))
            areas = _in_picture(floor, own)
            kept |= {"areas": areas, "points": points, "saved_by": saved, "kept_size": floor.size}
            kept |= {"version": version if isinstance(version, int) else 0, "lens": _lens_file(floor)}
            kept["hidden"] = [area.id for area in own if all(area.id != shown["id"] for shown in areas)]
        except (AmrError, ValueError, TypeError):
            kept["version"] = -1  # there is a file, and it cannot be read
        return kept

    def _judged(self, request: Any) -> Judged:
        session = self.sessions.get(request.camera)
        setup = parse_setup(request.setup, request.camera)
        return judge(setup, request.camera, load_site(self.params.site), session.still.size if session else None)

    def _try(self, request: Any, _response: Any) -> dict[str, Any]:
        judged = self._judged(request)
        session = self._session(request.camera)
        if judged.floor is None or judged.camera is None:
            session.run, session.setup = None, ""
        elif session.run is None or session.setup != request.setup:
            site = load_site(self.params.site)
            session.run, session.setup = DryRun(site, judged.floor, judged.camera.areas), request.setup
        return judgement(judged)

    def _trial(self, request: Any, _response: Any) -> dict[str, Any]:
        session = self.sessions.get(request.camera)
        if session is None or session.run is None:
            return {"running": False}
        session.asked = self.now
        return {"running": True, **session.run.facts()}

    def _save(self, request: Any, _response: Any) -> dict[str, Any]:
        judged, path = self._judged(request), camera_path(self._folder, request.camera)
        _check_unchanged(path, judged.setup.revision)
        version = keep_camera_file(path, file_of(judged, request.user, self.now))
        return {"version": version, "revision": revision_of(path)}

    def _undo(self, request: Any, _response: Any) -> dict[str, Any]:
        path = camera_path(self._folder, request.camera)
        _check_unchanged(path, request.setup or None)
        return {"version": take_back(path), "revision": revision_of(path)}


def _check_unchanged(path: Path, revision: str | None) -> None:
    """Raise camera.changed when a file is no longer what somebody saw; None: they did not say what they saw."""
    if revision is not None and revision != revision_of(path):
        raise AmrError("camera.changed", camera=path.stem)


def _in_picture(floor: Floor, areas: Sequence[CameraArea]) -> list[dict[str, Any]]:
    """Return those areas whose corners are all ahead of the camera, as they lie in its picture (px)."""
    return [
        {"id": area.id, "action": area.action, "max_speed": area.max_speed or 0.5, "polygon": pixels}
        for area in areas
        if all(pixels := [floor.pixel(x, y) for x, y in area.polygon])
    ]


def _lens_file(floor: Floor) -> dict[str, Any] | None:
    """Return the lens of a camera's file as a file of `amr calibrate camera` says it."""
    lens = floor.lens
    if lens is None:
        return None
    return {"matrix": lens.matrix.tolist(), "distortion": lens.distortion.ravel().tolist(), "size": floor.size}


def judgement(judged: Judged) -> dict[str, Any]:
    """Return what came of a setup as plain values: lengths in m, map frame."""
    fit, floor, camera = judged.fit, judged.floor, judged.camera
    return {
        "savable": judged.savable,
        "findings": [{**asdict(finding), "fatal": finding.fatal} for finding in judged.findings],
        "residuals": [] if fit is None else [round(float(r), 3) for r in fit.residuals],
        "rms": None if fit is None else round(fit.rms, 3),
        "left_out_rms": None if fit is None or fit.left_out_rms != fit.left_out_rms else round(fit.left_out_rms, 3),
        "outline": [] if floor is None else list(floor.outline()),
        "guards_day": 0.0 if floor is None else floor.guards(NEEDED),
        "guards_dim": 0.0 if floor is None else floor.guards(NEEDED_DIM),
        "areas": [] if camera is None else [area.model_dump(mode="json") for area in camera.areas],
        "seen_from": None if judged.seen_from is None else [round(v, 2) for v in judged.seen_from],
    }
