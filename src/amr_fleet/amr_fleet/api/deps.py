"""What every router declares: the context, and who is asking with at least which role."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends
from fastapi.requests import HTTPConnection

from amr_fleet.api import auth
from amr_fleet.api.context import ApiContext
from amr_fleet.api.once import derived


async def get_context(connection: HTTPConnection) -> ApiContext:
    """Return the one context of the application."""
    context: ApiContext = connection.app.state.context
    return context


Context = Annotated[ApiContext, Depends(get_context)]
Anybody = Annotated[auth.Session, Depends(auth.at_least("worker"))]
# A person at an account's own password: tokens and tablets change nothing of an account.
Owner = Annotated[auth.Session, Depends(auth.at_least("worker", kinds=("password",)))]
# Whoever works with loads; who only looks on says nothing of them.
Worker = Annotated[auth.Session, Depends(auth.at_least("worker", "viewer", "authority"))]
Viewer = Annotated[auth.Session, Depends(auth.at_least("viewer"))]
Decider = Annotated[auth.Session, Depends(auth.at_least("authority"))]
Operator = Annotated[auth.Session, Depends(auth.at_least("operator"))]
# A program's token is no person.
OperatorHere = Annotated[auth.Session, Depends(auth.at_least("operator", kinds=("password", "pin", "oidc")))]
Engineer = Annotated[auth.Session, Depends(auth.at_least("engineer"))]
Admin = Annotated[auth.Session, Depends(auth.at_least("admin"))]
OnceKey = Annotated[str, Depends(derived)]
