"""The rows of real pictures count what they say: on pictures made here, whose truth is known."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from scipy.io import savemat

from amr_core.geometry import Pose2D, transform
from amr_core.site.generators.tags import BOARD_SIDE, TAG_SIDE
from amr_lab.bench.localization import Figures
from amr_lab.bench.real_lidar import _row, lidar
from amr_lab.perception_bench.markers import pose_of
from amr_lab.perception_bench.real import containers as gate
from amr_lab.perception_bench.real import depth_pictures as depth_rows
from amr_lab.perception_bench.real import pallets
from amr_lab.perception_bench.real import tags as tag_rows
from amr_lab.perception_bench.real.depth_pictures import depth_pictures
from amr_perception.containers.assemble import Candidate
from amr_perception.docking.template import pallet_feet
from amr_perception.markers.pose import square_points
from amr_sim.camera import draw_board

FIRST, SECOND, THIRD = "MSKU4135329", "DFSU4382559", "CADU4006525"


def _tag_picture(folder: Path, name: str, seed: int, turned: float = 0.0) -> None:
    """Write a picture of a tag of some 21 px with its depth; turned: by how much (rad) the depth's plane is wrong."""
    rng = np.random.default_rng(seed)
    rvec, tvec = pose_of(4.0, 0.3, rng)
    matrix, image = tag_rows.KINECT, np.full((540, 960), 100, np.uint8)
    draw_board(image, cv2.projectPoints(square_points(BOARD_SIDE), rvec, tvec, matrix, np.zeros(5))[0].reshape(4, 2), 7)
    soft = cv2.GaussianBlur(image, (0, 0), 0.7) + rng.normal(0.0, 2.0, image.shape)
    normal = cv2.Rodrigues(np.array((0.0, turned, 0.0)))[0] @ cv2.Rodrigues(rvec)[0][:, 2]
    v, u = np.mgrid[:540, :960]
    rays = np.stack(((u - matrix[0, 2]) / matrix[0, 0], (v - matrix[1, 2]) / matrix[1, 1], np.ones(u.shape)), axis=-1)
    with np.errstate(divide="ignore"):
        depth = (normal @ tvec) / (rays @ normal)
    folder.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(folder / f"rgb_frame{name}.png"), np.clip(soft, 0, 255).astype(np.uint8))
    cv2.imwrite(str(folder / f"depth_frame{name}.png"), np.clip(1000.0 * depth, 0, 65535).astype(np.uint16))


def test_normals_of_tags_are_held_against_depth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_rows, "_TAG_M", TAG_SIDE)
    monkeypatch.delenv(tag_rows.DEPTH_VARIABLE, raising=False)
    found, unmeasured, _ = tag_rows.tags(tmp_path, 1)
    assert (found.metrics["tags"], unmeasured.measured) == (0, False)
    monkeypatch.setenv(tag_rows.DEPTH_VARIABLE, str(tmp_path / "good"))
    for k in range(4):
        _tag_picture(tmp_path / "good", f"{k:04d}", k)
    _tag_picture(tmp_path / "good" / "again", "0000", 0)  # some collections hold a picture twice
    row = tag_rows.tags(tmp_path, 1)[1]
    assert row.metrics["tags"] == 4
    assert row.unmet == []
    assert 0.0 < float(str(row.metrics["deg_median"])) < 12.0
    monkeypatch.setenv(tag_rows.DEPTH_VARIABLE, str(tmp_path / "bad"))
    for k in range(4):
        _tag_picture(tmp_path / "bad", f"{k:04d}", k, turned=1.2)
    assert tag_rows.tags(tmp_path, 1)[1].unmet == ["beyond_2_sigma"]


def test_a_tag_without_depth_is_no_truth(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tag_rows, "_TAG_M", TAG_SIDE)
    monkeypatch.setenv(tag_rows.DEPTH_VARIABLE, str(tmp_path))
    _tag_picture(tmp_path, "0001", 1)
    cv2.imwrite(str(tmp_path / "depth_frame0001.png"), np.zeros((540, 960), np.uint16))
    assert tag_rows.tags(tmp_path, 1)[1].metrics["tags"] == 0
    cv2.imwrite(str(tmp_path / "depth_frame0001.png"), np.zeros((54, 96), np.uint16))  # not of this picture
    assert not tag_rows.tags(tmp_path, 1)[1].measured


def test_a_pallet_where_none_may_be_misses_the_bar(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(tag_rows.DEPTH_VARIABLE, raising=False)
    assert not depth_pictures(tmp_path, 1)[0].measured
    monkeypatch.setenv(tag_rows.DEPTH_VARIABLE, str(tmp_path))
    wall = np.full((540, 960), 2000, np.uint16)
    for name in ("depth_frame0001.png", "depth_frame0002.png"):  # one picture, twice
        cv2.imwrite(str(tmp_path / name), wall)
    (row,) = depth_pictures(tmp_path, 1)
    assert (row.metrics["pictures"], row.metrics["false_pallets"], row.unmet) == (1, 0, [])
    monkeypatch.setattr(depth_rows, "find_pallet", lambda points, kind: object())
    (row,) = depth_pictures(tmp_path, 1)
    assert (row.metrics["false_pallets"], row.unmet) == (1, ["false_pallets"])


class Reader:
    """Reads what a picture's grey level stands for; some pictures only in a closer look, some never right."""

    def read(self, image: np.ndarray, *, closer: bool = False) -> Candidate | None:
        level = round(float(np.median(image)) / 20.0)
        number = {1: FIRST, 2: SECOND, 3: THIRD if closer else "", 4: "", 5: FIRST}[level]
        return Candidate(number, "", 0.9) if number else None


@pytest.fixture
def shown(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    monkeypatch.setattr(gate, "ContainerReader", Reader)
    monkeypatch.setenv(gate.CONTAINERS_VARIABLE, str(tmp_path))
    lines: list[list[str]] = []

    def add(level: int, number: str, column: str) -> None:
        name = f"{len(lines)}.png"
        cv2.imwrite(str(tmp_path / name), np.full((60, 80), 20 * level, np.uint8))
        lines.append([name, number, column])

    for level, number, column in (
        (1, FIRST, ""), (4, FIRST, ""), (2, SECOND, ""), (3, THIRD, "vertical"), (4, SECOND, "vertical"),
        (2, SECOND, "yard"), (1, THIRD, "yard"),  # no gate: in no passage
        (5, "MSKU4135320", ""),  # a label that fails its own check digit does not count
    ):  # fmt: skip
        add(level, number, column)
    (tmp_path / "truth.tsv").write_text("".join("\t".join(line) + "\n" for line in [*lines, ["short"]]))
    return lines


def _counts(row: Any) -> tuple[Any, ...]:
    return tuple(row.metrics[key] for key in ("right", "wrong", "unread"))


def test_single_pictures_and_passages_are_counted(shown: list[list[str]], tmp_path: Path) -> None:
    single, column, passages, columns, yards, _ = gate.containers(tmp_path, 1)
    assert (_counts(single), _counts(column)) == ((2, 0, 1), (1, 0, 1))
    # What one camera of a passage cannot read, another does, also one that looks at a column.
    assert (_counts(passages), passages.metrics["cameras"]) == ((2, 0, 0), 4)
    assert (_counts(columns), columns.metrics["cameras"]) == ((1, 0, 0), 1)
    assert (_counts(yards), yards.unmet) == ((1, 1, 0), ["right_share", "wrong"])
    assert (column.unmet, passages.unmet, columns.unmet) == (["right_share"], [], [])


def test_yards_that_nobody_labelled_are_a_line_of_their_own(shown: list[list[str]], tmp_path: Path) -> None:
    text = (tmp_path / "truth.tsv").read_text()
    (tmp_path / "truth.tsv").write_text("".join(line for line in text.splitlines(True) if "yard" not in line))
    yards = gate.containers(tmp_path, 1)[4]
    assert (yards.measured, "third column" in yards.note) == (False, True)


def test_a_wrong_number_misses_the_bar(shown: list[list[str]], tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "2.png"), np.full((60, 80), 20, np.uint8))  # reads as another container
    single, _, passages, _, _, _ = gate.containers(tmp_path, 1)
    assert (_counts(single)[1], _counts(passages)[1]) == (1, 1)
    assert "wrong" in single.unmet
    assert "wrong" in passages.unmet


def _ranges(pieces: Any, truth: Pose2D) -> Any:
    """Return what the lidar of the pallets' set measures (761 beams, 190 degrees) of pieces at truth, and a wall."""
    angles = np.radians(190.0) * (np.arange(761) / 761 - 0.5)
    far = 4.0 / np.maximum(np.cos(angles), 0.1)
    ends = np.hstack((transform(pieces[:, :2], truth), transform(pieces[:, 2:], truth)))
    for x0, y0, x1, y1 in ends:
        det = np.cos(angles) * (y1 - y0) - np.sin(angles) * (x1 - x0)
        with np.errstate(divide="ignore", invalid="ignore"):
            away = (x0 * (y1 - y0) - y0 * (x1 - x0)) / det
            along = (x0 * np.sin(angles) - y0 * np.cos(angles)) / det
        far = np.where((away > 0.1) & (along >= 0.0) & (along <= 1.0), np.minimum(far, away), far)
    return far


def test_pallets_are_counted_where_the_set_has_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outline, places = pallet_feet(), [Pose2D(1.2, 0.1, 0.0), Pose2D(1.5, -0.2, 0.1)]
    scans = [_ranges(outline.pieces, place) for place in places]
    labels = []
    for place in places:
        ends = transform(np.array([(0.0, -0.4), (0.0, 0.4)]), place)
        labels.append([v for x, y in ends for v in ((y + 3.0) / 6.0 * 193.75 + 32.5, 222.5 - x / 5.0 * 203.75)])
    savemat(tmp_path / "DataSet565.mat", {"Dataset": np.array([*scans, _ranges(outline.pieces[:0], places[0])]).T})
    savemat(tmp_path / "PalletWidth_Box250size.mat", {"PalletWidth": np.array(labels)})
    assert [row.measured for row in pallets.pallets(tmp_path, 1)] == [False]
    monkeypatch.setenv(pallets.PALLETS_VARIABLE, str(tmp_path))
    found, beside, nothing = pallets.pallets(tmp_path, 1)
    assert (found.metrics["tries"], found.metrics["wrong"], found.unmet) == (6, 0, [])
    assert (beside.metrics["tries"], beside.metrics["wrong"]) == (4, 0)
    assert (nothing.metrics["tries"], nothing.metrics["accepted"]) == (3, 0)


def test_without_the_gate_pictures_the_row_says_what_to_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(gate.CONTAINERS_VARIABLE, str(tmp_path))
    monkeypatch.setattr(gate, "ContainerReader", Reader)
    row, kept = gate.containers(tmp_path, 1)
    assert gate.CONTAINERS_VARIABLE in row.note
    assert not row.measured
    assert not kept.measured, "no picture that may be kept is there either"


def test_a_log_meets_its_bar_only_when_its_errors_are_within_what_it_says(tmp_path: Path) -> None:
    def figures(within: float, sure: float, tracking: float = 1.0) -> Figures:
        return Figures("hall", 100, tracking, 0.05, 0.1, 0.3, 0.4, 0.06, 2.0, within, sure, 1.2)

    assert _row(figures(0.96, 0.0)).unmet == []
    assert _row(figures(0.94, 0.0)).unmet == ["within_3_sigma"]
    assert _row(figures(0.99, 0.01)).unmet == ["sure_and_wrong"]
    assert _row(figures(1.0, 0.0, 0.5)).unmet == ["tracked_share"]
    (tmp_path / "lidar").mkdir()
    assert not lidar(tmp_path, 1)[0].measured
