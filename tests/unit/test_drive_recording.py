"""A recorded drive is one that the calibration reads; what it would refuse is left out and counted."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from amr_bringup.drive import read_drive
from amr_core.errors import AmrError
from amr_perception.recording.drive import DriveWriter

NAN, INF = math.nan, math.inf


def recorded(path: Path, writer: DriveWriter) -> list[dict[str, object]]:
    writer.close()
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_what_is_recorded_is_read_by_the_calibration(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "drive.jsonl"
    writer = DriveWriter(path)
    writer.pose(0.5, 3.0, 4.0, 0.1)
    for k in range(3):
        t = 1.0 + 0.1 * k
        writer.odom(t, 0.05 * k, 0.0, 0.01 * k)
        writer.scan(t, "front", -1.0, 0.1, [1.0, INF, NAN, 0.0, -3.0, 2.00004])
        writer.tag(t, 7, 0.1, 0.0, 2.0)
    assert dict(writer.written) == {"pose": 1, "odom": 3, "front": 3, "tag": 3}
    assert not writer.left_out
    writer.close()
    drive = read_drive(path)
    assert (drive.start.x, drive.start.theta) == (3.0, 0.1)
    assert drive.odometry.shape == (3, 4)
    assert [len(points) for _, points in drive.scans["front"]] == [2, 2, 2]
    assert [(tag.tag, tag.z) for tag in drive.tags] == [(7, 2.0)] * 3


def test_rubbish_is_left_out_and_the_drive_stays_good(tmp_path: Path) -> None:
    path = tmp_path / "drive.jsonl"
    writer = DriveWriter(path)
    writer.pose(0.0, 0.0, 0.0, 0.0)
    writer.odom(1.0, 0.0, 0.0, 0.0)
    writer.odom(0.5, 0.0, 0.0, 0.0)  # goes back in time
    writer.odom(1.1, NAN, 0.0, 0.0)
    writer.odom(INF, 0.0, 0.0, 0.0)
    writer.scan(1.0, "front", NAN, 0.1, [1.0])
    writer.scan(1.0, "front", 0.0, 0.0, [1.0])
    writer.scan(1.0, "front", 0.0, -0.1, [1.0])
    writer.scan(1.0, "front", 0.0, 0.1, [])
    writer.scan(1.0, "front", 0.0, 0.1, [1.0] * 9000)
    writer.tag(1.0, -1, 0.0, 0.0, 1.0)
    writer.tag(1.0, 10**9, 0.0, 0.0, 1.0)
    writer.tag(1.0, 5, NAN, 0.0, 1.0)
    writer.odom(1.2, 0.1, 0.0, 0.0)
    assert dict(writer.left_out) == {"odom": 3, "front": 5, "tag": 3}
    assert [line["kind"] for line in recorded(path, writer)] == ["pose", "odom", "odom"]
    assert len(read_drive(path).odometry) == 2


def test_a_full_file_ends_whole(tmp_path: Path) -> None:
    path = tmp_path / "drive.jsonl"
    writer = DriveWriter(path, most_bytes=300)
    for k in range(20):
        writer.odom(float(k), 0.0, 0.0, 0.0)
    assert writer.full
    assert path.stat().st_size <= 300
    lines = recorded(path, writer)
    assert len(lines) == writer.written["odom"] < 20
    assert writer.left_out["odom"] == 20 - len(lines)


def test_a_drive_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "drive.jsonl"
    path.write_text("mine\n")
    with pytest.raises(AmrError, match=r"record\.failed"):
        DriveWriter(path)
    assert path.read_text() == "mine\n"
    with pytest.raises(AmrError, match=r"record\.failed"):
        DriveWriter(path / "below_a_file.jsonl")
