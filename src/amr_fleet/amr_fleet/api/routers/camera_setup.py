"""Setting up fixed cameras, for engineers: look through one, try a setup on live pictures, keep it, take it back.

No picture is kept anywhere; a still is small, blurred, and without whom moves. Who looked, tried, saved and took
back is in the audit trail.
"""

from __future__ import annotations

from typing import Annotated, Final, TypeVar

from fastapi import APIRouter, Path, Query, Response
from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Context, Engineer
from amr_fleet.api.models.base import Answer
from amr_fleet.api.models.camera_setup import CameraLook, CameraSetupBody, DryRunShown, Revision, SetupJudged, SetupKept
from amr_fleet.api.problems import file, problems
from amr_fleet.camera_desk import CameraAnswer

router = APIRouter(prefix="/api/v1/camera-setup")
_OFF: Final = ("camera.setup_off", "message.invalid", "request.too_many")
_BAD: Final = (*_OFF, "camera.bad_setup")
CameraId = Annotated[str, Path(pattern=r"^[A-Za-z][A-Za-z0-9_]{0,31}$")]
ShownT = TypeVar("ShownT", bound=Answer)


@router.post("/{camera}/look", responses=problems(*_OFF))
async def look(camera: CameraId, context: Context, session: Engineer) -> CameraLook:
    """Begin to set a camera up: what is known of it, and whether pictures come. It looks for a minute."""
    return _shown(CameraLook, await _ask(context, camera, "look", "", session.user))


@router.get(
    "/{camera}/picture.jpg",
    response_class=Response,
    responses=file("image/jpeg", "A small blurred still.", "request.not_found", *_OFF),
)
async def still(camera: CameraId, context: Context, session: Engineer) -> Response:
    """Return a blurred still of what does not move, or raise request.not_found: some seconds of pictures are needed.

    Nobody sees one without a `look` in the last minute, which is in the audit trail.
    """
    answer = await _ask(context, camera, "still", "", session.user)
    if not answer.frame:
        raise AmrError("request.not_found", path=f"camera-setup/{camera}/picture.jpg")
    return Response(answer.frame, media_type="image/jpeg")


@router.post("/{camera}/try", responses=problems(*_BAD))
async def try_setup(camera: CameraId, body: CameraSetupBody, context: Context, session: Engineer) -> SetupJudged:
    """Say what a setup means and what is wrong with it, and begin to try it on live pictures; nothing is published."""
    return _shown(SetupJudged, await _ask(context, camera, "try", body.model_dump_json(), session.user))


@router.get("/{camera}/trial", responses=problems(*_OFF))
async def trial(camera: CameraId, context: Context, session: Engineer) -> DryRunShown:
    """Return what the setup that is tried would have held so far."""
    return _shown(DryRunShown, await _ask(context, camera, "trial", "", session.user))


@router.post("/{camera}/save", responses=problems(*_BAD, "camera.changed", "camera.not_written"))
async def save(camera: CameraId, body: CameraSetupBody, context: Context, session: Engineer) -> SetupKept:
    """Keep a setup as the camera's file; what was there before is kept, too. Running cameras take it at once."""
    return _shown(SetupKept, await _ask(context, camera, "save", body.model_dump_json(), session.user))


@router.post(
    "/{camera}/undo", responses=problems(*_OFF, "camera.changed", "camera.nothing_before", "camera.not_written")
)
async def undo(
    camera: CameraId, context: Context, session: Engineer, revision: Annotated[Revision, Query()] = ""
) -> SetupKept:
    """Put back what the camera's file said before it was last saved. Running cameras take it at once.

    revision: of the file whose save is taken back, as `look` says it; refused when that is another by now.
    """
    return _shown(SetupKept, await _ask(context, camera, "undo", revision, session.user))


async def _ask(context: ApiContext, camera: str, action: str, setup: str, user: str) -> CameraAnswer:
    desk = context.ops.camera_desk if context.ops is not None else None
    if desk is None:
        raise AmrError("camera.setup_off", camera=camera)
    context.setups.take(user)
    return await context.with_pictures(lambda: desk.ask(camera, action, setup, user))


def _shown(kind: type[ShownT], answer: CameraAnswer) -> ShownT:
    try:
        return kind.model_validate(answer.facts)
    except ValidationError as error:
        raise AmrError("message.invalid", topic="/cameras/set_up", reason=str(error.errors()[0]["msg"])) from error
