"""An SROS 2 keystore: one authority, and for each enclave a certificate, a key, and signed documents.

The layout is that of ros2/sros2: public/, private/, enclaves/<path>/{cert.pem, key.pem, identity_ca.cert.pem,
permissions_ca.cert.pem, governance.p7s, permissions.p7s, permissions.xml}. Of it a computer needs public/ and its own
enclaves; private/ stays with the engineer.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import pkcs7
from cryptography.x509.oid import NameOID

from amr_bringup.security.documents import governance, permissions
from amr_bringup.security.policy import Grant
from amr_core.errors import AmrError
from amr_core.identity.authority import RENEW, SiteAuthority, key_pem, new_key, pem
from amr_core.whole_files import write_private, write_whole

CA_DAYS, DAYS = 3650, 365
_EARLY: Final = timedelta(hours=1)  # a robot's clock may be behind
CA_CERT, CA_KEY = Path("public/ca.cert.pem"), Path("private/ca.key.pem")
CA_NAMES: Final = ("identity_ca", "permissions_ca")


class Keystore:
    """A keystore in a folder. Every failure is AmrError("security.keystore")."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def enclaves(self) -> Path:
        """The folder of all enclaves."""
        return self.folder / "enclaves"

    def enclave(self, path: str) -> Path:
        """Return the folder of an enclave ("/amr_01/agent")."""
        return self.enclaves / path.strip("/")

    def listed(self) -> list[str]:
        """Return the enclaves that are there."""
        return sorted(f"/{file.parent.relative_to(self.enclaves)}" for file in self.enclaves.rglob("cert.pem"))

    def create(self, name: str, *, days: int = CA_DAYS, authority: Path | None = None) -> None:
        """Make the authority and sign the governance; the folder must be empty or not there.

        authority: folder of the site's own (amr mqtt files): the same vouches for MQTT and for this, and none is made.
        Raises run.bad_option when it cannot be read.
        """
        if authority is not None:
            SiteAuthority.opened(authority)
        if self.folder.exists() and any(self.folder.iterdir()):
            raise self._wrong("the folder is not empty")
        for part in ("public", "private", "enclaves"):
            (self.folder / part).mkdir(parents=True, mode=0o700 if part == "private" else 0o755)
        if authority is None:
            self._make_authority(name, days)
        else:
            write_private(self.folder / CA_KEY, (authority / "ca.key").read_bytes())
            write_whole(self.folder / CA_CERT, (authority / "ca.crt").read_bytes())
        for alias in CA_NAMES:
            write_whole(self.folder / "public" / f"{alias}.cert.pem", (self.folder / CA_CERT).read_bytes())
        write_whole(self.enclaves / "governance.xml", governance())
        write_whole(self.enclaves / "governance.p7s", self._signed(governance()))

    def _make_authority(self, name: str, days: int) -> None:
        key = new_key()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name[:64])])
        builder = _certificate(subject, subject, key.public_key(), days)
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs=True), critical=True)
        certificate = builder.sign(key, hashes.SHA256())
        write_private(self.folder / CA_KEY, key_pem(key))
        write_whole(self.folder / CA_CERT, pem(certificate))

    def add(self, grants: Iterable[Grant], *, days: int = DAYS) -> list[str]:
        """Give each grant an enclave of its own; one that is there keeps its key and certificate while it is valid.

        Returns the enclaves whose files have changed.
        """
        return [grant.enclave for grant in grants if self._add(grant, days)]

    def _add(self, grant: Grant, days: int) -> bool:
        folder, now = self.enclave(grant.enclave), datetime.now(UTC)
        certificate = self.certificate(grant.enclave)
        fresh = certificate is not None and certificate.not_valid_after_utc - now > timedelta(days=days) * RENEW
        if fresh and self.same(grant):
            return False
        folder.mkdir(parents=True, exist_ok=True)
        if not fresh:
            key = new_key()
            write_private(folder / "key.pem", key_pem(key))
            write_whole(folder / "cert.pem", self._certify(grant.enclave, key, days))
            certificate = self.certificate(grant.enclave)
        assert certificate is not None
        until = certificate.not_valid_after_utc
        text = permissions(grant, now - _EARLY, until)
        write_whole(folder / "permissions.xml", text)
        write_whole(folder / "permissions.p7s", self._signed(text))
        shutil.copyfile(self.enclaves / "governance.p7s", folder / "governance.p7s")
        for alias in CA_NAMES:
            shutil.copyfile(self.folder / CA_CERT, folder / f"{alias}.cert.pem")
        return True

    def same(self, grant: Grant) -> bool:
        """Return whether an enclave may do just what the grant says (its times apart)."""
        try:
            text = (self.enclave(grant.enclave) / "permissions.xml").read_bytes()
        except OSError:
            return False
        anyway = datetime(2000, 1, 1, tzinfo=UTC)
        return _without_times(text) == _without_times(permissions(grant, anyway, anyway))

    def certificate(self, enclave: str) -> x509.Certificate | None:
        """Return the certificate of an enclave, None when there is none that can be read."""
        try:
            return x509.load_pem_x509_certificate((self.enclave(enclave) / "cert.pem").read_bytes())
        except (OSError, ValueError):
            return None

    def authority(self) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
        """Return the authority's certificate and key."""
        try:
            certificate = x509.load_pem_x509_certificate((self.folder / CA_CERT).read_bytes())
            key = serialization.load_pem_private_key((self.folder / CA_KEY).read_bytes(), None)
        except (OSError, ValueError, TypeError) as error:
            raise self._wrong(f"its authority cannot be read ({error})") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise self._wrong("its authority's key is not of the kind that amr security makes")
        return certificate, key

    def _certify(self, enclave: str, key: ec.EllipticCurvePrivateKey, days: int) -> bytes:
        authority, signer = self.authority()
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, enclave)])
        builder = _certificate(subject, authority.subject, key.public_key(), days)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs=False), critical=True)
        return builder.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def _signed(self, text: bytes) -> bytes:
        """Return an S/MIME signature around a text, as DDS security reads it."""
        certificate, key = self.authority()
        options: Sequence[pkcs7.PKCS7Options] = (pkcs7.PKCS7Options.Text, pkcs7.PKCS7Options.DetachedSignature)
        builder = pkcs7.PKCS7SignatureBuilder().set_data(text).add_signer(certificate, key, hashes.SHA256())
        return builder.sign(serialization.Encoding.SMIME, list(options))

    def _wrong(self, reason: str) -> AmrError:
        return AmrError("security.keystore", folder=str(self.folder), reason=reason)


def _certificate(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, days: int
) -> x509.CertificateBuilder:
    now = datetime.now(UTC).replace(microsecond=0)
    builder = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - _EARLY).not_valid_after(now + timedelta(days=days))


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True, content_commitment=False, key_encipherment=False, data_encipherment=False,
        key_agreement=not signs, key_cert_sign=signs, crl_sign=signs, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _without_times(text: bytes) -> bytes:
    head, found, rest = text.partition(b"<validity>")
    return head + rest.partition(b"</validity>")[2] if found else text
