"""What was looked at in a file of evidence, and whether it holds."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from amr_core.errors import AmrError
from amr_fleet.evidence import dsse
from amr_fleet.store.notes import PublicKey


@dataclass(frozen=True)
class Check:
    """One thing that was looked at. files: those that are at fault."""

    holds: bool
    says: str
    files: tuple[str, ...] = ()


def as_signed(files: Mapping[str, bytes], subjects: Mapping[str, str], attestation: str) -> Iterator[Check]:
    """Hold files against the digests (SHA-256, hexadecimal) that were signed; attestation: the file that signs them."""
    bad = False
    for name in sorted(subjects):
        if name not in files:
            bad = True
            yield Check(False, f"Thiếu tệp {name}", (name,))
        elif dsse.sha256(files[name]) != subjects[name]:
            bad = True
            yield Check(False, f"Tệp {name} đã bị sửa sau khi ký", (name,))
    for name in sorted(files.keys() - subjects.keys() - {attestation}):
        bad = True
        yield Check(False, f"Tệp {name} được thêm vào sau khi ký", (name,))
    if not bad:
        yield Check(True, f"Cả {len(subjects)} tệp đúng như lúc ký")


def whose(own: PublicKey, trusted: PublicKey | None, files: tuple[str, ...] = ()) -> Check:
    """Hold the key that is in a file against the one from elsewhere, None = there is none. files: where it stands."""
    if trusted is None:
        says = f"Khóa ký lấy trong chính tệp, CHƯA đối chiếu: hãy so với khóa của kho ({own.line()})"
        return Check(True, says)
    if trusted.line() != own.line():
        return Check(False, "Tệp ký bằng khóa KHÁC với khóa đã cho", files)
    return Check(True, "Khóa ký đúng là khóa đã cho")


def checkpoint_holds(note: str, signer: PublicKey, root_of: Callable[[int], str] | None, name: str) -> Check:
    """Is a checkpoint signed, and of the journal that it is compared with?

    root_of(size): base64 root of that journal, "" = it is shorter; None = it is not compared. name: where it stands.
    """
    try:
        found = signer.open(note)
    except AmrError:
        return Check(False, f"Điểm kiểm tra {name} không có chữ ký đúng", (name,))
    if root_of is None:
        return Check(True, f"Điểm kiểm tra của nhật ký ở {found.size} dòng có chữ ký đúng")
    if root_of(found.size) != base64.b64encode(found.root).decode():
        return Check(False, f"Nhật ký không phải nhật ký đã ký ở điểm kiểm tra {found.size}", (name,))
    return Check(True, f"Điểm kiểm tra ở {found.size} dòng là của nhật ký này")
