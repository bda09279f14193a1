"""Signed checkpoints of a log: C2SP tlog-checkpoint in C2SP signed-note form, Ed25519.

Text: origin, size, base64 root, one a line; then an empty line and one line a signature. What verifies it elsewhere:
Go's golang.org/x/mod/sumdb/note, or openssl over the text with the raw signature.
"""

from __future__ import annotations

import base64
import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from amr_core.errors import AmrError

_ED25519 = b"\x01"


@dataclass(frozen=True)
class Checkpoint:
    """A log as it was: its name, how many leaves (size), its root (32 bytes)."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """Return what is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class PublicKey:
    """Checks signatures made under one name."""

    def __init__(self, name: str, key: Ed25519PublicKey) -> None:
        self.name = name
        self.raw = key
        self._raw = key.public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)
        self.id = hashlib.sha256(f"{name}\n".encode() + _ED25519 + self._raw).digest()[:4]

    @classmethod
    def parse(cls, line: str) -> PublicKey:
        """Read name+id+key as `line` writes it; raise evidence.bad_key."""
        try:
            name, key_id, packed = line.strip().split("+", 2)
            raw = base64.b64decode(packed, validate=True)
            if raw[:1] != _ED25519:
                raise ValueError("not an Ed25519 key")
            key = cls(name, Ed25519PublicKey.from_public_bytes(raw[1:]))
            if key.id.hex() != key_id.lower():
                raise ValueError("its id does not belong to it")
        except ValueError as error:
            raise AmrError("evidence.bad_key", reason=str(error) or "not a public key") from error
        return key

    def line(self) -> str:
        """Return the key in one line, as Go's note package reads it."""
        return f"{self.name}+{self.id.hex()}+{base64.b64encode(_ED25519 + self._raw).decode()}"

    def pem(self) -> bytes:
        """Return the key as PEM, as openssl and cosign read it."""
        return self.raw.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)

    def verify(self, content: bytes, signature: bytes) -> bool:
        """Return whether a signature is this key's over content."""
        try:
            self.raw.verify(signature, content)
        except InvalidSignature:
            return False
        return True

    def open(self, note: str) -> Checkpoint:
        """Return the checkpoint in a note signed with this key, or raise evidence.bad_note."""
        try:
            text, _, signatures = note.partition("\n\n")
            origin, size, root = text.split("\n")
            found = Checkpoint(origin, int(size), base64.b64decode(root, validate=True))
            if found.size < 0 or len(found.root) != 32 or found.text() != text + "\n":
                raise ValueError("not a checkpoint")
            signed = [line.split(" ") for line in signatures.splitlines()]
            mine = [base64.b64decode(s[2], validate=True) for s in signed if len(s) == 3 and s[:2] == ["—", self.name]]
        except ValueError as error:
            raise AmrError("evidence.bad_note", reason="it is not a signed checkpoint") from error
        if not any(m[:4] == self.id and self.verify(found.text().encode(), m[4:]) for m in mine):
            raise AmrError("evidence.bad_note", reason=f"it has no valid signature of {self.name}")
        return found


class PrivateKey:
    """Signs under one name. The key is a PEM file (PKCS 8, mode 0600) outside the database."""

    def __init__(self, name: str, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public = PublicKey(name, key.public_key())

    @classmethod
    def load_or_make(cls, path: Path, name: str) -> PrivateKey:
        """Read the key in a file, or make both; raise evidence.bad_key when the file holds something else."""
        try:
            if not path.exists():
                write_key(path, Ed25519PrivateKey.generate())
            key = serialization.load_pem_private_key(path.read_bytes(), password=None)
        except (OSError, ValueError, TypeError) as error:
            raise AmrError("evidence.bad_key", reason=f"{path}: {error}") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise AmrError("evidence.bad_key", reason=f"{path} is not an Ed25519 key")
        return cls(name, key)

    def sign(self, content: bytes) -> bytes:
        """Return the 64 bytes of the signature."""
        return self._key.sign(content)

    def certify(self, builder: x509.CertificateBuilder) -> x509.Certificate:
        """Return a certificate signed with this key."""
        return builder.sign(self._key, None)

    def note(self, checkpoint: Checkpoint) -> str:
        """Return a checkpoint with its signature."""
        text = checkpoint.text()
        signature = base64.b64encode(self.public.id + self.sign(text.encode())).decode()
        return f"{text}\n— {self.public.name} {signature}\n"


def write_key(path: Path, key: Ed25519PrivateKey | EllipticCurvePrivateKey) -> None:
    """Write a new key: readable for its owner only from the first byte, and never over an older one."""
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(part, path)  # fails where another process was faster: its key is the key
    except FileExistsError:
        pass
    finally:
        part.unlink()
