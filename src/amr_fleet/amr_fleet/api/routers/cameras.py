"""Fixed cameras: what they see, and, only where their nodes may keep one, a small blurred picture."""

from __future__ import annotations

from fastapi import APIRouter, Response

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Operator, Viewer
from amr_fleet.api.models.cameras import Camera, Cameras
from amr_fleet.api.problems import file, problems

router = APIRouter(prefix="/api/v1")


@router.get("/cameras", responses=problems())
async def cameras(context: Context, _session: Viewer) -> Cameras:
    """Return all cameras of the site with what they see now."""
    snapshot = context.fleet.snapshot()
    shown = {frame.camera: frame for frame in snapshot.cameras}
    found = [Camera.of(camera, shown.get(camera.id), snapshot.t) for camera in context.site.cameras]
    return Cameras(cameras=found)


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
