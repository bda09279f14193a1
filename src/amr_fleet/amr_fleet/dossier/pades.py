"""A person's signature on the PDF of a dossier or report: PAdES baseline B, by the key in a PKCS#12 file or in a token.

Made and checked by pyHanko, the extra `sign` (`make setup-sign`); other programs (pdfsig, Acrobat) check it too. The
time is what the signer's clock said: there is no stamp of a time authority.
"""

from __future__ import annotations

import io
import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from amr_core.errors import AmrError
from amr_fleet.dossier import token

if TYPE_CHECKING:
    from pyhanko.sign.signers import Signer, SimpleSigner

Seal = Callable[[bytes], bytes]
"""What signs a PDF: its bytes with the signature appended."""
FIELD: Final = "NguoiKy"
_MARKS: Final = (b"/ETSI.CAdES.detached", b"/ByteRange")
_LAST: Final = 253_370_764_800.0  # 9999-01-01: certificates without an end name a moment that has no date in Vietnam
_LARGEST: Final = 1 << 20  # bytes of a PKCS#12 file, or of certificates
DOSSIER: Final = "Hồ sơ thử nghiệm có kiểm soát"
REPORT: Final = "Báo cáo định kỳ"


@dataclass(frozen=True)
class Signature:
    """A signature as it was found. whole: over all of the file; intact: over what it says, by the certificate's key.

    at: when the signer says that it signed; begin, end: of the certificate (Unix s). issued: by one of the
    authorities that were named; None = none was.
    """

    signer: str
    issuer: str
    at: float
    begin: float
    end: float
    intact: bool
    whole: bool
    issued: bool | None

    def expired(self, later: float = 0.0) -> bool:
        """Return whether the certificate was not valid when it signed, or at a later time (Unix s)."""
        return not self.begin <= self.at <= self.end or later > self.end


def sealer(path: Path, passphrase: str, now: float, reason: str = DOSSIER) -> Seal:
    """Return what signs PDFs with a PKCS#12 file; raise evidence.bad_key: it cannot be read, or may not sign now.

    reason: what the signature is for, as readers of the PDF are told.
    """
    signer = _signer(path, passphrase)
    _in_force(str(path), signer, now)
    return lambda pdf: seal(pdf, signer, reason)


def token_sealer(uri: str, pin: str, now: float, reason: str = DOSSIER) -> Seal:
    """Return what signs PDFs with a key in a token (pkcs11:...); raises evidence.bad_key, as the seal does later.

    The token is asked now, before hours of work, and once more for each PDF: it may have been pulled out meanwhile.
    """
    _pyhanko()
    key = token.token_key(uri)
    with token.opened(key, pin, now) as signer:
        _in_force(uri, signer, now)

    def sign(pdf: bytes) -> bytes:
        with token.opened(key, pin, now) as signer:
            signed = seal(pdf, signer, reason)
        if not [*signatures(signed)][-1].intact:
            raise token.bad_key(uri, token.OTHERS)
        return signed

    return sign


def _in_force(where: str, signer: Signer, now: float) -> None:
    certificate: Any = signer.signing_cert
    begin, end = certificate.not_valid_before.timestamp(), certificate.not_valid_after.timestamp()
    if not begin <= now <= end:
        when = datetime.fromtimestamp(end if now > end else begin, UTC).date().isoformat()
        raise token.bad_key(where, f"its certificate {'has expired on' if now > end else 'is not valid before'} {when}")


def seal(pdf: bytes, signer: Signer, reason: str = DOSSIER) -> bytes:
    """Return a PDF with a signature appended: its own bytes stay as they are."""
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
    from pyhanko.sign import fields, signers

    certificate: Any = signer.signing_cert
    about = signers.PdfSignatureMetadata(
        field_name=FIELD, md_algorithm="sha256", subfilter=fields.SigSeedSubFilter.PADES, reason=reason,
        name=_named(certificate.subject),
    )  # fmt: skip
    signed: io.BytesIO = signers.PdfSigner(about, signer).sign_pdf(IncrementalPdfFileWriter(io.BytesIO(pdf)))
    return signed.getvalue()


def _signer(path: Path, passphrase: str) -> SimpleSigner:
    signers = _pyhanko().signers
    try:
        if path.stat().st_size > _LARGEST:
            raise token.bad_key(path, "it is larger than 1 MiB")
        found: SimpleSigner | None = signers.SimpleSigner.load_pkcs12(str(path), passphrase=passphrase.encode())
    except OSError as error:
        raise token.bad_key(path, error.strerror or type(error).__name__) from error
    except ValueError as error:
        raise token.bad_key(path, "it is no PKCS#12 file, or has another passphrase") from error
    if found is None or found.signing_cert is None:
        raise token.bad_key(path, "it is no PKCS#12 file with a key and its certificate, or has another passphrase")
    return found


def looks_signed(pdf: bytes) -> bool:
    """Return whether a PDF seems to carry a signature, for who cannot read it: one may be written in other ways."""
    return any(mark in pdf for mark in _MARKS)


def signatures(pdf: bytes, authorities: bytes | None = None) -> Iterator[Signature]:
    """Yield the signatures of a PDF. authorities: PEM certificates that are believed; raises evidence.bad_key.

    Raises ValueError for a PDF whose signatures cannot be read.
    """
    _pyhanko()
    from pyhanko.pdf_utils.reader import PdfFileReader

    roots = _roots(authorities)
    try:
        yield from [_checked(one, roots) for one in PdfFileReader(io.BytesIO(pdf)).embedded_signatures]
    except Exception as error:  # a changed file makes the parser raise many kinds
        raise ValueError(f"its signatures cannot be read: {type(error).__name__}") from error


def _checked(one: Any, roots: list[Any]) -> Signature:
    from pyhanko.sign.validation import validate_pdf_signature
    from pyhanko.sign.validation.status import SignatureCoverageLevel
    from pyhanko_certvalidator import ValidationContext

    certificate, at = one.signer_cert, one.self_reported_timestamp
    moment = at or datetime.now(UTC)
    context = ValidationContext(trust_roots=roots, allow_fetching=False, moment=moment, best_signature_time=moment)
    found = validate_pdf_signature(one, context)
    return Signature(
        signer=_named(certificate.subject), issuer=_named(certificate.issuer), at=min(moment.timestamp(), _LAST),
        begin=certificate.not_valid_before.timestamp(), end=min(certificate.not_valid_after.timestamp(), _LAST),
        intact=bool(found.intact and found.valid), issued=bool(found.trusted) if roots else None,
        whole=found.coverage == SignatureCoverageLevel.ENTIRE_FILE,
    )  # fmt: skip


def _roots(authorities: bytes | None) -> list[Any]:
    from asn1crypto import pem, x509  # type: ignore[import-untyped]

    if authorities is None:
        return []
    try:
        roots = [x509.Certificate.load(der) for _, _, der in pem.unarmor(authorities[:_LARGEST], multiple=True)]
        _ = [(one.subject.native, one.public_key.native) for one in roots]  # it reads lazily
    except (ValueError, TypeError) as error:
        raise AmrError("evidence.bad_key", reason="the authorities are no PEM certificates") from error
    return roots


def _named(name: Any) -> str:
    """Return how people call the subject of a certificate: its name, else all of it."""
    parts = name.native
    return str(parts.get("common_name") or name.human_friendly)


def available() -> bool:
    """Return whether pyHanko is there."""
    try:
        _pyhanko()
    except AmrError:
        return False
    return True


def _pyhanko() -> Any:
    logging.getLogger("pyhanko").setLevel(logging.CRITICAL)  # it logs traces of what it then returns
    logging.getLogger("pyhanko_certvalidator").setLevel(logging.CRITICAL)
    try:
        import pyhanko.sign as found
        from pyhanko.sign import signers as signers
    except ImportError as error:
        reason = "signatures of persons need pyHanko, the extra `sign`: make setup-sign, or pip install pyhanko"
        raise AmrError("evidence.bad_key", reason=reason) from error
    return found
