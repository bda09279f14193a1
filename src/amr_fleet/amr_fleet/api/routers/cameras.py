"""Fixed cameras: what they see, how they are and were, and, only where their nodes may keep one, a blurred picture."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from amr_core.errors import AmrError
from amr_core.site import Camera as SiteCamera
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Operator, Viewer
from amr_fleet.api.models.cameras import Camera, CameraPast, Cameras, CameraState
from amr_fleet.api.problems import file, problems
from amr_fleet.camera_history import LONGEST_S

router = APIRouter(prefix="/api/v1")


@router.get("/cameras", responses=problems())
async def cameras(context: Context, _session: Viewer) -> Cameras:
    """Return all cameras of the site with what they see now."""
    snapshot = context.fleet.snapshot()
    shown = {frame.camera: frame for frame in snapshot.cameras}
    found = [Camera.of(camera, shown.get(camera.id), snapshot.t) for camera in context.site.cameras]
    return Cameras(cameras=found)


@router.get("/cameras/{camera_id}", responses=problems("request.not_found"))
async def camera_state(camera_id: str, context: Context, _session: Viewer) -> CameraState:
    """Return how one camera is now, and what it guards."""
    snapshot = context.fleet.snapshot()
    found = _camera(context, camera_id)
    shown = next((frame for frame in snapshot.cameras if frame.camera == found.id), None)
    return CameraState.in_full(context.site, found, shown, snapshot.t)


@router.get("/cameras/{camera_id}/history", responses=problems("request.not_found"))
async def camera_history(
    camera_id: str, context: Context, _session: Viewer, hours: Annotated[float, Query(gt=0.0, le=LONGEST_S / 3600)] = 24
) -> CameraPast:
    """Return how a camera was over the last hours, at most a week. A robot's own is called robot:camera."""
    snapshot = context.fleet.snapshot()
    robot, _, own = camera_id.partition(":")
    name = camera_id if own and any(one.name == robot for one in snapshot.robots) else _camera(context, camera_id).id
    end, ops = snapshot.t, context.ops
    begin = end - 3600.0 * hours
    spans = await context.read(lambda: ops.camera_history(name, begin, end)) if ops is not None else []
    return CameraPast.of(begin, end, spans)


@router.get(
    "/cameras/{camera_id}/frame.jpg",
    response_class=Response,
    responses=file("image/jpeg", "A small blurred picture.", "request.not_found"),
)
async def frame(camera_id: str, context: Context, _session: Operator) -> Response:
    """Return the newest blurred picture of a camera, or raise request.not_found: by default there is none."""
    for shown in context.fleet.snapshot().cameras:
        if shown.camera == camera_id and shown.frame:
            return Response(shown.frame, media_type="image/jpeg")
    raise AmrError("request.not_found", path=f"cameras/{camera_id[:64]}/frame.jpg")


def _camera(context: ApiContext, camera_id: str) -> SiteCamera:
    """Return a camera of the site, or raise request.not_found."""
    for camera in context.site.cameras:
        if camera.id == camera_id:
            return camera
    raise AmrError("request.not_found", path=f"cameras/{camera_id[:64]}")
