"""How a robot's computer becomes one of the site: codes for it, certificates that are signed, renewed, revoked.

Codes live in memory, for a quarter of an hour and one use; a restart forgets them. What was signed and what is revoked
is in enrolled.json beside the authority, and what is revoked in its list, too (docs/site-network.md).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Literal

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm

from amr_core.errors import AmrError
from amr_core.identity.authority import (
    DAYS,
    RENEW,
    REVOKED,
    SiteAuthority,
    common_name,
    pem,
    requested_key,
    vouched,
)
from amr_core.identity.codes import OneTimeCode, new_code, proof, same
from amr_core.identity.site_words import site_answer, site_question
from amr_core.site import archive, site_dir
from amr_core.whole_files import write_private, write_whole

# chosen: the way from the screen to the robot's bay; longer, a code on a slip of paper opens a name to who finds it
CODE_S: Final = 900.0
_TRIES: Final = 5
_BOOK: Final = "enrolled.json"

CertificateState = Literal["none", "valid", "ends", "ended", "revoked"]
_VALID: CertificateState = "valid"


@dataclass(frozen=True)
class Issued:
    """A certificate. serial: hexadecimal; since, until: s since 1970."""

    serial: str
    since: float
    until: float


@dataclass(frozen=True)
class CodeOffer:
    """A code for one robot. text: for a person; seconds: how long it can be used."""

    robot: str
    text: str
    seconds: float


@dataclass(frozen=True)
class IdentityRow:
    """What is known of a robot's identity. waiting: a code for it has not been used yet; until: s since 1970 or 0."""

    robot: str
    state: CertificateState
    until: float
    waiting: bool


@dataclass(frozen=True)
class Welcome:
    """What an enrolled robot gets; certificate, authority: PEM; site_files: .tar.gz; proof: see codes."""

    robot: str
    certificate: bytes
    authority: bytes
    broker: str
    site: str
    site_version: str
    site_files: bytes
    proof: str


@dataclass(frozen=True)
class SiteFiles:
    """What a robot gets that asks for the site's files. site_files: .tar.gz, empty: it has them; word: `site_answer`,
    signed by the authority."""

    site: str
    site_version: str
    site_files: bytes
    word: bytes


@dataclass
class _Waiting:
    code: OneTimeCode
    robot: str
    until: float
    tries: int = 0


class EnrolmentDesk:
    """folder: of the authority; robots: name -> serial number; site_folder: the files that a robot gets.

    Safe to call from several threads. clock: s since 1970; ticks: s that only go forward.
    """

    def __init__(
        self,
        folder: Path,
        robots: Mapping[str, str],
        *,
        site: str,
        site_folder: Path,
        broker: str,
        running: str = "",
        clock: Callable[[], float] = time.time,
        ticks: Callable[[], float] = time.monotonic,
    ) -> None:
        """Raises run.bad_option when the authority or the book cannot be read.

        running: version of the files that the fleet works with: no others are given away; "" = those of the folder.
        """
        self._folder, self._robots = folder, dict(robots)
        self._site, self._site_folder, self._broker = site, site_folder, broker
        self._running = running
        self._clock, self._ticks = clock, ticks
        self._authority = SiteAuthority.opened(folder)
        self._lock = threading.Lock()
        self._waiting: dict[str, _Waiting] = {}
        self._issued, self._revoked = self._read()

    def rows(self) -> list[IdentityRow]:
        """Return what is known of each robot."""
        with self._lock:
            now = self._ticks()
            waiting = {one.robot for one in self._waiting.values() if one.until > now}
            return [self._row(robot, robot in waiting) for robot in self._robots]

    def offer(self, robot: str) -> CodeOffer:
        """Return a new code for a robot; an older one for it is worthless from now on. Raises robot.not_found."""
        self._known(robot)
        with self._lock:
            self._waiting = {n: one for n, one in self._waiting.items() if one.robot != robot}
            code = new_code()
            while code.number in self._waiting:
                code = new_code()
            self._waiting[code.number] = _Waiting(code, robot, self._ticks() + CODE_S)
        return CodeOffer(robot, code.text, CODE_S)

    def enrol(self, number: str, request: bytes, word: str) -> Welcome:
        """Return certificate and site files for a request that comes with the proof of a code; the code is used up.

        Raises enrol.code, enrol.request, site.archive, site.restart.
        """
        with self._lock:
            waiting = self._waiting.get(number)
            if waiting is None or waiting.until <= self._ticks():
                self._waiting.pop(number, None)
                raise AmrError("enrol.code")
            if not same(word, proof(waiting.code.secret, "request", request)):
                waiting.tries += 1
                if waiting.tries >= _TRIES:
                    del self._waiting[number]
                raise AmrError("enrol.code")
            requested_key(request)  # what may fail comes before anything is revoked or used up for it
            packed = self._packed()
            self._revoke_all(waiting.robot)  # of one name there is one computer
            certificate = self._sign(request, waiting.robot)
            self._write()
            del self._waiting[number]
        return self._welcome(waiting.robot, certificate, waiting.code.secret, *packed)

    def renew(self, certificate: bytes, request: bytes, signature: bytes) -> bytes:
        """Return a new certificate (PEM) for whoever proves to have the key of one that is valid; that one stays valid.

        Its end alone ends it: were it revoked, an answer that is lost would shut the robot out.
        signature: ECDSA with SHA-256 over the request, by the old key. Raises enrol.certificate, enrol.request.
        """
        with self._lock:
            robot = self._asking(certificate, request, signature)
            fresh = self._sign(request, robot)
            self._write()
            return pem(fresh)

    def site_files(self, certificate: bytes, question: str, signature: bytes, *, has: str = "") -> SiteFiles:
        """Return the site's files for a robot, none when it has this version; question: never asked twice.

        signature: by the key of its certificate over `site_question`.
        Raises enrol.certificate, site.archive, site.restart.
        """
        with self._lock:
            self._asking(certificate, site_question(question), signature)
        known = bool(self._running) and has == self._running
        data, version = (b"", has) if known else self._packed()
        word = self._authority.vouch(site_answer(question, version))
        return SiteFiles(self._site, version, b"" if has == version else data, word)

    def revoke(self, robot: str) -> None:
        """Make all certificates of a robot and its code worthless; the broker must read its list again."""
        self._known(robot)
        with self._lock:
            left = {n: one for n, one in self._waiting.items() if one.robot != robot}
            if not self._revoke_all(robot) and len(left) == len(self._waiting):
                raise AmrError("enrol.none", robot=robot)
            self._waiting = left
            self._write()

    def _packed(self) -> tuple[bytes, str]:
        """Return archive and version of the site's files, those that the fleet works with."""
        data, version = archive.pack(self._site_folder)
        if self._running not in ("", version):
            raise AmrError("site.restart")
        return data, version

    def _known(self, robot: str) -> None:
        if robot not in self._robots:
            raise AmrError("robot.not_found", robot=robot)

    def _row(self, robot: str, waiting: bool) -> IdentityRow:
        certificates = self._certificates(robot)
        if not certificates:
            return IdentityRow(robot, "none", 0.0, waiting)
        newest = certificates[-1]
        left, state = newest.until - self._clock(), _VALID
        if newest.serial in self._revoked:
            state = "revoked"
        elif left <= 0.0:
            state = "ended"
        elif left < RENEW * (newest.until - newest.since):
            state = "ends"
        return IdentityRow(robot, state, newest.until, waiting)

    def _certificates(self, robot: str) -> list[Issued]:
        """Return all certificates of a robot, the newest last; the first may be of `amr mqtt files`."""
        issued = self._issued.get(robot, [])
        try:
            path = self._folder / f"robot-{self._robots[robot]}.crt"
            return [_issued(x509.load_pem_x509_certificate(path.read_bytes())), *issued]
        except (OSError, ValueError):
            return issued

    def _revoke_all(self, robot: str) -> bool:
        certificates = self._certificates(robot)
        for one in certificates:
            self._revoked.setdefault(one.serial, self._clock())
        return bool(certificates)

    def _sign(self, request: bytes, robot: str) -> x509.Certificate:
        certificate = self._authority.sign(request, self._robots[robot], days=DAYS)
        alive = [one for one in self._issued.get(robot, []) if one.until > self._clock()]
        self._issued[robot] = [*alive, _issued(certificate)]
        return certificate

    def _asking(self, certificate: bytes, words: bytes, signature: bytes) -> str:
        """Return the robot that has a certificate and signed these words with its key, or raise enrol.certificate."""
        robot, found = self._holder(certificate)
        if not vouched(words, signature, found):
            raise AmrError("enrol.certificate", reason="the request is not signed with its key")
        return robot

    def _holder(self, certificate: bytes) -> tuple[str, x509.Certificate]:
        """Return whose certificate this is, or raise enrol.certificate."""
        try:
            found = x509.load_pem_x509_certificate(certificate)
        except (ValueError, UnsupportedAlgorithm):
            raise AmrError("enrol.certificate", reason="it cannot be read") from None
        names = [name for name, serial in self._robots.items() if serial == common_name(found)]
        if not names or not self._authority.signed(found):
            raise AmrError("enrol.certificate", reason="it is of no robot of this site")
        one = _issued(found)
        if one.serial in self._revoked:
            raise AmrError("enrol.certificate", reason="it is revoked")
        if not one.since <= self._clock() <= one.until:
            raise AmrError("enrol.certificate", reason="it has ended: enrol the robot again")
        return names[0], found

    def _welcome(self, robot: str, certificate: x509.Certificate, secret: str, files: bytes, version: str) -> Welcome:
        parts = (robot, pem(certificate), self._authority.pem, self._broker, self._site)
        said = proof(secret, "welcome", *(p if isinstance(p, bytes) else p.encode() for p in (*parts, version)))
        return Welcome(*parts, site_version=version, site_files=files, proof=said)

    # The book ---------------------------------------------------------------------------------------------------------

    def _read(self) -> tuple[dict[str, list[Issued]], dict[str, float]]:
        """What the list of the broker has is revoked, whatever the book says: it may be older, or from a backup."""
        path = self._folder / REVOKED
        try:
            listed = _listed(path.read_bytes()) if path.exists() else {}
            path = self._folder / _BOOK
            if not path.exists():
                return {}, listed
            book: dict[str, Any] = json.loads(path.read_bytes())
            issued = {str(name): [Issued(**one) for one in all_] for name, all_ in book["issued"].items()}
            revoked = {f"{int(serial, 16):x}": float(at) for serial, at in book["revoked"].items()}
        except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            reason = f"it cannot be read ({type(error).__name__})"
            raise AmrError("run.bad_option", option="enrolment", value=str(path), reason=reason) from None
        return issued, listed | revoked

    def _write(self) -> None:
        """The list first: what is revoked stays so, whatever comes between."""
        numbers = {int(serial, 16): at for serial, at in self._revoked.items()}
        write_whole(self._folder / REVOKED, self._authority.revocations(numbers))
        book = {
            "issued": {name: [asdict(one) for one in all_] for name, all_ in self._issued.items()},
            "revoked": self._revoked,
        }
        write_private(self._folder / _BOOK, json.dumps(book, indent=1).encode())


def desk_of(folder: str, robots: Sequence[str], site: str, broker: str, running: str = "") -> EnrolmentDesk | None:
    """Return the desk of a server. folder: of its authority, "" = it enrols no robots; broker: HOST:PORT for robots.

    running: version of the files that the fleet works with. A robot's serial number is its name, as at the gateway.
    """
    if not folder:
        return None
    files = site_dir(site)
    return EnrolmentDesk(Path(folder), dict(zip(robots, robots, strict=True)), site=files.name, site_folder=files,
                         broker=broker, running=running)  # fmt: skip


def _listed(crl: bytes) -> dict[str, float]:
    """Return what a list (PEM) revokes: serial number -> when."""
    found = x509.load_pem_x509_crl(crl)
    return {f"{one.serial_number:x}": one.revocation_date_utc.timestamp() for one in found}


def _issued(certificate: x509.Certificate) -> Issued:
    since, until = certificate.not_valid_before_utc.timestamp(), certificate.not_valid_after_utc.timestamp()
    return Issued(f"{certificate.serial_number:x}", since, until)
