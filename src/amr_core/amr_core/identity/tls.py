"""Whom a TLS line trusts."""

from __future__ import annotations

import ssl


def trusting(ca: str = "") -> ssl.SSLContext:
    """Return a client's context that trusts the authority in a file (PEM), "" = those of the system.

    Certificates that a site's authority issued before 0.2 do not name its key, nor does it say what its own key is for;
    Python 3.13 refuses both unless told otherwise. Names, dates and signatures are checked all the same.
    Raises OSError or ssl.SSLError.
    """
    context = ssl.create_default_context(cafile=ca or None)
    if ca:
        _take_early_certificates(context)
    return context


def trust_too(context: ssl.SSLContext, ca: str) -> None:
    """Let a client's context trust the authority in a file (PEM) beside those that it trusts. Raises as `trusting`."""
    context.load_verify_locations(ca)
    _take_early_certificates(context)


def _take_early_certificates(context: ssl.SSLContext) -> None:
    context.verify_flags &= ~ssl.VERIFY_X509_STRICT


def pinning(certificate: str) -> ssl.SSLContext:
    """Return the context of a client that knows the server's own certificate (PEM) and trusts no other.

    For one computer: what it asks by is an address that need not stand in it. Raises OSError or ssl.SSLError.
    """
    context = trusting(certificate)
    context.check_hostname = False
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    return context
