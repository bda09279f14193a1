"""A report as PDF with its signature behind its own last byte, and whether such a file still holds.

What is added is a comment, which readers of PDF skip, and the file's end once more:

    %AMR-SIGNED-REPORT ENVELOPE KEY
    startxref ... %%EOF

ENVELOPE: DSSE as base64, an in-toto Statement about the bytes before the comment; KEY: the public key's line.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.evidence import dsse
from amr_fleet.evidence.check import Check, checkpoint_holds, whose
from amr_fleet.evidence.signing import Signing
from amr_fleet.store.notes import PublicKey

_MARK: Final = b"%AMR-SIGNED-REPORT "
_END: Final = b"startxref\n"
_SUBJECT: Final = "report.pdf"
_NOTE: Final = "checkpoint"


def signed_pdf(pdf: bytes, signing: Signing | None, about: Mapping[str, str]) -> bytes:
    """Return a PDF with its signature appended; as it is where nothing signs. about: what it is, signed along."""
    if signing is None:
        return pdf
    key = signing.key
    payload = dsse.statement({_SUBJECT: pdf}, dsse.REPORT_TYPE, {**about, _NOTE: signing.note})
    return pdf + _tail(dsse.envelope(payload, key.public.id.hex(), key.sign), key.public, pdf)


def is_signed_pdf(content: bytes) -> bool:
    """Return whether a file says that the fleet signed it."""
    return _MARK in content


def check_pdf(content: bytes, key_line: str = "", root_of: Callable[[int], str] | None = None) -> list[Check]:
    """Return all checks of a file's bytes.

    key_line: the public key from elsewhere; raises evidence.bad_key for rubbish. root_of(size): base64 root of the
    journal that the file must agree with; None = it is not compared.
    """
    trusted = PublicKey.parse(key_line) if key_line else None
    pdf, mark, tail = content.rpartition(_MARK)
    if not mark:
        return [Check(False, "Báo cáo KHÔNG có chữ ký của kho: kho không có khóa, hoặc chữ ký đã bị bỏ đi")]
    try:
        packed, line = tail.split(b"\n", 1)[0].split(b" ")
        own = PublicKey.parse(line.decode())
        envelope = base64.b64decode(packed, validate=True)
        said = dsse.opened(envelope, own.verify, own.id.hex())
        ((name, digest),) = [(str(s["name"]), str(s["digest"]["sha256"])) for s in said["subject"]]
        note = str(said["predicate"][_NOTE])
        if (name, said["predicateType"]) != (_SUBJECT, dsse.REPORT_TYPE):
            raise ValueError("of something else")
    except (AmrError, ValueError, KeyError, TypeError):
        return [Check(False, "Phần chữ ký của báo cáo đã bị sửa, hoặc chữ ký không đúng")]
    checks = [whose(own, trusted), _same_end(mark + tail, _tail(envelope, own, pdf))]
    same = dsse.sha256(pdf) == digest
    checks.append(Check(same, "Các trang đúng như lúc ký" if same else "Báo cáo đã bị sửa sau khi ký"))
    if note:
        checks.append(checkpoint_holds(note, trusted or own, root_of, _NOTE))
    else:
        checks.append(Check(True, "Báo cáo không có điểm kiểm tra, CHƯA đối chiếu với nhật ký"))
    return checks


def _tail(envelope: bytes, key: PublicKey, pdf: bytes) -> bytes:
    """Return what stands behind the pages; nothing of it is left open, so that one changed byte is seen."""
    comment = _MARK + base64.b64encode(envelope) + b" " + key.line().encode() + b"\n"
    return comment + pdf[pdf.rfind(_END) :]


def _same_end(found: bytes, right: bytes) -> Check:
    if found == right:
        return Check(True, "Sau chữ ký không có gì được thêm vào")
    if found.startswith(right):
        return Check(False, f"Có {len(found) - len(right)} byte được thêm vào sau chữ ký")
    return Check(False, "Phần chữ ký của báo cáo đã bị sửa")
