"""The table of pictures with changed bytes: it counts what is told, shows what passes, and can miss its bars."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from amr_core.errors import AmrError
from amr_lab.perception_bench.real import damage
from amr_perception.lens import packed


def _picture(seed: int) -> np.ndarray:
    rough = np.random.default_rng(seed).integers(0, 255, (48, 64, 3)).astype(np.uint8)
    return cv2.resize(rough, (640, 480), interpolation=cv2.INTER_CUBIC)


def _jpeg() -> bytes:
    return bytes(cv2.imencode(".jpg", _picture(1), (cv2.IMWRITE_JPEG_QUALITY, 85))[1].tobytes())


@pytest.mark.parametrize("count", [1, 16])
def test_so_many_bytes_are_changed_and_it_stays_a_jpeg(count: int) -> None:
    whole = _jpeg()
    bad = damage.changed(whole, count, np.random.default_rng(3))
    assert sum(a != b for a, b in zip(whole, bad, strict=True)) == count
    assert bad[:2] == whole[:2]


def test_what_is_told_is_counted_and_the_same_each_time() -> None:
    first, again = (damage.changed_row("JPEG", [_jpeg()], 60, 12, 1.0) for _ in range(2))
    assert (first.metrics["told"], first.unmet) == (12, [])
    assert first.metrics == again.metrics


def test_what_passes_misses_the_bar_and_is_shown_by_how_wrong_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packed, "_damage", lambda _data: "")
    row = damage.changed_row("JPEG", [_jpeg()], 60, 12, 1.0)
    assert row.unmet == ["told_share"]
    assert float(str(row.metrics["passed_off_share_median"])) > 0.2


def test_a_whole_picture_that_is_refused_misses_the_bar(monkeypatch: pytest.MonkeyPatch) -> None:
    assert damage._whole([_picture(1)]).unmet == []
    monkeypatch.setattr(packed, "_damage", lambda _data: "wrong")
    assert (damage._whole([_picture(1)]).metrics["told"], damage._whole([_picture(1)]).unmet) == (5, ["told"])


def test_a_camera_on_a_link_that_changes_some_bytes_of_each_picture_is_held(monkeypatch: pytest.MonkeyPatch) -> None:
    assert damage._link(4, [_picture(1)], held=True).unmet == []
    monkeypatch.setattr(damage, "decode", lambda _data, *, colour: _picture(1))
    assert damage._link(4, [_picture(1)], held=True).unmet == ["told"]


def test_without_pictures_the_row_says_so(tmp_path: Path) -> None:
    (row,) = damage.damage(tmp_path, 1)
    assert (row.measured, row.note) == (False, "no pictures below people")


def test_a_picture_that_cannot_be_unpacked_counts_as_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_data: bytes, *, colour: bool) -> np.ndarray:
        raise AmrError("message.invalid", topic="t", reason=f"colour {colour}")

    monkeypatch.setattr(damage, "decode", refuses)
    assert damage.changed_row("PNG", [_jpeg()], 1, 4, 1.0).metrics["told"] == 4
