"""What was looked at in a file of evidence, and whether it holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from amr_fleet.evidence import dsse


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
