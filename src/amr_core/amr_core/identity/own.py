"""What is wrong with the certificate of this computer, before a broker refuses it without a reason."""

from __future__ import annotations

import datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization

from amr_core.identity.authority import common_name, issued_by

_DAY_S = 86400.0  # seconds of a day


def fault(certificate: Path, key: Path, authority: Path, now: float, name: str = "") -> str:
    """Return in words what is wrong with a certificate (PEM files) at now (s since 1970), "" when nothing is.

    name: whose it must be; "" = anybody's.
    """
    try:
        own = x509.load_pem_x509_certificate(certificate.read_bytes())
        signer = x509.load_pem_x509_certificate(authority.read_bytes())
        secret = serialization.load_pem_private_key(key.read_bytes(), None)
    except (OSError, ValueError, TypeError, UnsupportedAlgorithm) as error:
        return f"its files cannot be read: {str(error)[:100]}"
    when = datetime.datetime.fromtimestamp(now, datetime.UTC)
    if when > own.not_valid_after_utc:
        return f"it ended on {own.not_valid_after_utc:%Y-%m-%d}: enrol this robot again"
    if when < own.not_valid_before_utc:
        return f"it begins on {own.not_valid_before_utc:%Y-%m-%d %H:%M} UTC: this computer's clock is behind"
    if name and common_name(own) != name:
        return f"it is of {common_name(own)[:64]}, not of {name}"
    if own.public_key() != secret.public_key():
        return "its key is another one's"
    return "" if issued_by(own, signer) else "it is of another authority"


def days_left(certificate: Path, now: float) -> float:
    """Return for how many days a certificate is still valid; negative: since when not. Raises OSError, ValueError."""
    return (x509.load_pem_x509_certificate(certificate.read_bytes()).not_valid_after_utc.timestamp() - now) / _DAY_S
