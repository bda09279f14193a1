"""The files of a site's broker: mosquitto's configuration, who may do what, and a certificate for each robot.

A robot is who its certificate says: the common name is the user name (its serial number), and the patterns of the
access list give it its own topics only. mosquitto answers "granted" to a subscription that it will not serve and drops
forbidden messages without a word, so the tests look at what is delivered.
"""

from __future__ import annotations

import datetime
import ipaddress
import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from amr_core.errors import AmrError
from amr_interop.vda.versions import ROOTS

FLEET: Final = "amr-fleet"
_ROBOT_WRITES: Final = ("state", "connection", "factsheet", "visualization")
_ROBOT_READS: Final = ("order", "instantActions", "zoneSet", "responses")
_CA_DAYS, _DAYS = 3650, 825
_SERIAL: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.:-")


@dataclass(frozen=True)
class _Signed:
    """A certificate with its key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey


def write_files(folder: Path, robots: Mapping[str, tuple[str, str]], hosts: Collection[str], port: int) -> list[Path]:
    """Write everything that is not there yet, the configuration and the access list anew; return what was written.

    robots: the fleet's name -> manufacturer and serial number; hosts: names and addresses of the broker. Certificates
    that are there stay: a robot that has one goes on with it. Raises run.bad_option.
    """
    check(robots)
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    authority, made = _authority(folder)
    written += made
    names = {"server": (next(iter(hosts)), hosts), FLEET: (FLEET, ())}
    names |= {f"robot-{serial}": (serial, ()) for _, serial in robots.values()}
    for name, (common, alternatives) in names.items():
        if not (folder / f"{name}.crt").exists():
            written += _save(folder, name, _issue(authority, common, alternatives, server=name == "server"))
    for name, text in (
        ("access.acl", access(robots)),
        ("mosquitto.conf", configuration(folder.absolute(), port)),
    ):
        (folder / name).write_text(text, encoding="utf-8")
        written.append(folder / name)
    return written


def check(robots: Mapping[str, tuple[str, str]]) -> None:
    """Raise run.bad_option for a serial number that cannot be a topic level and a user name, or that comes twice."""
    seen: set[str] = {FLEET}
    for name, (manufacturer, serial) in robots.items():
        wrong = not serial or not set(serial) <= _SERIAL or serial in seen or set(manufacturer) & set("/+#$ \n")
        if wrong or not manufacturer:
            reason = "a serial number has the characters A-Z a-z 0-9 _ . : - and belongs to one robot"
            raise AmrError("run.bad_option", option=name, value=f"{manufacturer}/{serial}"[:64], reason=reason)
        seen.add(serial)


def access(robots: Mapping[str, tuple[str, str]]) -> str:
    """Return the access list: nothing is allowed that is not here."""
    lines = ["# Written by `amr mqtt files`. %u is the common name of the client's certificate.", f"user {FLEET}"]
    for root in ROOTS:
        lines += [f"topic read {root}/+/+/{name}" for name in _ROBOT_WRITES]
        lines += [f"topic write {root}/+/+/{name}" for name in _ROBOT_READS]
    lines.append("topic read $SYS/broker/#")
    for manufacturer in sorted({manufacturer for manufacturer, _ in robots.values()}):
        for root in ROOTS:
            lines += ["", f"# {manufacturer}"] if root == ROOTS[0] else []
            lines += [f"pattern write {root}/{manufacturer}/%u/{name}" for name in _ROBOT_WRITES]
            lines += [f"pattern read {root}/{manufacturer}/%u/{name}" for name in _ROBOT_READS]
    return "\n".join(lines) + "\n"


def configuration(folder: Path, port: int) -> str:
    """Return mosquitto's configuration. Robots must come with a certificate; there is no listener without TLS."""
    return f"""# Written by `amr mqtt files`.
per_listener_settings false
allow_anonymous false
acl_file {folder}/access.acl

# Kept messages (connection, factsheet) survive a restart; sessions of robots do not.
persistence true
persistence_location {folder}/
autosave_interval 60
persistent_client_expiration 1h

max_packet_size 1000000
# Not 60: mosquitto 2.0.21 waits 60 s for a client's first word, and with that limit its table of time-outs throws some
# of them out at once.
max_keepalive 120
max_queued_messages 1000
log_type error
log_type warning
log_type notice

listener {port}
cafile {folder}/ca.crt
certfile {folder}/server.crt
keyfile {folder}/server.key
require_certificate true
use_identity_as_username true
tls_version tlsv1.2
"""


def _authority(folder: Path) -> tuple[_Signed, list[Path]]:
    if (folder / "ca.crt").exists():
        try:
            certificate = x509.load_pem_x509_certificate((folder / "ca.crt").read_bytes())
            key = serialization.load_pem_private_key((folder / "ca.key").read_bytes(), None)
        except (OSError, ValueError) as error:
            raise AmrError("run.bad_option", option="ca.crt", value=str(folder), reason=str(error)[:100]) from None
        if not isinstance(key, ec.EllipticCurvePrivateKey):
            raise AmrError("run.bad_option", option="ca.key", value=str(folder), reason="not a key of ours")
        return _Signed(certificate, key), []
    key = ec.generate_private_key(ec.SECP256R1())
    builder = _builder("AMR site authority", key, _CA_DAYS).issuer_name(_name("AMR site authority"))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    signed = _Signed(builder.sign(key, hashes.SHA256()), key)
    return signed, _save(folder, "ca", signed)


def _issue(authority: _Signed, common: str, hosts: Collection[str], *, server: bool) -> _Signed:
    key = ec.generate_private_key(ec.SECP256R1())
    usage = ExtendedKeyUsageOID.SERVER_AUTH if server else ExtendedKeyUsageOID.CLIENT_AUTH
    builder = _builder(common, key, _DAYS).issuer_name(authority.certificate.subject)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
    if hosts:
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(h) for h in hosts]), critical=False)
    return _Signed(builder.sign(authority.key, hashes.SHA256()), key)


def _builder(common: str, key: ec.EllipticCurvePrivateKey, days: int) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    begin, end = now - datetime.timedelta(hours=1), now + datetime.timedelta(days=days)
    builder = x509.CertificateBuilder().subject_name(_name(common)).public_key(key.public_key())
    builder = builder.serial_number(x509.random_serial_number())
    identifier = x509.SubjectKeyIdentifier.from_public_key(key.public_key())
    return builder.not_valid_before(begin).not_valid_after(end).add_extension(identifier, critical=False)


def _name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _save(folder: Path, name: str, signed: _Signed) -> list[Path]:
    """Write certificate and key; the key is readable by its owner only, from its first byte on."""
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    secret = signed.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    with os.fdopen(os.open(key, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(secret)
    certificate.write_bytes(signed.certificate.public_bytes(serialization.Encoding.PEM))
    return [certificate, key]
