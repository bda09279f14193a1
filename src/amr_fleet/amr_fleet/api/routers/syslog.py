"""Syslog: how each log server does, and a test message."""

from __future__ import annotations

from fastapi import APIRouter

from amr_core.errors import AmrError
from amr_fleet.api.deps import Context, Engineer
from amr_fleet.api.models.syslog import SyslogReceivers, SyslogShown
from amr_fleet.api.models.system import Done
from amr_fleet.api.problems import problems
from amr_fleet.ops import SyslogDesk

router = APIRouter(prefix="/api/v1")


@router.get("/syslog", responses=problems("store.failed"))
def syslog(context: Context, _session: Engineer) -> SyslogReceivers:
    """Return how each log server does."""
    desk = _desk(context)
    shown = desk.standings() if desk is not None else []
    return SyslogReceivers(receivers=[SyslogShown.model_validate(one) for one in shown])


@router.post("/syslog/{receiver}/test", responses=problems("syslog.not_found", "syslog.failed", "request.too_many"))
def try_syslog(receiver: str, context: Context, session: Engineer) -> Done:
    """Send a log server a message that says that it is a test."""
    desk = _desk(context)
    if desk is None:
        raise AmrError("syslog.not_found", receiver=receiver[:64])
    context.escalation_tests.take(session.user)
    desk.test(receiver, session.user)
    return Done()


def _desk(context: Context) -> SyslogDesk | None:
    return context.ops.syslog if context.ops is not None else None
