"""Map files: what is written can be read again, and rubbish gives a code."""

from pathlib import Path

import numpy as np
import pytest

from amr_core.errors import AmrError
from amr_core.gridmap import FREE, OCCUPIED, UNKNOWN, GridMap

YAML = "image: {image}\nmode: {mode}\nresolution: {resolution}\norigin: {origin}\nnegate: 0\n"


def _grid() -> GridMap:
    data = np.full((4, 6), FREE, np.uint8)
    data[0, 5] = OCCUPIED
    data[3, 0] = UNKNOWN
    return GridMap(data, 0.5, (-1.0, 2.0))


def test_saved_map_reads_back(tmp_path: Path) -> None:
    grid = _grid()
    grid.save(tmp_path / "map.yaml")
    found = GridMap.load(tmp_path / "map.yaml")
    np.testing.assert_array_equal(found.data, grid.data)
    assert (found.resolution, found.origin) == (0.5, (-1.0, 2.0))


def test_row_zero_is_the_south() -> None:
    grid = _grid()
    assert grid.value(1.9, 2.1) == OCCUPIED
    assert grid.value(-0.9, 3.9) == UNKNOWN
    assert grid.value(-1.1, 2.1) == UNKNOWN
    assert grid.centre(0, 5) == (1.75, 2.25)
    assert grid.cell(1.75, 2.25) == (0, 5)
    assert grid.occupied.sum() == 1


def test_scale_mode_keeps_every_percentage(tmp_path: Path) -> None:
    grid = GridMap(np.arange(101, dtype=np.uint8)[None, :], 0.1, (0.0, 0.0))
    grid.save(tmp_path / "speed", "scale")
    np.testing.assert_array_equal(GridMap.load(tmp_path / "speed.yaml").data, grid.data)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"image": "missing.png"}, "map.mismatch"),
        ({"image": "rubbish.png"}, "map.mismatch"),
        ({"image": ""}, "map.mismatch"),
        ({"resolution": ".nan"}, "map.mismatch"),
        ({"resolution": "1" + "0" * 400}, "map.mismatch"),
        ({"resolution": "0"}, "map.mismatch"),
        ({"resolution": "fine"}, "map.mismatch"),
        ({"origin": "[0, 0, 1.57]"}, "map.mismatch"),
        ({"origin": "[0]"}, "map.mismatch"),
        ({"origin": "[0, .inf, 0]"}, "map.mismatch"),
        ({"origin": "[1.0e+9, 0, 0]"}, "map.mismatch"),
        ({"origin": "here"}, "map.mismatch"),
        ({"mode": "raw"}, "map.mismatch"),
        ({"mode": "trinary\nfree_thresh: 0.9"}, "map.mismatch"),
        ({"mode": "[: {"}, "site.unreadable"),
    ],
)
def test_rubbish_gives_a_code(tmp_path: Path, changes: dict[str, str], code: str) -> None:
    _grid().save(tmp_path / "map.yaml")
    (tmp_path / "rubbish.png").write_bytes(b"this is no image")
    fields = {"image": "map.png", "mode": "trinary", "resolution": "0.5", "origin": "[0, 0, 0]", **changes}
    (tmp_path / "map.yaml").write_text(YAML.format(**fields))
    with pytest.raises(AmrError) as raised:
        GridMap.load(tmp_path / "map.yaml")
    assert raised.value.code == code


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"- 1\n- 2\n", b""])
def test_a_yaml_without_a_mapping_is_unreadable(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "map.yaml").write_bytes(content)
    with pytest.raises(AmrError) as raised:
        GridMap.load(tmp_path / "map.yaml")
    assert raised.value.code == "site.unreadable"


def test_a_missing_yaml_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(AmrError) as raised:
        GridMap.load(tmp_path / "none.yaml")
    assert raised.value.code == "site.unreadable"
