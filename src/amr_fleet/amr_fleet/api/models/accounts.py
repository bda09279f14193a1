"""Who may log in, who is logged in, and the audit trail. Times in Unix seconds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from amr_fleet.api.models.base import Answer, Name, RequestBody
from amr_fleet.api.models.words import Role, SessionKind

Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]


class LoginBody(RequestBody):
    """Body of POST /login."""

    user: Name
    password: Password


class PinBody(RequestBody):
    """Body of POST /login/pin."""

    user: Name
    pin: Annotated[str, StringConstraints(min_length=1, max_length=16)]


class ChangePasswordBody(RequestBody):
    """Body of POST /me/password."""

    old: Password
    new: Password


class DeviceBody(RequestBody):
    """Body of POST /devices: what the tablet is called."""

    name: Name


class NewUserBody(RequestBody):
    """Body of POST /users."""

    name: Name
    role: Role


class RoleBody(RequestBody):
    """Body of POST /users/{name}/role."""

    role: Role


class SetPinBody(RequestBody):
    """Body of POST /users/{name}/pin; "" takes it away."""

    pin: Annotated[str, StringConstraints(max_length=16)]


class Me(Answer):
    """Who is logged in. must_change: nothing else is allowed before the given password is changed."""

    user: str
    role: Role
    must_change: bool


class Device(Answer):
    """What this enrolled tablet is called, null when it is none; who has a PIN."""

    device: str | None
    names: list[str]


class Account(Answer):
    """A user. pin: whether there is one; must_change: the password was handed over by somebody else."""

    name: str
    role: Role
    pin: Annotated[bool, Field(validation_alias="pin_hash"), BeforeValidator(bool)]
    must_change: bool


class Accounts(Answer):
    """All users."""

    users: list[Account]


class HandOver(Answer):
    """A password to hand over; it is told only once."""

    user: str
    password: str


class Token(Answer):
    """A token for `Authorization: Bearer`; it is told only once."""

    user: str
    token: str


class Session(Answer):
    """A session or an enrolled tablet. own: the one that asks."""

    id: str
    name: str
    kind: SessionKind
    client: str
    created: float
    seen: float
    expires: float
    own: bool


class Sessions(Answer):
    """Who is logged in, and the enrolled tablets."""

    sessions: list[Session]


class AuditRow(Answer):
    """Who did what. what: JSON, shortened; result: "ok" or an error code; role "": nobody was logged in."""

    id: int
    at: float
    name: str
    role: Role | Literal[""]
    client: str
    action: str
    what: str
    result: str


class Audit(Answer):
    """The audit trail, newest first."""

    audit: list[AuditRow]
