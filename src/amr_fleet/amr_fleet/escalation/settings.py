"""Who is told of an alarm that nobody takes, how and after how long: a YAML file, read once. No file, nobody.

Passwords and keys are files of their own that only their owner can read; they are read for each try.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import datetime, time
from pathlib import Path
from typing import Annotated, Final, Literal

from pydantic import Field, JsonValue, field_validator, model_validator

from amr_core.errors import AmrError
from amr_core.settings_file import FrozenModel, check_names, read_model
from amr_fleet.vocabulary import AlarmCode
from amr_fleet.webhooks.endpoint import Endpoint, HttpEndpoint, Name
from amr_fleet.webhooks.settings import WebhookTarget

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
DAYS: Final[tuple[Weekday, ...]] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LARGEST_FILE: Final = 100_000
_LARGEST_SECRET: Final = 4096
_MAIL: Final = re.compile(r"[!-?A-~]{1,64}@[A-Za-z0-9.-]{1,255}")  # printable ASCII, one @
_HEADER: Final = re.compile(r"[A-Za-z0-9-]{1,64}")
_SERVICES: Final = ("fcm.googleapis.com", "push.services.mozilla.com", "notify.windows.com", "push.apple.com")
_PRINTED: Final = re.compile(r"[!-~]{1,320}")
_CLOCK: Final = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]")


class EmailChannel(Endpoint):
    """A mail server. security: starttls (587), tls from the first byte (465), none (with plain). user "": no log-in."""

    kind: Literal["email"]
    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9.:-]{1,253}$")]
    port: int = Field(default=587, ge=1, le=65535)
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: Annotated[str, Field(max_length=200)] = ""
    password_file: str = ""
    sender: Annotated[str, Field(max_length=320)]

    @model_validator(mode="after")
    def _it_fits(self) -> EmailChannel:
        if not _MAIL.fullmatch(self.sender):
            raise ValueError("sender must be an address like amr@port.example")
        if self.security == "none" and not self.plain:
            raise ValueError("security none needs plain: true")
        if (self.user == "") != (self.password_file == ""):
            raise ValueError("user and password_file come together")
        if self.security == "none" and self.user:
            raise ValueError("a password is not sent without TLS")
        return self


class HttpChannel(HttpEndpoint):
    """A gateway for SMS, Zalo or anything with HTTP. body: what is posted; {to}, {text}, {subject}, {id} are filled in.

    form: as a form instead of JSON. header_files: headers whose values are secret. expect: what an answer must contain
    to count as taken, for gateways that answer 200 to everything; "" = the status says it.
    """

    kind: Literal["http"]
    body: dict[str, JsonValue]
    form: bool = False
    header_files: dict[str, str] = Field(default_factory=dict)
    expect: Annotated[str, Field(max_length=200)] = ""

    @model_validator(mode="after")
    def _it_fits(self) -> HttpChannel:
        if self.form and not all(isinstance(value, str) for value in self.body.values()):
            raise ValueError("a form has texts only")
        if "{text}" not in str(self.body):
            raise ValueError("body must have {text} somewhere")
        for name in self.header_files:
            if not _HEADER.fullmatch(name):
                raise ValueError("header_files must have names of headers")
        return self


class WebhookChannel(WebhookTarget):
    """A program that is told, as in docs/webhooks.md."""

    kind: Literal["webhook"]


class PushChannel(Endpoint):
    """Browsers in which people switched it on; an address is the name of an account. It needs the internet.

    contact: where a push service writes to when something is wrong (RFC 8292). services: hosts that browsers may name,
    and all below them.
    """

    kind: Literal["push"]
    contact: Annotated[str, Field(max_length=320)]
    services: list[Annotated[str, Field(pattern=r"^[a-z0-9.-]{1,253}$")]] = Field(
        default_factory=lambda: list(_SERVICES), min_length=1, max_length=20
    )

    @model_validator(mode="after")
    def _it_fits(self) -> PushChannel:
        if not (self.contact.startswith("https://") or _MAIL.fullmatch(self.contact.removeprefix("mailto:"))):
            raise ValueError("contact must be an address like mailto:amr@port.example")
        return self

    @property
    def subject(self) -> str:
        """The contact as RFC 8292 has it."""
        return self.contact if self.contact.startswith(("https://", "mailto:")) else f"mailto:{self.contact}"


AnyChannel = EmailChannel | HttpChannel | PushChannel | WebhookChannel
Channel = Annotated[AnyChannel, Field(discriminator="kind")]


class Person(FrozenModel):
    """Somebody who is told. addresses: by channel: an e-mail address, a number, of push the name of an account."""

    name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,64}$")]
    addresses: dict[Name, Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f]{1,320}$")]]


class OnCallShift(FrozenModel):
    """Who is on call from begin to end by the site's clock (HH:MM; end <= begin: over midnight). days: of the begin."""

    begin: str
    end: str
    days: list[Weekday] = Field(default_factory=lambda: list(DAYS), min_length=1)
    people: Annotated[list[str], Field(min_length=1, max_length=20)]

    @field_validator("begin", "end", mode="before")
    @classmethod
    def _is_a_time(cls, given: object) -> object:
        # Without quotes YAML makes a number of 06:00.
        if not isinstance(given, str) or not _CLOCK.fullmatch(given):
            raise ValueError('must be a time in quotes, like "06:00"')
        return given

    def covers(self, at: datetime) -> bool:
        """Return whether it is on at a moment of the site's clock."""
        begin, end = time.fromisoformat(self.begin), time.fromisoformat(self.end)
        now, day = at.time(), at.weekday()
        if begin < end:
            return DAYS[day] in self.days and begin <= now < end
        return (DAYS[day] in self.days and now >= begin) or (DAYS[day - 1] in self.days and now < end)


class StepAfter(FrozenModel):
    """After so many minutes without anybody taking an alarm: these people, none named = who is on call, by channels."""

    after: float = Field(ge=0.0, le=1440.0)
    channels: Annotated[list[str], Field(min_length=1, max_length=10)]
    people: list[str] = Field(default_factory=list, max_length=20)


class EscalationSettings(FrozenModel):
    """All of it. alarms: codes that are told, none named = all. loopback: channels on this computer (tests)."""

    channels: Annotated[list[Channel], Field(min_length=1, max_length=10)]
    people: list[Person] = Field(default_factory=list, max_length=100)
    on_call: list[OnCallShift] = Field(default_factory=list, max_length=50)
    steps: Annotated[list[StepAfter], Field(min_length=1, max_length=10)]
    alarms: list[AlarmCode] = Field(default_factory=list)
    language: Literal["vi", "en"] = "vi"
    loopback: bool = False

    @model_validator(mode="after")
    def _names_are_known(self) -> EscalationSettings:
        check_names("channels", [channel.name for channel in self.channels])
        check_names("people", [person.name for person in self.people])
        for wrong in self._wrong():
            raise ValueError(wrong)
        return self

    def _wrong(self) -> Iterator[str]:
        channels = {channel.name: channel for channel in self.channels}
        people = {person.name: person for person in self.people}
        yield from self._wrong_addresses(channels)
        if sum(channel.kind == "push" for channel in self.channels) > 1:
            yield "there is one channel of kind push at most"
        for duty in self.on_call:
            for name in duty.people:
                if name not in people:
                    yield f"{name[:64]} is on call and none of people"
        for step in self.steps:
            yield from (
                f"a step names {name[:64]}, who is none of people" for name in step.people if name not in people
            )
            told = [people[name] for name in step.people if name in people] or self.people
            for name in step.channels:
                if name not in channels:
                    yield f"a step names {name[:32]}, which is no channel"
                elif channels[name].kind != "webhook" and not any(name in person.addresses for person in told):
                    yield f"nobody has an address for {name}"

    def _wrong_addresses(self, channels: Mapping[str, AnyChannel]) -> Iterator[str]:
        for person in self.people:
            for name, address in person.addresses.items():
                kind = channels[name].kind if name in channels else ""
                if not kind:
                    yield f"{person.name} has an address for {name}, which is no channel"
                elif kind == "email" and not _MAIL.fullmatch(address):
                    yield f"the address of {person.name} for {name} is no e-mail address"
                elif kind != "push" and not _PRINTED.fullmatch(address):
                    yield f"the address of {person.name} for {name} must be printable ASCII without spaces"

    def channel(self, name: str) -> AnyChannel | None:
        """Return a channel, None when there is none of that name."""
        return next((channel for channel in self.channels if channel.name == name), None)

    def push(self) -> PushChannel | None:
        """Return the channel to browsers, None when there is none."""
        return next((channel for channel in self.channels if isinstance(channel, PushChannel)), None)

    def address(self, person: str, channel: str) -> str:
        """Return a person's address for a channel, "" when there is no such person or none."""
        found = next((one for one in self.people if one.name == person), None)
        return "" if found is None else found.addresses.get(channel, "")

    def on_duty(self, at: datetime) -> list[Person]:
        """Return who is on call at a moment of the site's clock; everybody where nobody is: an alarm finds somebody."""
        names = {name for duty in self.on_call if duty.covers(at) for name in duty.people}
        return [person for person in self.people if person.name in names] or list(self.people)


def secret(path: str, channel: str) -> str:
    """Read a password or key. Raises parameter.invalid, which never shows it."""
    try:
        file = Path(path)
        if file.stat().st_mode & 0o077:
            raise ValueError(f"others can read {file.name}: chmod 600")
        if file.stat().st_size > _LARGEST_SECRET:
            raise ValueError(f"{file.name} is too long")
        text = file.read_text(encoding="utf-8").strip()
    except UnicodeDecodeError as error:
        raise AmrError("parameter.invalid", name=channel, node="fleet", reason="a secret is no text") from error
    except OSError as error:
        reason = f"{Path(path).name} cannot be read"
        raise AmrError("parameter.invalid", name=channel, node="fleet", reason=reason) from error
    except ValueError as error:
        raise AmrError("parameter.invalid", name=channel, node="fleet", reason=str(error)) from error
    if not text or any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        reason = f"{Path(path).name} must hold one line"
        raise AmrError("parameter.invalid", name=channel, node="fleet", reason=reason)
    return text


def load_escalation(path: str | Path) -> EscalationSettings:
    """Return the settings of a file. Raises parameter.invalid, or webhook.secret for a secret of a webhook."""
    settings = read_model(path, _LARGEST_FILE, "escalation", EscalationSettings)
    for channel in settings.channels:
        match channel:
            case EmailChannel(password_file=file) if file:
                secret(file, channel.name)
            case HttpChannel(header_files=files):
                for file in files.values():
                    secret(file, channel.name)
            case WebhookChannel():
                channel.secrets()
    return settings
