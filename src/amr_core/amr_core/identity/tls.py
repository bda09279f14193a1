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
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
    return context
