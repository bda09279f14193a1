"""What was asked of a robot's computer. Times in fleet seconds."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field
from typing_extensions import TypeAliasType

from amr_fleet import robot_desk
from amr_fleet.api.models.base import Answer
from amr_fleet.api.models.words import ErrorCode

ErrandKind = TypeAliasType("ErrandKind", robot_desk.ErrandKind)
ErrandState = TypeAliasType("ErrandState", robot_desk.ErrandState)


class RobotErrand(Answer):
    """The last errand of its kind: at, asked for by user; code: why it failed; size: bytes that came, 0 = none yet."""

    kind: ErrandKind
    state: ErrandState
    at: float
    user: str
    code: ErrorCode | None
    size: Annotated[int, Field(ge=0)]

    @classmethod
    def of(cls, errand: robot_desk.Errand) -> RobotErrand:
        """Return it as the API says it."""
        return cls(
            kind=errand.kind, state=errand.state, at=errand.at, user=errand.user, code=errand.code or None,
            size=errand.size,
        )  # fmt: skip


class RobotErrands(Answer):
    """The last errand of each kind, newest first."""

    errands: list[RobotErrand]
