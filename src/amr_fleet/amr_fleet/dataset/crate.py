"""The index of a dataset: ro-crate-metadata.json (RO-Crate 1.2), which says of each file what it is."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import Any, Final

from amr_fleet.dataset.about import About, FileAbout, media_type
from amr_fleet.dataset.schema import TABLES

_SPEC: Final = "https://w3id.org/ro/crate/1.2"
_ABOUT: Final = {
    "README.md": "Giới thiệu bộ dữ liệu. Card of the dataset",
    "DATASHEET.vi.md": "Bảng thông tin về bộ dữ liệu. Datasheet, in Vietnamese",
    "LICENSE.txt": "Giấy phép sử dụng. Licence",
    "dictionary.csv": "Từ điển các cột. Each column of each table, in Vietnamese and English",
    "anonymisation.json": "Đã bỏ gì và vì sao. What was left out, and why",
    "datapackage.json": "Mô tả các bảng cho máy đọc. Data Package 2.0",
    "croissant.json": "Mô tả cho học máy. Croissant 1.1",
    "events/ocel2.json": "Nhật ký quy trình. Process log, OCEL 2.0 as JSON",
    "events/ocel2.sqlite": "Nhật ký quy trình. Process log, OCEL 2.0 as SQLite",
    "events/epcis.jsonld": "Sự kiện chuỗi cung ứng. Supply chain events, EPCIS 2.0",
    "site/lif.json": "Làn và trạm. Lanes and stations, LIF",
    "site/map.pgm": "Ảnh bản đồ. Picture of the map",
    "site/map.yaml": "Gốc và tỷ lệ của bản đồ. Origin and scale of the map",
}
_RECORDING: Final = "Vị trí robot trong một ngày. Poses of robots of a day, MCAP"


def what_it_is(path: str) -> str:
    """Return what a file of a dataset is, in Vietnamese and English."""
    pure = PurePosixPath(path)
    if pure.parts[0] == "data" and pure.stem in TABLES:
        table = TABLES[pure.stem]
        return f"{table.vi}. {table.en}"
    return _RECORDING if pure.parts[0] == "recordings" else _ABOUT.get(path, pure.name)


def ro_crate(about: About) -> dict[str, Any]:
    """Return the RO-Crate 1.2 metadata of the folder."""
    licence = about.licence
    root = {
        "@id": "./", "@type": "Dataset", "name": about.title_vi, "description": about.title_en,
        "datePublished": about.published, "license": {"@id": licence.url}, "author": {"@id": "#publisher"},
        "publisher": {"@id": "#publisher"}, "hasPart": [{"@id": f.path} for f in about.files],
    }  # fmt: skip
    return {
        "@context": f"{_SPEC}/context",
        "@graph": [
            {
                "@id": "ro-crate-metadata.json", "@type": "CreativeWork", "conformsTo": {"@id": _SPEC},
                "about": {"@id": "./"},
            },
            root,
            {
                "@id": licence.url, "@type": "CreativeWork", "name": licence.title, "url": licence.url,
                "description": f"{licence.title} ({licence.name})",
            },
            {"@id": "#publisher", "@type": "Organization", "name": about.publisher},
            *map(_file, about.files),
        ],
    }  # fmt: skip


def _file(file: FileAbout) -> dict[str, Any]:
    return {
        "@id": file.path, "@type": "File", "name": file.path.rsplit("/", 1)[-1], "description": what_it_is(file.path),
        "contentSize": str(file.size), "encodingFormat": media_type(file.path), "sha256": file.sha256,
    }  # fmt: skip
