"""Who may log in, who is logged in, and the audit trail. Times in Unix seconds."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from amr_fleet.api.models.base import Answer, Name, RequestBody
from amr_fleet.api.models.words import Role, SessionKind

Password = Annotated[str, StringConstraints(min_length=1, max_length=256)]


Code = Annotated[str, StringConstraints(max_length=40)]


class LoginBody(RequestBody):
    """Body of POST /login. code: of the authenticator app, or a recovery code; "" without a second step."""

    user: Name
    password: Password
    code: Code = ""


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


class CodeBody(RequestBody):
    """Body of POST /me/second-factor: what the app shows."""

    code: Code


class PasswordBody(RequestBody):
    """Body of what needs the password again."""

    password: Password


class SureBody(RequestBody):
    """Body of what needs password and code again."""

    password: Password
    code: Code = ""


class NeedBody(RequestBody):
    """Body of PUT /second-factor/roles."""

    roles: Annotated[list[Role], Field(max_length=10)]


class SetPinBody(RequestBody):
    """Body of POST /users/{name}/pin; "" takes it away."""

    pin: Annotated[str, StringConstraints(max_length=16)]


class Me(Answer):
    """Who is logged in. must_change: nothing else is allowed before the given password is changed.

    second_factor: a log-in asks for a code; must_enrol: nothing else is allowed before it does.
    """

    user: str
    role: Role
    must_change: bool
    second_factor: bool
    must_enrol: bool


class LoggedOut(Answer):
    """Answer of POST /logout. url: where the browser goes to log out at the provider, too, "" = nowhere."""

    ok: Literal[True] = True
    url: str


class Device(Answer):
    """What this enrolled tablet is called, null when it is none; who has a PIN."""

    device: str | None
    names: list[str]


class Account(Answer):
    """A user. pin: whether there is one; must_change: the password was handed over by somebody else.

    second_factor: a log-in asks for a code.
    """

    name: str
    role: Role
    pin: Annotated[bool, Field(validation_alias="pin_hash"), BeforeValidator(bool)]
    must_change: bool
    second_factor: Annotated[bool, Field(validation_alias="totp"), BeforeValidator(bool)]


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


class SecondFactor(Answer):
    """One's own second step. on: a log-in asks for a code; needed: the role needs it; codes_left: recovery codes."""

    on: bool
    needed: bool
    codes_left: int


class SecondFactorBegun(Answer):
    """What the authenticator app is told: the secret, the same as URI and as QR code, row by row (1 = dark)."""

    secret: str
    uri: str
    qr: list[str]


class RecoveryCodes(Answer):
    """Codes that are good once each, for who has no app at hand; they are told only once."""

    codes: list[str]


class RolesInNeed(Answer):
    """The roles that need a second step."""

    roles: list[Role]


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
