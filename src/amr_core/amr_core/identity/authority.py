"""The site's authority: makes and signs certificates of broker, fleet and robots, and says which are revoked.

Files in one folder, PEM: ca.crt, ca.key, NAME.crt, NAME.key, revoked.crl. A robot is who the common name says.
"""

from __future__ import annotations

import datetime
import ipaddress
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from amr_core.errors import AmrError
from amr_core.whole_files import write_private, write_whole

CA_DAYS, DAYS = 3650, 825
RENEW: Final = 1.0 / 3.0
"""When this part of a certificate's life is left it ends soon and is renewed."""
REVOKED: Final = "revoked.crl"
_NAME: Final = "AMR site authority"
_EARLY: Final = datetime.timedelta(hours=1)  # a robot's clock may be behind
_LONGEST_REQUEST: Final = 10_000


@dataclass(frozen=True)
class Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


class SiteAuthority:
    """Signs in the name of a site."""

    def __init__(self, signed: Signed) -> None:
        self._signed = signed

    @property
    def pem(self) -> bytes:
        """Its own certificate."""
        return pem(self._signed.certificate)

    @classmethod
    def opened(cls, folder: Path) -> SiteAuthority:
        """Return the authority of a folder, or raise run.bad_option."""
        try:
            certificate = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
            key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise AmrError("run.bad_option", option="ca.crt", value=str(folder), reason=str(error)[:100]) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AmrError("run.bad_option", option="ca.key", value=str(folder), reason="not a key of ours")
        return cls(Signed(certificate, key))

    @classmethod
    def made(cls, folder: Path) -> tuple[SiteAuthority, list[Path]]:
        """Return the authority of a folder and which files were written: it is made where there is none."""
        if (folder / "ca.crt").exists():
            return cls.opened(folder), []
        folder.mkdir(parents=True, exist_ok=True)
        key = new_key()
        builder = _builder(_NAME, key.public_key(), CA_DAYS).issuer_name(_name(_NAME))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        signed = Signed(builder.sign(key, hashes.SHA256()), key)
        return cls(signed), save(folder, "ca", signed)

    def issue(self, common: str, hosts: Collection[str] = (), *, server: bool = False) -> Signed:
        """Return a new key with its certificate; hosts: names and addresses of a server."""
        key = new_key()
        return Signed(self._certify(common, key.public_key(), hosts, server=server, days=DAYS), key)

    def sign(self, request: bytes, common: str, *, days: int = DAYS) -> x509.Certificate:
        """Return the certificate of a request (PEM) for the name that we know; the name that it says is not looked at.

        Raises enrol.request.
        """
        return self._certify(common, requested_key(request), (), server=False, days=days)

    def _certify(
        self, common: str, key: ec.EllipticCurvePublicKey, hosts: Collection[str], *, server: bool, days: int
    ) -> x509.Certificate:
        usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
        builder = _builder(common, key, days).issuer_name(self._signed.certificate.subject)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._signed.key.public_key())
        builder = builder.add_extension(signer, critical=False)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        if hosts:
            builder = builder.add_extension(x509.SubjectAlternativeName([_host(h) for h in hosts]), critical=False)
        return builder.sign(self._signed.key, hashes.SHA256())

    def signed(self, certificate: x509.Certificate) -> bool:
        """Return whether a certificate is of this authority."""
        return issued_by(certificate, self._signed.certificate)

    def vouch(self, words: bytes) -> bytes:
        """Return the authority's signature of what the server says to a robot, see `vouched`."""
        return self._signed.key.sign(words, ec.ECDSA(hashes.SHA256()))

    def revocations(self, serials: Mapping[int, float]) -> bytes:
        """Return the list (PEM) of revoked certificates: serial number -> when, s since 1970."""
        now = datetime.datetime.now(datetime.UTC)
        builder = x509.CertificateRevocationListBuilder().issuer_name(self._signed.certificate.subject)
        # The broker lets nobody in with a list that has ended: it is written anew with each revocation only.
        builder = builder.last_update(now - _EARLY).next_update(now + datetime.timedelta(days=CA_DAYS))
        for serial, at in sorted(serials.items()):
            when = datetime.datetime.fromtimestamp(at, datetime.UTC)
            one = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(when).build()
            builder = builder.add_revoked_certificate(one)
        return builder.sign(self._signed.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def new_key() -> ec.EllipticCurvePrivateKey:
    """Return a new key."""
    return ec.generate_private_key(ec.SECP256R1())


def request_for(common: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a request (PEM) for a certificate: the key itself never leaves its computer."""
    builder = x509.CertificateSigningRequestBuilder().subject_name(_name(common))
    return builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def requested_key(request: bytes) -> ec.EllipticCurvePublicKey:
    """Return the key of a request that proves that its sender has it, or raise enrol.request."""
    try:
        if len(request) > _LONGEST_REQUEST:
            raise ValueError("it is too long")
        asked = x509.load_pem_x509_csr(request)
        if not asked.is_signature_valid:
            raise ValueError("its signature is wrong")
        key = asked.public_key()
    except (ValueError, UnsupportedAlgorithm) as error:
        raise AmrError("enrol.request", reason=str(error)[:100]) from None
    if not isinstance(key, ec.EllipticCurvePublicKey) or key.curve.name != ec.SECP256R1.name:
        raise AmrError("enrol.request", reason="its key is not on the curve P-256")
    return key


def pem(certificate: x509.Certificate) -> bytes:
    """Return a certificate as PEM."""
    return certificate.public_bytes(serialization.Encoding.PEM)


def issued_by(certificate: x509.Certificate, signer: x509.Certificate) -> bool:
    """Return whether an authority has signed a certificate."""
    try:
        certificate.verify_directly_issued_by(signer)
    except Exception:  # whatever is wrong with it, it is not the authority's
        return False
    return True


def vouched(words: bytes, signature: bytes, certificate: x509.Certificate) -> bool:
    """Return whether whoever has the key of a certificate has signed these words."""
    key = certificate.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey):
        return False
    try:
        key.verify(signature, words, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


def common_name(certificate: x509.Certificate) -> str:
    """Return who a certificate is for."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""


def save(folder: Path, name: str, signed: Signed) -> list[Path]:
    """Write NAME.crt and NAME.key, each whole or not at all."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    write_private(key, key_pem(signed.key))
    write_whole(certificate, pem(signed.certificate))
    return [certificate, key]


def key_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """Return a key as PEM."""
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def _builder(common: str, key: ec.EllipticCurvePublicKey, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateBuilder().subject_name(_name(common)).public_key(key)
    builder = builder.serial_number(x509.random_serial_number())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key)
    builder = builder.not_valid_before(now - _EARLY).not_valid_after(now + datetime.timedelta(days=days))
    return builder.add_extension(identifier, critical=False)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
