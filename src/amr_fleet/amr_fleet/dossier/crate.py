"""The index of a dossier: RO-Crate 1.2 metadata, written plainly, since the same journal has to give the same bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import rfc8785

from amr_fleet.evidence.dsse import sha256

NAME: Final = "ro-crate-metadata.json"
_CONTEXT: Final = "https://w3id.org/ro/crate/1.2/context"
_SPEC: Final = "https://w3id.org/ro/crate/1.2"
_LICENCE: Final = "https://creativecommons.org/licenses/by/4.0/"
_MEDIA: Final = {
    ".json": "application/json", ".csv": "text/csv", ".pdf": "application/pdf", ".zst": "application/zstd",
    ".md": "text/markdown", ".mcap": "application/x-mcap", ".note": "text/plain", ".pub": "text/plain",
    ".pem": "application/x-pem-file", ".crt": "application/x-pem-file",
}  # fmt: skip
_ABOUT: Final = {
    "ho-so.pdf": "Hồ sơ thử nghiệm để đọc và in", "dossier.json": "Hồ sơ thử nghiệm cho máy đọc",
    "journal.jsonl.zst": "Nhật ký vận hành, mỗi dòng một lá của cây Merkle", "conditions.csv": "Điều kiện môi trường",
    "incidents.json": "Sự cố", "obstacles.json": "Trở ngại khi vận hành", "VERIFY.vi.md": "Cách tự kiểm tra",
    "sbom.cdx.json": "Thành phần phần mềm", "dataset-manifest.json": "Danh mục bộ dữ liệu",
    "dossier.schema.json": "Cấu trúc của dossier.json (JSON Schema)", "site.json": "Bản đồ kho: khu vực, làn, trạm",
}  # fmt: skip
_FOLDERS: Final = {
    "checkpoints": "Điểm kiểm tra đã ký của nhật ký, khóa công khai",
    "cards": "Phiếu thử",
    "evidence": "Bản ghi một phút trước và sau sự cố",
    "attestations": "Chữ ký (in-toto, DSSE), khóa công khai, chứng thư",
}
"""What files of a folder are, for those that have no line of their own."""


def metadata(files: Mapping[str, bytes], unhashed: tuple[str, ...], about: Mapping[str, Any]) -> bytes:
    """Return ro-crate-metadata.json of files; unhashed: names of files that are written after it.

    about: title, description, date (ISO), organisation, authority.
    """
    names = sorted({*files, *unhashed})
    entities = [_file(name, files.get(name)) for name in names]
    root: dict[str, Any] = {
        "@id": "./", "@type": "Dataset", "name": about["title"], "description": about["description"],
        "datePublished": about["date"], "license": {"@id": _LICENCE}, "publisher": {"@id": "#organisation"},
        "author": {"@id": "#organisation"}, "hasPart": [{"@id": name} for name in names],
    }  # fmt: skip
    descriptor: dict[str, Any] = {
        "@id": NAME, "@type": "CreativeWork", "conformsTo": {"@id": _SPEC}, "about": {"@id": "./"},
    }  # fmt: skip
    organisation: dict[str, Any] = {"@id": "#organisation", "@type": "Organization", "name": about["organisation"]}
    licence: dict[str, Any] = {
        "@id": _LICENCE, "@type": "CreativeWork", "name": "CC BY 4.0",
        "description": "Creative Commons Attribution 4.0 International",
    }  # fmt: skip
    return rfc8785.dumps({"@context": _CONTEXT, "@graph": [descriptor, root, organisation, licence, *entities]})


def _file(name: str, content: bytes | None) -> dict[str, Any]:
    ending = "." + name.rpartition(".")[2]
    about = _ABOUT.get(name, name)
    found: dict[str, Any] = {
        "@id": name, "@type": "File", "name": about, "description": _FOLDERS.get(name.partition("/")[0], about),
        "encodingFormat": _MEDIA.get(ending, "application/octet-stream"),
    }  # fmt: skip
    if content is not None:
        found |= {"contentSize": str(len(content)), "sha256": sha256(content)}
    return found
