"""What is known of a release when its files are written: the input of all metadata."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from amr_fleet.dataset.release import DatasetRelease

SUMS: Final = "SHA256SUMS"
_BLOCK: Final = 1 << 20


@dataclass(frozen=True)
class FileAbout:
    """One file of the release: its path below the folder, bytes, SHA-256."""

    path: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Licence:
    """A licence by its SPDX name."""

    name: str
    url: str
    title: str


LICENCES: Final[Mapping[str, Licence]] = {
    "CC-BY-4.0": Licence(
        "CC-BY-4.0", "https://creativecommons.org/licenses/by/4.0/", "Creative Commons Attribution 4.0 International"
    ),
    "CC-BY-SA-4.0": Licence(
        "CC-BY-SA-4.0", "https://creativecommons.org/licenses/by-sa/4.0/",
        "Creative Commons Attribution-ShareAlike 4.0 International",
    ),
    "CC0-1.0": Licence(
        "CC0-1.0", "https://creativecommons.org/publicdomain/zero/1.0/", "Creative Commons Zero 1.0 Universal"
    ),
}  # fmt: skip


@dataclass(frozen=True)
class About:
    """Facts of a release. rows: of each table; privacy: what was suppressed and why; records: journal size and root.

    files: what is there when the metadata is written. published: ISO date that the release bears, made of its period
    so that the same journal gives the same bytes.
    """

    release: DatasetRelease
    site_vi: str
    site_en: str
    licence: Licence
    publisher: str
    commit: str
    version: str
    rows: Mapping[str, int]
    privacy: Mapping[str, Any]
    records: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[FileAbout] = ()

    @property
    def begin(self) -> str:
        """Begin of the period as published."""
        return self.release.published.local(self.release.stretch.begin)

    @property
    def end(self) -> str:
        """End of the period as published."""
        return self.release.published.local(self.release.stretch.end)

    @property
    def published(self) -> str:
        """Date of the release."""
        return self.end[:10]

    @property
    def name(self) -> str:
        """Name of the dataset, for machines."""
        return f"{self.release.site.lower()}-{self.begin[:10]}-{self.release.profile}".replace("_", "-")

    @property
    def title_vi(self) -> str:
        """Title in Vietnamese."""
        kind = "mô phỏng" if self.release.origin == "sim" else "đo thật"
        return f"Dữ liệu logistics, {self.site_vi}, từ {_day(self.begin)} đến {_day(self.end)} ({kind})"

    @property
    def title_en(self) -> str:
        """Title in English."""
        kind = "simulated" if self.release.origin == "sim" else "measured"
        return f"Logistics data, {self.site_en}, {self.begin[:10]} to {self.end[:10]} ({kind})"


def _day(iso: str) -> str:
    return f"{iso[8:10]}/{iso[5:7]}/{iso[:4]}"


def files_in(folder: Path, without: Sequence[str] = (), known: Sequence[FileAbout] = ()) -> Iterator[FileAbout]:
    """Yield all files of a folder by their path; what is read is on the disk afterwards, power cut or not.

    known: those that were read before and have not changed since.
    """
    before = {file.path: file for file in known}
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        name = path.relative_to(folder).as_posix()
        if name in without:
            continue
        if name in before:
            yield before[name]
            continue
        total = hashlib.sha256()
        with path.open("rb") as file:
            os.fsync(file.fileno())
            while block := file.read(_BLOCK):
                total.update(block)
        yield FileAbout(name, path.stat().st_size, total.hexdigest())


MEDIA: Final[Mapping[str, str]] = {
    ".parquet": "application/vnd.apache.parquet", ".csv": "text/csv", ".json": "application/json",
    ".jsonld": "application/ld+json", ".sqlite": "application/vnd.sqlite3", ".mcap": "application/octet-stream",
    ".md": "text/markdown", ".pgm": "image/x-portable-graymap", ".yaml": "application/yaml", ".txt": "text/plain",
}  # fmt: skip


def media_type(path: str) -> str:
    """Return the media type of a file of the release."""
    return MEDIA.get(Path(path).suffix, "application/octet-stream")
