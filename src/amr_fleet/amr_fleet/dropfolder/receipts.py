"""Receipts: one JSON file for each file that came, written before it leaves `work/`, whole or not at all."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from amr_core import whole_files
from amr_core.errors import AmrError

_VI: Final[Mapping[str, str]] = {
    "drop.bad_file": "Không đọc được tệp", "drop.bad_segment": "Phân đoạn EDIFACT sai", "drop.bad_row": "Dòng sai",
    "order.unknown_place": "Không có vị trí này", "order.same_place": "Nơi lấy và nơi giao trùng nhau",
    "order.unreachable": "Không có đường đi", "order.unknown_cutoff": "Không có chuyến này",
    "order.invalid": "Lệnh không hợp lệ", "cargo.busy": "Hàng đang có lệnh khác",
    "cargo.bad_container": "Số công-te-nơ sai", "cargo.bad_sscc": "Mã SSCC sai", "order.finished": "Lệnh đã xong",
    "order.not_found": "Không có lệnh này", "order.at_pick": "Robot đang lấy hàng",
    "order.load_on_board": "Hàng đang ở trên robot",
}  # fmt: skip
_LONGEST_NAME: Final = 200


def refusal(error: AmrError) -> dict[str, Any]:
    """Return an error for a receipt: code, facts, the reason in English and in Vietnamese."""
    facts = dict(error.facts)
    shown = "; ".join(f"{name}: {value}" for name, value in facts.items())
    vi = _VI.get(error.code, "Bị từ chối")
    return {"code": error.code, "facts": facts, "en": error.sentence, "vi": f"{vi} ({shown})" if shown else vi}


@dataclass
class Receipt:
    """What became of a file. verdict: taken, refused (nothing was created), partly (some rows), repeated (seen before).

    rows: {row or segment, verdict: created, known, cancelled, refused; order_id; reference; error}.
    """

    file: str
    sha256: str
    partner: str
    at: str
    verdict: str = "taken"
    error: dict[str, Any] | None = None
    first: str = ""
    rows: list[dict[str, Any]] = field(default_factory=list)

    def refuse(self, error: AmrError) -> None:
        """Refuse the file as a whole."""
        self.verdict, self.error = "refused", refusal(error)

    def judge(self) -> None:
        """Say by its rows what became of the file."""
        bad = sum(row["verdict"] == "refused" for row in self.rows)
        self.verdict = "taken" if not bad else "refused" if bad == len(self.rows) else "partly"

    def _path(self, folder: Path) -> Path:
        return folder / f"{shortened(self.file, self.sha256[:8])}.ack.json"

    def stands(self, folder: Path) -> bool:
        """Tell whether a receipt for this very file is there: its path has the name, it has the hash."""
        try:
            found = json.loads(self._path(folder).read_bytes())
            return bool(found["sha256"] == self.sha256)
        except (OSError, ValueError, TypeError, KeyError):
            return False

    def write(self, folder: Path) -> Path:
        """Write it as <file>.ack.json; an older one of that name is replaced."""
        path = self._path(folder)
        write_whole(path, told(json.dumps(vars(self), ensure_ascii=False, indent=1)) + b"\n")
        return path


def told(text: str) -> bytes:
    """Return a text as UTF-8; bytes of a file's name that are none are written as escapes."""
    return text.encode("utf-8", "backslashreplace")


def shortened(name: str, tag: str) -> str:
    """Return a file's name with room for endings: a file system takes 255 bytes, a longer one ends with the tag."""
    data = os.fsencode(name)
    return name if len(data) <= _LONGEST_NAME else f"{data[:_LONGEST_NAME].decode('utf-8', 'ignore')}.{tag}"


def write_whole(path: Path, data: bytes) -> None:
    """Write a file for a partner, hidden until it is whole; a link that someone laid in its way is not followed."""
    whole_files.write_whole(path, data, 0o666, part=path.with_name(f".{path.name}.part"))
