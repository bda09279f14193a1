"""The certificate of the key that signs evidence: says whose it is and until when it may sign. Made once, kept."""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.x509.oid import NameOID

from amr_core.errors import AmrError
from amr_fleet.store.notes import PrivateKey, PublicKey

FILE: Final = "evidence.crt"
DAYS: Final = 825


def load_or_make(folder: Path, key: PrivateKey, site: str, *, begin: float, now: float) -> bytes:
    """Return the PEM certificate beside the key; a new one is valid from begin to DAYS after now (Unix s)."""
    path = folder / FILE
    try:
        if not path.exists():
            part = path.with_name(f".{FILE}.{os.getpid()}")
            part.write_bytes(_make(key, site, begin, now))
            part.replace(path)
        pem = path.read_bytes()
        found = parse(pem)
    except OSError as error:
        raise AmrError("evidence.bad_key", reason=f"{path}: {error}") from error
    if found.public.line() != key.public.line():
        raise AmrError("evidence.bad_key", reason=f"{path} is not of the key beside it")
    return pem


def _make(key: PrivateKey, site: str, begin: float, now: float) -> bytes:
    name = x509.Name([
        x509.NameAttribute(NameOID.ORGANIZATION_NAME, site), x509.NameAttribute(NameOID.COMMON_NAME, key.public.name)
    ])  # fmt: skip
    first, last = (datetime.datetime.fromtimestamp(int(t), datetime.UTC) for t in (begin, now))
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public.raw)
        .serial_number(x509.random_serial_number())
        .not_valid_before(first)
        .not_valid_after(last + datetime.timedelta(days=DAYS))
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    )
    return key.certify(builder).public_bytes(serialization.Encoding.PEM)


class Certificate:
    """A certificate that was read: its key under the name that signs, and its validity in Unix seconds."""

    def __init__(self, found: x509.Certificate, key: Ed25519PublicKey) -> None:
        names = found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        self.public = PublicKey(str(names[0].value) if names else "", key)
        self.begin = found.not_valid_before_utc.timestamp()
        self.end = found.not_valid_after_utc.timestamp()
        found.verify_directly_issued_by(found)

    def expired(self, at: float) -> bool:
        """Return whether it was not valid at a time (Unix s)."""
        return not self.begin <= at <= self.end


def parse(pem: bytes) -> Certificate:
    """Read a PEM certificate; raise evidence.bad_key."""
    try:
        found = x509.load_pem_x509_certificate(pem)
        key = found.public_key()
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError("not an Ed25519 key")
        if found.public_bytes(serialization.Encoding.PEM) != pem:
            raise ValueError("another spelling")
        return Certificate(found, key)
    except Exception as error:  # the parser raises many kinds for bytes that were changed
        raise AmrError("evidence.bad_key", reason="it is no certificate of an Ed25519 key") from error
