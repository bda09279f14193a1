"""What every router declares: the context, who is asking with at least which role, and the audit of a change."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Annotated, Any, TypeVar

from fastapi import Depends
from fastapi.requests import HTTPConnection

from amr_core.errors import AmrError
from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext, audit

T = TypeVar("T")


def get_context(connection: HTTPConnection) -> ApiContext:
    """Return the one context of the application."""
    context: ApiContext = connection.app.state.context
    return context


Context = Annotated[ApiContext, Depends(get_context)]
Viewer = Annotated[auth.Session, Depends(auth.at_least("viewer"))]
Operator = Annotated[auth.Session, Depends(auth.at_least("operator"))]
Engineer = Annotated[auth.Session, Depends(auth.at_least("engineer"))]
Admin = Annotated[auth.Session, Depends(auth.at_least("admin"))]


async def audited(answer: Awaitable[T], user: str, action: str, **what: Any) -> T:
    """Wait for an answer and log who asked for what and what came of it."""
    try:
        result = await answer
    except AmrError as error:
        audit(user, action, error.code, **what)
        raise
    audit(user, action, "ok", **what)
    return result
