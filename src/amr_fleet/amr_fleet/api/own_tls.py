"""TLS of the dashboard's own, for a site without a proxy: a certificate and its key, read anew when renewed."""

from __future__ import annotations

import logging
import ssl
from pathlib import Path
from typing import Final

from amr_core.changes import Changes, stamp
from amr_core.errors import AmrError

# chosen: a look is two stats of files; so late a renewed certificate is shown, which was renewed days before
LOOK_S: Final = 30.0
_LOG = logging.getLogger(__name__)


class OwnTls:
    """A context for servers, TLS 1.2 and newer. One thread calls look()."""

    def __init__(self, certificate: Path, key: Path) -> None:
        """Take PEM files; AmrError run.bad_option when they cannot be used."""
        self._files = certificate, key
        self._changes = Changes(lambda: tuple(map(stamp, self._files)), LOOK_S)
        try:
            self.context = self._read()
        except (OSError, ssl.SSLError) as error:
            value, reason = str(certificate)[-64:], f"{_word(error)} (key: {key})"
            raise AmrError("run.bad_option", option="dashboard_certificate", value=value, reason=reason) from None

    def look(self, now: float) -> None:
        """Use a renewed certificate for connections from now (s, any clock) on; one that is wrong changes nothing."""
        if not self._changes.seen(now):
            return
        try:
            self._read()  # into another context first: one half of a new pair would spoil the one in use
            self.context.load_cert_chain(*self._files)
        except (OSError, ssl.SSLError) as error:
            _LOG.error("the dashboard's renewed certificate %s cannot be used: %s", self._files[0], _word(error))
            return
        _LOG.warning("the dashboard's certificate %s is a new one", self._files[0])

    def _read(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.load_cert_chain(*self._files, password=lambda: "")  # a key with a password must not ask the terminal
        return context


def _word(error: OSError | ssl.SSLError) -> str:
    """Return what is wrong, without OpenSSL's line numbers."""
    if isinstance(error, ssl.SSLError):
        return {"KEY_VALUES_MISMATCH": "the key is of another certificate"}.get(
            str(error.reason), "not PEM, or the key has a password"
        )
    return error.strerror or str(error)
