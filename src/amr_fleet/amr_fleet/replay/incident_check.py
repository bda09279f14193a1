"""Checks an incident's file, and says in plain Vietnamese what holds and what does not; needs the file and a key."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from amr_core.errors import AmrError
from amr_fleet.domain.events import JournalEntry
from amr_fleet.evidence import dsse
from amr_fleet.evidence.archive import zipped
from amr_fleet.evidence.check import Check, as_signed, checkpoint_holds, whose
from amr_fleet.replay.incident import ABOUT, ATTESTATION, CHECKPOINT, JOURNAL, PUBLIC_KEY, line_of
from amr_fleet.replay.marks import is_comment_on
from amr_fleet.store.notes import PublicKey

_LARGEST: Final = 2**31


@dataclass(frozen=True)
class JournalNow:
    """The journal that an incident is compared with. roots: base64 root by size, for the sizes that were asked for."""

    entries: Sequence[JournalEntry]
    roots: Mapping[int, str]


def check_incident(content: bytes, key_line: str = "", journal: JournalNow | None = None) -> list[Check]:
    """Return all checks of a file's bytes.

    key_line: the public key from elsewhere; raises evidence.bad_key for rubbish. journal: what the file must agree
    with, None = it is not compared.
    """
    trusted = PublicKey.parse(key_line) if key_line else None
    checks: list[Check] = []
    files = _files(content, checks)
    if files is None:
        return checks
    signer = _signer(files, trusted, checks)
    subjects = None if signer is None else _attested(files, signer, checks)
    checks += as_signed(files, subjects, ATTESTATION) if subjects is not None else _by_itself(files)
    if signer is not None and CHECKPOINT in files:
        checks.append(_checkpoint(files[CHECKPOINT], signer, journal))
    if journal is not None:
        checks.append(_same_entries(files, journal.entries))
    return checks


def size_of(content: bytes) -> int:
    """Return at how many entries of the tree an incident's checkpoint was signed, as it says; 0 = it has none."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            return int(archive.read(CHECKPOINT).split(b"\n")[1])
    except (zipfile.BadZipFile, KeyError, ValueError, IndexError, OSError, EOFError, NotImplementedError):
        return 0


def _files(content: bytes, checks: list[Check]) -> dict[str, bytes] | None:
    """Return the files of the zip, None when it cannot be opened at all."""
    files: dict[str, bytes] = {}
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if sum(part.file_size for part in archive.infolist()) > _LARGEST:
                raise ValueError("larger than 2 GiB")
            for part in archive.infolist():
                try:
                    files[part.filename] = archive.read(part)
                except zipfile.BadZipFile:
                    checks.append(Check(False, f"Tệp {part.filename} đã hỏng hoặc bị sửa", (part.filename,)))
    except Exception as error:  # the library raises many kinds for bytes that were changed
        checks.append(Check(False, f"Không mở được tệp sự cố ({type(error).__name__})"))
        return None
    if not checks and zipped(files) != content:
        checks.append(Check(False, "Vỏ zip đã bị sửa: có byte không thuộc tệp nào, hoặc thứ tự, ngày giờ bị đổi"))
    return files


def _signer(files: Mapping[str, bytes], trusted: PublicKey | None, checks: list[Check]) -> PublicKey | None:
    try:
        own = PublicKey.parse(files.get(PUBLIC_KEY, b"").decode())
    except (AmrError, UnicodeDecodeError):
        missing = PUBLIC_KEY not in files and ATTESTATION not in files
        says = "Tệp sự cố KHÔNG được ký" if missing else f"Tệp {PUBLIC_KEY} thiếu hoặc đã bị sửa"
        checks.append(Check(False, says, (PUBLIC_KEY,)))
        return trusted
    checks.append(whose(own, trusted, (PUBLIC_KEY,)))
    return trusted or own


def _attested(files: Mapping[str, bytes], signer: PublicKey, checks: list[Check]) -> dict[str, str] | None:
    try:
        found = dsse.opened(files.get(ATTESTATION, b""), signer.verify, signer.id.hex())
        subjects = {str(s["name"]): str(s["digest"]["sha256"]) for s in found["subject"]}
        if found["predicateType"] != dsse.INCIDENT_TYPE:
            raise KeyError("of something else")
    except (AmrError, KeyError, TypeError):
        checks.append(Check(False, f"Chữ ký trên tệp sự cố không đúng ({ATTESTATION})", (ATTESTATION,)))
        return None
    checks.append(Check(True, "Chữ ký trên tệp sự cố đúng"))
    return subjects


def _by_itself(files: Mapping[str, bytes]) -> Iterator[Check]:
    """Without a signature that holds: what the file says of its parts."""
    try:
        said = dict(json.loads(files[ABOUT])["sha256"])
    except (KeyError, ValueError, TypeError, RecursionError):
        yield Check(False, f"Không đọc được mục lục {ABOUT}", (ABOUT,))
        return
    for name, digest in sorted(said.items()):
        if name not in files or dsse.sha256(files[name]) != digest:
            yield Check(False, f"Tệp {name} không khớp mục lục", (name,))


def _checkpoint(note: bytes, signer: PublicKey, journal: JournalNow | None) -> Check:
    root_of = None if journal is None else lambda size: journal.roots.get(size, "")
    return checkpoint_holds(note.decode(errors="replace"), signer, root_of, CHECKPOINT)


def _same_entries(files: Mapping[str, bytes], entries: Sequence[JournalEntry]) -> Check:
    """Are the lines those of the journal, none left out?"""
    try:
        about = json.loads(files[ABOUT])
        begin, end = float(about["begin"]), float(about["end"])
        lines = files[JOURNAL].decode().splitlines()
    except (KeyError, ValueError, TypeError, RecursionError):
        return Check(False, "Không so được với nhật ký: mục lục hoặc các dòng không đọc được", (ABOUT,))
    within = [line_of(e) for e in entries if begin <= e.t <= end]
    wanted = {*within, *(line_of(e) for e in entries if is_comment_on(e, begin, end))}
    left_out, foreign = set(within) - set(lines), set(lines) - wanted
    if left_out or foreign:
        says = f"Không giống nhật ký: thiếu {len(left_out)} dòng, lạ {len(foreign)} dòng"
        return Check(False, says, (JOURNAL,))
    return Check(True, f"{len(lines)} dòng giống nhật ký, không thiếu dòng nào của khoảng giờ ấy")
