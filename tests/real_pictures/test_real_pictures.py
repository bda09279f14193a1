"""Real photographs hold what docs/perception.md says: blind lenses are told, readers read, nothing is read wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_lab.bench.real_lidar import lidar
from amr_lab.perception_bench.real.rows import measure_real

LIMIT_S = 240
"""Of one part. All together may take as much CPU: whoever changes a reader waits for them."""
_PARTS = {"lens": 12, "codes": 2, "containers": 1, "tags": 4, "vtest": 1, "labels": 4, "lidar": 5}
"""Part, and of how many pictures one is taken."""
_NOT_PACKED = {
    "codes": {"QR on test photographs of jsQR"},
    "containers": {"container numbers at a gate"},
    "tags": {"normals of tags of 15 to 26 px, against a depth camera", "tags 36h11 in photographs, by side"},
}
"""Rows of collections that may not be kept with the others. Any other row that is not measured is a broken reader."""


@pytest.mark.timeout(LIMIT_S)
@pytest.mark.parametrize("part", _PARTS)
def test_each_row_meets_its_bar(pictures: Path, part: str) -> None:
    rows = measure_real(pictures, _PARTS[part], part, {"lidar": lidar})
    assert rows
    assert {row.capability: row.note for row in rows if not row.measured and row.capability not in allowed(part)} == {}
    assert {row.capability: row.metrics for row in rows if row.measured and row.unmet} == {}
    if part == "lidar":
        assert [row for row in rows if "map of the first 60%, worst of 3" in row.capability], "rooms that no map has"


def allowed(part: str) -> set[str]:
    """Return the rows of a part that may be missing."""
    return _NOT_PACKED.get(part, set())


def test_a_folder_without_pictures_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(AmrError, match="no folder people in it"):
        measure_real(tmp_path)
    (tmp_path / "real.tar.xz").write_bytes(b"")
    with pytest.raises(AmrError, match="unpack"):
        measure_real(tmp_path)
    (tmp_path / "people").mkdir()
    with pytest.raises(AmrError, match="lens, people"):
        measure_real(tmp_path, only="taste")
    assert [row.measured for row in lidar(tmp_path, 1)] == [False]
