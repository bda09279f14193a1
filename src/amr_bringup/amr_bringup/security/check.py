"""Whether a keystore is whole: signatures, times, modes, shapes, and that it says what the site's nodes need."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.x509.oid import NameOID

from amr_bringup.security.documents import misshapen
from amr_bringup.security.keystore import CA_CERT, CA_KEY, CA_NAMES, Keystore
from amr_bringup.security.policy import Grant
from amr_core.errors import AmrError
from amr_core.identity.authority import issued_by

SOON: Final = timedelta(days=30)
PLUGIN: Final = b"DDS:Auth:PKI-DH"
_OPENSSL_SECONDS: Final = 20.0  # chosen: it takes ms, on a machine that swaps seconds; a hang must not be for ever


def findings(store: Keystore, grants: Iterable[Grant], now: datetime | None = None) -> list[str]:
    """Return what is wrong, one sentence each; [] = nothing. grants: what should be there."""
    now = now or datetime.now(UTC)
    found = [*_authority(store, now), *_document(store, store.enclaves, "governance", "the keystore")]
    wanted = {grant.enclave: grant for grant in grants}
    there = store.listed()
    found += [f"{enclave}: there is no such enclave" for enclave in wanted if enclave not in there]
    found += [f"{enclave}: no node of this site uses it" for enclave in there if enclave not in wanted]
    for enclave in there:
        found += _enclave(store, enclave, now)
        if enclave in wanted and not store.same(wanted[enclave]):
            found.append(f"{enclave}: its permissions are not those of this site and version (amr security init again)")
    return found


def _authority(store: Keystore, now: datetime) -> Iterator[str]:
    try:
        certificate, key = store.authority()
    except AmrError as error:
        yield str(error.facts["reason"])
        return
    if certificate.public_key() != key.public_key():
        yield "the authority's key and certificate do not belong together"
    if certificate.not_valid_after_utc - now < SOON:
        yield f"the authority ends on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if (store.folder / CA_KEY).stat().st_mode & 0o077:
        yield f"{CA_KEY} can be read by others"


def _enclave(store: Keystore, enclave: str, now: datetime) -> Iterator[str]:
    folder, certificate = store.enclave(enclave), store.certificate(enclave)
    if certificate is None:
        yield f"{enclave}: cert.pem cannot be read"
        return
    try:
        ours = issued_by(certificate, store.authority()[0])
    except AmrError:
        ours = False
    if not ours:
        yield f"{enclave}: the certificate is not this authority's"
    names = [str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
    if names != [enclave]:
        yield f"{enclave}: the certificate is {', '.join(names) or 'nobody'}'s"
    left = certificate.not_valid_after_utc - now
    if left < SOON:
        yield f"{enclave}: the certificate ends on {certificate.not_valid_after_utc:%Y-%m-%d}"
    if certificate.not_valid_before_utc > now:
        yield f"{enclave}: the certificate begins on {certificate.not_valid_before_utc:%Y-%m-%d}"
    yield from _key(folder, enclave, certificate.public_key())
    authority = (store.folder / CA_CERT).read_bytes() if (store.folder / CA_CERT).is_file() else b""
    for alias in CA_NAMES:
        if _read(folder / f"{alias}.cert.pem") != authority:
            yield f"{enclave}: {alias}.cert.pem is not this authority's"
    if _read(folder / "governance.p7s") != _read(store.enclaves / "governance.p7s"):
        yield f"{enclave}: governance.p7s is not the keystore's"
    yield from _document(store, folder, "permissions", enclave)


def _key(folder: Path, enclave: str, public: object) -> Iterator[str]:
    path = folder / "key.pem"
    try:
        key = serialization.load_pem_private_key(path.read_bytes(), None)
    except (OSError, ValueError, TypeError):
        yield f"{enclave}: key.pem cannot be read"
        return
    if key.public_key() != public:
        yield f"{enclave}: key and certificate do not belong together"
    if path.stat().st_mode & 0o077:
        yield f"{enclave}: key.pem can be read by others"


def _document(store: Keystore, folder: Path, kind: str, who: str) -> Iterator[str]:
    text = _read(folder / f"{kind}.xml")
    if wrong := misshapen(kind, text):
        yield f"{who}: {kind}.xml: {wrong}"
    signed = signed_text(folder / f"{kind}.p7s", store.folder / CA_CERT)
    if signed is None:
        yield f"{who}: {kind}.p7s is not signed by this authority, or openssl is not here to look"
    elif signed.split() != text.split():
        yield f"{who}: {kind}.p7s says something else than {kind}.xml"


def signed_text(path: Path, authority: Path) -> bytes | None:
    """Return what an S/MIME file says, None unless openssl finds that the authority signed it."""
    if shutil.which("openssl") is None or not path.is_file():
        return None
    command = ["openssl", "smime", "-verify", "-text", "-in", str(path), "-CAfile", str(authority), "-purpose", "any"]
    done = subprocess.run(command, capture_output=True, check=False, timeout=_OPENSSL_SECONDS)
    return done.stdout if done.returncode == 0 else None


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


def has_plugins(prefixes: Sequence[Path] | None = None) -> bool | None:
    """Return whether Fast DDS here can use a keystore at all, None when no Fast DDS is found.

    prefixes: where its library may be; None = this Python's, and ROS's from apt.
    """
    if prefixes is None:
        prefixes = [Path(sys.prefix) / "lib", *sorted(Path("/opt/ros").glob("*/lib"))]
    libraries = [path for prefix in prefixes for name in ("libfastrtps", "libfastdds")
                 for path in sorted(prefix.glob(f"{name}.so*")) if path.is_file()]  # fmt: skip
    return PLUGIN in libraries[-1].read_bytes() if libraries else None
