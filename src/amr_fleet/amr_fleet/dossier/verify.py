"""Checks a dossier, and says in plain Vietnamese what holds and what does not; needs the dossier and a key."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from pydantic import ValidationError

from amr_core.errors import AmrError
from amr_core.merkle import Frontier
from amr_core.site import Site
from amr_fleet.dossier import certificate, crate
from amr_fleet.dossier.build import ATTESTATION, CERTIFICATE
from amr_fleet.dossier.parts import parts
from amr_fleet.dossier.persons import persons
from amr_fleet.dossier.rows import Leaf, changed, entries, unpacked
from amr_fleet.evidence import dsse
from amr_fleet.evidence.check import Check, as_signed
from amr_fleet.sandbox.record import local
from amr_fleet.store.notes import PublicKey

PDF: Final = "ho-so.pdf"
_LARGEST: Final = 2**31
_NAMED: Final = 10  # faults of one kind that are told one by one


def read(path: Path) -> dict[str, bytes]:
    """Return the files of a dossier, a folder or a zip; raise sandbox.bad_dossier."""
    try:
        if path.is_dir():
            found = {p.relative_to(path).as_posix(): p for p in sorted(path.rglob("*")) if p.is_file()}
            if sum(p.stat().st_size for p in found.values()) > _LARGEST:
                raise ValueError("larger than 2 GiB")
            files = {name: p.read_bytes() for name, p in found.items()}
        else:
            with zipfile.ZipFile(path) as archive:
                if sum(i.file_size for i in archive.infolist()) > _LARGEST:
                    raise ValueError("larger than 2 GiB")
                files = {i.filename: archive.read(i) for i in archive.infolist() if not i.is_dir()}
    except (OSError, ValueError, zipfile.BadZipFile, NotImplementedError, EOFError) as error:
        reason = " ".join(str(error).split())[:200]
        raise AmrError("sandbox.bad_dossier", path=str(path), reason=reason) from error
    if not files:
        raise AmrError("sandbox.bad_dossier", path=str(path), reason="it is empty")
    return files


def verify(files: Mapping[str, bytes], key_line: str = "", authorities: bytes | None = None) -> list[Check]:
    """Return all checks. key_line: the public key as the permit's annex has it; raises evidence.bad_key for rubbish.

    authorities: PEM certificates of those who may have issued the certificate of the person who signed the PDF; None:
    it need not be signed.
    """
    trusted = PublicKey.parse(key_line) if key_line else None
    checks: list[Check] = []
    signer, certified = _signer(files, trusted, checks)
    checks += _person(files, authorities)
    if signer is None:
        return [*checks, *_by_index(files)]
    subjects = _attested(files, signer, checks)
    checks += as_signed(files, subjects, ATTESTATION) if subjects is not None else _by_index(files)
    if certified is not None:
        checks.append(_in_time(files, certified))
    checks += _cards(files, signer)
    leaves = _journal(files, checks)
    if leaves is not None:
        checks += _checkpoints(files, leaves, signer)
        checks.append(_same_story(files, leaves))
    return checks


def _signer(
    files: Mapping[str, bytes], trusted: PublicKey | None, checks: list[Check]
) -> tuple[PublicKey | None, certificate.Certificate | None]:
    """Return the key to check with, and the certificate when it is whole."""
    try:
        found = certificate.parse(files.get(CERTIFICATE, b""))
    except AmrError:
        checks.append(Check(False, f"Tệp {CERTIFICATE} thiếu hoặc đã bị sửa", (CERTIFICATE,)))
        own = None
        try:
            own = PublicKey.parse(files.get("checkpoints/key.pub", b"").decode())
        except (AmrError, UnicodeDecodeError):
            checks.append(Check(False, "Tệp checkpoints/key.pub thiếu hoặc đã bị sửa", ("checkpoints/key.pub",)))
        return trusted or own, None
    if trusted is None:
        checks.append(
            Check(True, "Khóa ký lấy trong chính hồ sơ, CHƯA đối chiếu: hãy so với khóa in trên phụ lục giấy phép "
                  f"({found.public.line()})")
        )  # fmt: skip
    elif trusted.line() != found.public.line():
        checks.append(Check(False, "Hồ sơ ký bằng khóa KHÁC với khóa trên phụ lục giấy phép", (CERTIFICATE,)))
    else:
        checks.append(Check(True, "Khóa ký đúng là khóa trên phụ lục giấy phép"))
    return trusted or found.public, found


def _attested(files: Mapping[str, bytes], signer: PublicKey, checks: list[Check]) -> dict[str, str] | None:
    """Return the digests that were signed, by name; None when the signature does not hold."""
    try:
        found = dsse.opened(files.get(ATTESTATION, b""), signer.verify, signer.id.hex())
        subjects = {str(s["name"]): str(s["digest"]["sha256"]) for s in found["subject"]}
    except (AmrError, KeyError, TypeError):
        checks.append(Check(False, f"Chữ ký trên toàn hồ sơ không đúng ({ATTESTATION})", (ATTESTATION,)))
        return None
    checks.append(Check(True, "Chữ ký trên toàn hồ sơ đúng"))
    return subjects


def _by_index(files: Mapping[str, bytes]) -> Iterator[Check]:
    """Without a signature that holds: what the index itself says of the files."""
    try:
        graph = json.loads(files.get(crate.NAME, b""))["@graph"]
        said = {str(e["@id"]): str(e["sha256"]) for e in graph if "sha256" in e}
    except (ValueError, KeyError, TypeError, RecursionError):
        yield Check(False, f"Không đọc được mục lục {crate.NAME}", (crate.NAME,))
        return
    for name, digest in sorted(said.items()):
        if name not in files or dsse.sha256(files[name]) != digest:
            yield Check(False, f"Tệp {name} không khớp mục lục", (name,))


def _in_time(files: Mapping[str, bytes], found: certificate.Certificate) -> Check:
    """Was the key still good when the dossier was made?"""
    at = _made_at(files)
    if not at:
        return Check(False, "dossier.json không cho biết hồ sơ lập lúc nào", ("dossier.json",))
    end = local(found.end).strftime("%d/%m/%Y")
    if found.expired(at):
        made = local(at).strftime("%d/%m/%Y")
        return Check(False, f"Khóa ký đã HẾT HẠN (có giá trị đến {end}, hồ sơ lập ngày {made})", (CERTIFICATE,))
    return Check(True, f"Khóa ký còn hạn khi lập hồ sơ (đến {end})")


def _person(files: Mapping[str, bytes], authorities: bytes | None) -> Iterator[Check]:
    """Say what of the signatures of persons on the PDF holds."""
    for holds, says in persons(files.get(PDF, b""), PDF, authorities, _made_at(files)):
        yield Check(holds is not False, says, (PDF,) if holds is False else ())


def _made_at(files: Mapping[str, bytes]) -> float:
    """Return when the dossier says that it was made (Unix s), 0.0 when it does not."""
    try:
        return datetime.fromisoformat(json.loads(files["dossier.json"])["as_of"]).timestamp()
    except (KeyError, ValueError, TypeError):
        return 0.0


def _cards(files: Mapping[str, bytes], signer: PublicKey) -> Iterator[Check]:
    for name in sorted(n for n in files if n.startswith("attestations/card-")):
        try:
            found: dict[str, Any] = dsse.opened(files[name], signer.verify, signer.id.hex())
            (subject,) = found["subject"]
            good = dsse.sha256(files.get(subject["name"], b"")) == subject["digest"]["sha256"]
        except (AmrError, KeyError, TypeError, ValueError):
            good = False
        if not good:
            yield Check(False, f"Chữ ký trên phiếu thử không đúng ({name})", (name,))


def _journal(files: Mapping[str, bytes], checks: list[Check]) -> list[Leaf] | None:
    name = "journal.jsonl.zst"
    try:
        leaves = unpacked(files.get(name, b""))
    except AmrError:
        checks.append(Check(False, f"Không mở được nhật ký {name}", (name,)))
        return None
    wrong = list(changed(leaves))
    for row in wrong[:_NAMED]:
        checks.append(Check(False, f"Nhật ký: {row} đã bị sửa, xóa, thêm hoặc đổi chỗ", (name,)))
    if not wrong:
        checks.append(Check(True, f"Nhật ký: {len(leaves)} dòng đều khớp mã băm của mình"))
    return leaves


def _checkpoints(files: Mapping[str, bytes], leaves: list[Leaf], signer: PublicKey) -> Iterator[Check]:
    """Compare the tree over the leaves with every signed checkpoint."""
    roots, frontier = {0: Frontier().root()}, Frontier()
    wanted = {int(n[12:-5]) for n in files if n.startswith("checkpoints/") and n[12:-5].isdecimal()}
    for leaf in leaves:
        frontier.append(leaf.digest)
        if frontier.size in wanted:
            roots[frontier.size] = frontier.root()
    good = furthest = 0
    for name in sorted(n for n in files if n.startswith("checkpoints/") and n.endswith(".note")):
        try:
            found = signer.open(files[name].decode())
        except (AmrError, UnicodeDecodeError):
            yield Check(False, f"Điểm kiểm tra {name} không có chữ ký đúng", (name,))
            continue
        furthest = max(furthest, found.size)
        if roots.get(found.size) != found.root:
            yield Check(False, f"Nhật ký không phải nhật ký đã ký ở điểm kiểm tra {found.size}", ("journal.jsonl.zst",))
        else:
            good += 1
    if furthest < len(leaves) or not good:
        yield Check(False, "Các dòng cuối của nhật ký chưa có điểm kiểm tra nào ký", ("journal.jsonl.zst",))
    else:
        yield Check(True, f"{good} điểm kiểm tra đã ký khớp với nhật ký")


def _same_story(files: Mapping[str, bytes], leaves: list[Leaf]) -> Check:
    """Fold the journal anew and compare with what the dossier says."""
    try:
        site = Site.model_validate_json(files.get("site.json", b""))
        trial_id = str(json.loads(files["dossier.json"])["trial_id"])
        made = parts(entries(leaves), site, trial_id)
    except (AmrError, ValidationError, ValueError, KeyError, TypeError) as error:
        return Check(False, f"Không dựng lại được hồ sơ từ nhật ký ({type(error).__name__})", ("journal.jsonl.zst",))
    wrong = tuple(sorted(name for name, content in made.items() if files.get(name) != content))
    if wrong:
        return Check(False, f"Không giống điều nhật ký ghi: {', '.join(wrong)}", wrong)
    return Check(True, "Số liệu, sự cố, phiếu thử dựng lại từ nhật ký giống từng byte")
