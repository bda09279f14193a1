"""Which versions of TLS a server speaks, asked by a client that would speak any."""

from __future__ import annotations

import socket
import ssl
import warnings
from pathlib import Path


def speaks(host: str, port: int, version: ssl.TLSVersion, certificate: Path | None = None) -> bool:
    """Whether a handshake of that version alone works. certificate: PEM, with its key beside it (.key)."""
    own = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    own.check_hostname, own.verify_mode = False, ssl.CERT_NONE
    own.set_ciphers("ALL:@SECLEVEL=0")  # OpenSSL of today would not even ask for 1.1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        own.minimum_version = own.maximum_version = version
    if certificate is not None:
        own.load_cert_chain(certificate, certificate.with_suffix(".key"))
    try:
        with socket.create_connection((host, port), 20.0) as line, own.wrap_socket(line) as spoken:
            return spoken.version() is not None
    except (ssl.SSLError, ConnectionError):
        return False
