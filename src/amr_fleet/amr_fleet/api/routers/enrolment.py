"""Robots' certificates: a one-time code for a new computer, what it gets for it, renewal, revocation."""

from __future__ import annotations

import base64

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_fleet import enrolment
from amr_fleet.api.context import ApiContext
from amr_fleet.api.deps import Admin, Context, Engineer
from amr_fleet.api.models.enrolment import (
    EnrolBody,
    Enrolled,
    EnrolmentCode,
    Enrolments,
    RenewBody,
    Renewed,
    SiteFiles,
    SiteFilesBody,
)
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.enrolment import CodeOffer, EnrolmentDesk, Welcome

router = APIRouter(prefix="/api/v1")


def _desk(context: ApiContext) -> EnrolmentDesk:
    if context.enrolment is None:
        raise AmrError("enrol.off")
    return context.enrolment


@router.get("/enrolments", responses=problems())
def enrolments(context: Context, _session: Engineer) -> Enrolments:
    """Say which certificate each robot has; nothing is listed where this server enrols no robots."""
    desk = context.enrolment
    rows = [] if desk is None else desk.rows()
    return Enrolments.model_validate({"on": desk is not None, "robots": rows})


@router.post(
    "/enrolments/{robot}", response_model=EnrolmentCode, status_code=201,
    responses=problems("enrol.off", "robot.not_found"),
)  # fmt: skip
def offer_code(robot: str, context: Context, _session: Admin) -> CodeOffer:
    """Make a code with which one computer becomes this robot, once, within a quarter of an hour."""
    return _desk(context).offer(robot)


@router.post("/enrolments/{robot}/revoke", responses=problems("enrol.off", "enrol.none", "robot.not_found"))
def revoke_robot(robot: str, context: Context, _session: Admin) -> Done:
    """Make a robot's certificates worthless, as when it is lost; the broker must read its list again."""
    _desk(context).revoke(robot)
    return Done()


@router.post(
    "/enrol", response_model=Enrolled,
    responses=problems(
        "enrol.off", "enrol.code", "enrol.request", "request.too_many", "site.archive", "site.restart", session=False
    ),
)  # fmt: skip
def enrol(body: EnrolBody, context: Context) -> Welcome:
    """Give a robot's computer that proves to know a code its certificate, its name and the files of the site."""
    return _desk(context).enrol(body.number, body.request.encode(), body.proof)


@router.post(
    "/enrol/renew",
    responses=problems("enrol.off", "enrol.certificate", "enrol.request", "request.too_many", session=False),
)
def renew_certificate(body: RenewBody, context: Context) -> Renewed:
    """Give a robot's computer a new certificate before its old one ends."""
    signature = base64.b64decode(body.signature)
    fresh = _desk(context).renew(body.certificate.encode(), body.request.encode(), signature)
    return Renewed(certificate=fresh.decode("ascii"))


@router.post(
    "/enrol/site", response_model=SiteFiles,
    responses=problems(
        "enrol.off", "enrol.certificate", "request.too_many", "site.archive", "site.restart", session=False
    ),
)  # fmt: skip
def give_site_files(body: SiteFilesBody, context: Context) -> enrolment.SiteFiles:
    """Give a robot's computer the site's files, nothing when it has them: for a robot that is told to update."""
    signature = base64.b64decode(body.signature)
    return _desk(context).site_files(body.certificate.encode(), body.question, signature, has=body.has)
