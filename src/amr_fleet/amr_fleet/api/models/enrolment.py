"""Certificates of robots and the codes that new ones enrol with. Times in Unix seconds."""

from __future__ import annotations

import base64
import binascii
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from amr_fleet.api.models.base import Answer, RequestBody
from amr_fleet.enrolment import CertificateState

Pem = Annotated[str, StringConstraints(min_length=1, max_length=10_000, pattern=r"^[\x20-\x7e\r\n]*$")]
Proof = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


def _base64(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("no base64") from error
    return text


def _text(value: Any) -> Any:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value


def _pem(value: Any) -> Any:
    return value.decode("ascii") if isinstance(value, bytes) else value


Base64 = Annotated[str, StringConstraints(max_length=1000, pattern=r"^[A-Za-z0-9+/=]*$"), AfterValidator(_base64)]


class EnrolBody(RequestBody):
    """Body of POST /enrol. number: the first four signs of the code; proof: that the sender knows the rest."""

    number: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{4}$")]
    request: Pem
    proof: Proof


class RenewBody(RequestBody):
    """Body of POST /enrol/renew. certificate: the one that ends; signature: over request, by its key, base64."""

    certificate: Pem
    request: Pem
    signature: Base64


class SiteFilesBody(RequestBody):
    """Body of POST /enrol/site. question: signs that were never used before; signature: by the key of certificate over
    "amr site question " and the question, base64; has: the version that the robot has, "" = none."""

    certificate: Pem
    question: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32,64}$")]
    signature: Base64
    has: Annotated[str, StringConstraints(pattern=r"^([0-9a-f]{64})?$")] = ""


class SiteFiles(Answer):
    """The site's files. site_files: .tar.gz, base64, "" = the robot has them; word: the authority's signature, base64,
    over "amr site answer ", the question, a space and site_version."""

    site: str
    site_version: str
    site_files: Annotated[str, BeforeValidator(_text)]
    word: Annotated[str, BeforeValidator(_text)]


class Enrolled(Answer):
    """What a new robot gets. certificate, authority: PEM; site_files: .tar.gz, base64; proof: we know the code, too."""

    robot: str
    certificate: Annotated[str, BeforeValidator(_pem)]
    authority: Annotated[str, BeforeValidator(_pem)]
    broker: str
    site: str
    site_version: str
    site_files: Annotated[str, BeforeValidator(_text)]
    proof: str


class Renewed(Answer):
    """A new certificate as PEM."""

    certificate: str


class EnrolmentCode(Answer):
    """A code, shown once, and for how many seconds it can be used."""

    robot: str
    text: str
    seconds: float


class Enrolment(Answer):
    """A robot's identity. ends: less than a third of its life is left; until: 0 = none; waiting: a code is not used."""

    robot: str
    state: CertificateState
    until: Annotated[float, Field(ge=0)]
    waiting: bool


class Enrolments(Answer):
    """All robots. on: this server enrols."""

    on: bool
    robots: list[Enrolment]
