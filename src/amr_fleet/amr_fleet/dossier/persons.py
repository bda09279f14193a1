"""What holds of the signatures of persons on a PDF, in plain Vietnamese: of a dossier's and of a periodic report's."""

from __future__ import annotations

from collections.abc import Iterator

from amr_fleet.dossier import pades
from amr_fleet.sandbox.record import local

Said = tuple[bool | None, str]
"""Whether it holds (None = nothing was looked at, or there is nothing), and what is said of it."""


def persons(pdf: bytes, name: str, authorities: bytes | None, made: float = 0.0) -> Iterator[Said]:
    """Yield what is said of a PDF (name: of its file). made: when it was made (Unix s), 0.0 = nobody knows.

    authorities: PEM certificates of those who may have certified the signer, who then must have signed; raises
    evidence.bad_key when they are none.
    """
    found: list[pades.Signature] = []
    missing = None if authorities is None else False
    if pdf and pades.available():
        try:
            found = list(pades.signatures(pdf, authorities))
        except ValueError:
            yield False, f"Không đọc được chữ ký của người trên bản PDF ({name})"
            return
    elif pades.looks_signed(pdf):
        yield missing, f"Chữ ký của người trên bản PDF CHƯA kiểm: máy này thiếu pyHanko; dùng pdfsig {name}"
        return
    if not found:
        yield missing, f"Bản PDF ({name}) chưa có chữ ký của người nào"
    for one in found:
        yield _signed_by(one, made)
        yield _issued(one)


def _signed_by(one: pades.Signature, made: float) -> Said:
    end, at = (local(t).strftime("%d/%m/%Y") for t in (one.end, one.at))
    if not one.intact:
        return False, f"Chữ ký của {one.signer} trên bản PDF không đúng: bản PDF đã bị sửa sau khi ký"
    if not one.whole:
        return False, f"Bản PDF có phần được thêm vào sau chữ ký của {one.signer}"
    if one.expired(made):
        return False, f"Bản PDF ký bằng chứng thư của {one.signer} đã HẾT HẠN (có giá trị đến {end}, ký ngày {at})"
    return True, f"Bản PDF do {one.signer} ký ngày {at}, chữ ký đúng, chứng thư còn hạn (đến {end})"


def _issued(one: pades.Signature) -> Said:
    if one.issued is None:
        return None, f"Nơi cấp chứng thư của {one.signer} ({one.issuer}) CHƯA đối chiếu: thêm --authorities TỆP.pem"
    if one.issued:
        return True, f"Chứng thư của {one.signer} do đúng nơi đã nêu cấp ({one.issuer})"
    return False, f"Chứng thư của {one.signer} KHÔNG do nơi đã nêu cấp (ghi là {one.issuer})"
