"""Real photographs hold what docs/perception.md says: blind lenses are told, no code or number is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from amr_core.errors import AmrError
from amr_lab.bench.real_lidar import lidar
from amr_lab.perception_bench.real.rows import measure_real


@pytest.mark.timeout(240)  # all of it; the limit of other tests is for things of a second
@pytest.mark.parametrize(
    ("part", "step"),
    [("lens", 12), ("codes", 2), ("containers", 1), ("tags", 4), ("vtest", 1), ("labels", 8), ("lidar", 5)],
)
def test_each_row_meets_its_bar(pictures: Path, part: str, step: int) -> None:
    rows = [row for row in measure_real(pictures, step, part, {"lidar": lidar}) if row.measured]
    assert rows
    assert {row.capability: row.metrics for row in rows if row.unmet} == {}


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
