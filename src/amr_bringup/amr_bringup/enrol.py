"""A robot's side of enrolment: makes its key, asks the server with a one-time code, writes what it gets.

Files in one folder (docs/site-network.md): robot.key, robot.crt, ca.crt, site/, robot.env. The key never leaves it.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import datetime
import http.client
import json
import secrets
import ssl
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from amr_core.errors import ERRORS, AmrError
from amr_core.identity.authority import (
    RENEW,
    common_name,
    issued_by,
    key_pem,
    new_key,
    request_for,
    vouched,
)
from amr_core.identity.codes import proof, read_code, same
from amr_core.identity.site_words import site_answer, site_question
from amr_core.identity.tls import trust_too, trusting
from amr_core.site import archive, load_site
from amr_core.whole_files import write_private, write_whole

KEY, CERTIFICATE, CA, SITE, ENVIRONMENT = "robot.key", "robot.crt", "ca.crt", "site", "robot.env"
_FILES: Final = (KEY, CA, CERTIFICATE, ENVIRONMENT)
# chosen: the answer holds the site's files; a weak radio link may stall, a person or a timer waits
_PATIENCE_S: Final = 30.0
_LONGEST: Final = 80_000_000


@dataclass(frozen=True)
class Newcomer:
    """What a computer has become. name: of the robot; site_version: of the files in site/."""

    name: str
    broker: str
    site: str
    site_version: str


def enrol(server: str, code: str, folder: Path) -> Newcomer:
    """Become a robot of a site: server is the dashboard's address (https://...). Nothing stays written when it fails.

    A folder that cannot be written is found before the server is asked, which uses the code up.
    Raises enrol.code, enrol.server, run.bad_option, site.archive and what the server says.
    """
    number, secret = read_code(code)
    key, there = new_key(), True
    try:
        there = folder.exists()
        folder.mkdir(parents=True, exist_ok=True, mode=0o755)
        write_private(_fresh(folder, KEY), key_pem(key))
        newcomer = _become(server, number, secret, key, folder)
        for name in _FILES:
            _fresh(folder, name).replace(folder / name)
    except OSError as error:
        raise AmrError("run.bad_option", option="--folder", value=str(folder), reason=str(error)[:100]) from None
    finally:
        _tidy(folder, there=there)
    return newcomer


def _fresh(folder: Path, name: str) -> Path:
    """Return where a file is until all are whole."""
    return folder / f"{name}.new"


def _tidy(folder: Path, *, there: bool) -> None:
    with contextlib.suppress(OSError):
        for name in _FILES:
            _fresh(folder, name).unlink(missing_ok=True)
        if not there:
            folder.rmdir()  # fails when there is something in it, as there should be


def _become(server: str, number: str, secret: str, key: ec.EllipticCurvePrivateKey, folder: Path) -> Newcomer:
    """Ask the server; write the site files, and the others beside those that are there. Raises OSError, too."""
    request = request_for("robot", key)
    body = {"number": number, "request": request.decode(), "proof": proof(secret, "request", request)}
    answer = _ask(server, "enrol", body, folder)
    names = ("robot", "certificate", "authority", "broker", "site", "site_version")
    said = [_text(server, answer, name) for name in names]
    if not same(_text(server, answer, "proof"), proof(secret, "welcome", *(word.encode() for word in said))):
        raise AmrError("enrol.server", server=server, reason="it does not prove that it knows the code")
    newcomer = Newcomer(said[0], said[3], said[4], said[5])
    files = _bytes(server, answer, "site_files")
    write_whole(_fresh(folder, CA), said[2].encode())
    write_whole(_fresh(folder, CERTIFICATE), said[1].encode())
    write_whole(_fresh(folder, ENVIRONMENT), environment(newcomer, folder, server).encode())
    archive.unpack(files, folder / SITE, newcomer.site_version)
    return newcomer


def environment(newcomer: Newcomer, folder: Path, server: str) -> str:
    """Return the lines that the robot's service reads (systemd/amr-robot.service)."""
    folder = folder.absolute()
    values = {
        "AMR_ROBOT": newcomer.name, "AMR_SITE": folder / SITE, "AMR_BROKER": newcomer.broker, "AMR_CA": folder / CA,
        "AMR_CERTIFICATE": folder / CERTIFICATE, "AMR_KEY": folder / KEY,
        "AMR_SERVER": server.rstrip("/"),
    }  # fmt: skip
    return "".join(f"{name}={value}\n" for name, value in values.items())


def renew(server: str, folder: Path, *, now: datetime.datetime | None = None) -> datetime.datetime | None:
    """Get a new certificate when less than a third of the old one's life is left; return its end, None: not yet due.

    The key stays: so no moment is without a pair that fits.
    Raises enrol.certificate, enrol.server and what the server says.
    """
    old, key = _own(folder)
    now = now or datetime.datetime.now(datetime.UTC)
    whole = old.not_valid_after_utc - old.not_valid_before_utc
    if old.not_valid_after_utc - now > whole * RENEW:
        return None
    request = request_for("robot", key)
    body = {
        "certificate": (folder / CERTIFICATE).read_text(), "request": request.decode(),
        "signature": base64.b64encode(key.sign(request, ec.ECDSA(hashes.SHA256()))).decode(),
    }  # fmt: skip
    text = _text(server, _ask(server, "enrol/renew", body, folder), "certificate").encode()
    try:
        fresh = x509.load_pem_x509_certificate(text)
        ours = issued_by(fresh, x509.load_pem_x509_certificate((folder / CA).read_bytes()))
    except (OSError, ValueError, UnsupportedAlgorithm):
        ours = False
    if not ours:  # it does not take the place of one that works
        raise AmrError("enrol.server", server=server, reason="its certificate is not of our authority")
    if fresh.public_key() != key.public_key():
        raise AmrError("enrol.server", server=server, reason="its certificate is for another key")
    write_whole(folder / CERTIFICATE, text)
    return fresh.not_valid_after_utc


def update_site(server: str, folder: Path) -> str | None:
    """Take the server's site files when they are others than ours; return their version, None: we have them.

    They must be what the site's authority vouches for, whole, and a site with this robot in it; else the old ones stay.
    Raises enrol.certificate, enrol.server, site.archive, what `load_site` and what the server says.
    """
    certificate, key = _own(folder)
    question = secrets.token_hex(16)
    have = archive.version(folder / SITE) if (folder / SITE).is_dir() else ""
    body = {
        "certificate": (folder / CERTIFICATE).read_text(), "question": question, "has": have,
        "signature": base64.b64encode(key.sign(site_question(question), ec.ECDSA(hashes.SHA256()))).decode(),
    }  # fmt: skip
    answer = _ask(server, "enrol/site", body, folder)
    version = _text(server, answer, "site_version")
    if not _is_ours(_bytes(server, answer, "word"), site_answer(question, version), folder):
        raise AmrError("enrol.server", server=server[:64], reason="the site's authority does not vouch for its files")
    if version == have:
        return None

    def check(fresh: Path) -> None:
        robot = common_name(certificate)
        if robot not in {unit.name for unit in load_site(str(fresh)).fleet}:
            raise AmrError("site.archive", reason=f"it has no robot {robot}")

    try:
        archive.unpack(_bytes(server, answer, "site_files"), folder / SITE, version, check=check)
    except OSError as error:
        raise AmrError("run.bad_option", option="--folder", value=str(folder), reason=str(error)[:100]) from None
    return version


def _is_ours(signature: bytes, words: bytes, folder: Path) -> bool:
    try:
        return vouched(words, signature, x509.load_pem_x509_certificate((folder / CA).read_bytes()))
    except (OSError, ValueError):
        return False


def _bytes(server: str, answer: dict[str, Any], name: str) -> bytes:
    try:
        return base64.b64decode(_text(server, answer, name), validate=True)
    except (binascii.Error, ValueError):
        raise AmrError("site.archive", reason=f"{name} is no base64") from None


def _own(folder: Path) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    try:
        certificate = x509.load_pem_x509_certificate((folder / CERTIFICATE).read_bytes())
        key = serialization.load_pem_private_key((folder / KEY).read_bytes(), None)
    except (OSError, ValueError, TypeError) as error:
        raise AmrError("enrol.certificate", reason=f"{folder} has none ({type(error).__name__})") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise AmrError("enrol.certificate", reason="its key is not one of ours")
    return certificate, key


def _trust(folder: Path) -> ssl.SSLContext:
    """Return whom we trust: the authorities of the system and, where it lies in the folder, that of the site."""
    context = trusting()
    with contextlib.suppress(FileNotFoundError):
        trust_too(context, str(folder / CA))
    return context


def _ask(server: str, path: str, body: dict[str, Any], folder: Path) -> dict[str, Any]:
    """Return what the server answers; what it refuses is raised under its own code."""
    url = f"{server.rstrip('/')}/api/v1/{path}"
    if not url.startswith(("https://", "http://")):
        raise AmrError("enrol.server", server=server[:64], reason="give https://NAME")
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=_PATIENCE_S, context=_trust(folder)) as answer:
            found = json.loads(answer.read(_LONGEST))
    except urllib.error.HTTPError as error:
        raise _refusal(server, error) from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise AmrError("enrol.server", server=server[:64], reason=str(error)[:100]) from None
    if not isinstance(found, dict):
        raise AmrError("enrol.server", server=server[:64], reason="its answer cannot be read")
    return found


def _refusal(server: str, error: urllib.error.HTTPError) -> AmrError:
    try:
        said = json.loads(error.read(10_000))
        code, facts = str(said["code"]), dict(said["facts"])
        if code in ERRORS:
            return AmrError(code, **facts)
    except (OSError, ValueError, TypeError, KeyError):
        pass
    return AmrError("enrol.server", server=server[:64], reason=f"it answers {error.code}")


def _text(server: str, answer: dict[str, Any], name: str) -> str:
    value = answer.get(name)
    if not isinstance(value, str):
        raise AmrError("enrol.server", server=server[:64], reason=f"its answer has no {name}")
    return value
