"""Recordings of the cameras: what was written can be read, the folder stays below its bound, rubbish is said."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from mcap.reader import make_reader

from amr_core.errors import AmrError
from amr_perception.recording.dataset import LEAST_BYTES, DatasetWriter, dataset_files, summarise

THING = {"kind": "person", "score": 0.9, "box": [1.0, 2.0, 3.0, 4.0], "x": 5.0, "y": 6.0, "radius": 0.3}
SEEN = {"seeing": True, "blind": "", "size": [640, 480], "detections": [THING, {**THING, "kind": "load"}]}
EVENT = {"camera": "C01", "event_id": "e", "kind": "person_near", "area": "X", "action": "hold", "active": True}
JPEG = b"\xff\xd8\xff" + bytes(range(256))


def test_what_was_written_can_be_read(tmp_path: Path) -> None:
    writer = DatasetWriter(tmp_path / "rec", 10_000_000)
    for k in range(20):
        writer.detections(100.0 + 0.5 * k, "C01", SEEN)
    writer.frame(101.0, "C01", JPEG)
    writer.event(102.0, {**EVENT, "count": 1, "confidence": 0.8})
    writer.close()
    found = summarise(tmp_path / "rec")
    assert (found.files, found.broken) == (1, [])
    assert found.messages == {"/cameras/C01/detections": 20, "/cameras/C01/frame": 1, "/cameras/events": 1}
    assert found.detections == {"person": 20, "load": 20}
    assert [found.begin, found.end] == pytest.approx([100.0, 109.5])
    with dataset_files(tmp_path / "rec")[0].open("rb") as file:
        for schema, channel, message in make_reader(file).iter_messages(topics=["/cameras/C01/detections"]):
            assert schema is not None
            assert (schema.name, channel.message_encoding) == ("amr.CameraDetections", "json")
            assert json.loads(message.data)["detections"][0] == THING


def test_the_folder_stays_below_its_bound_and_the_oldest_go(tmp_path: Path) -> None:
    bound = LEAST_BYTES
    rng = np.random.default_rng(1)
    for session in range(2):  # the second one goes on where the first has ended
        writer = DatasetWriter(tmp_path, bound)
        for k in range(60):
            writer.frame(1000.0 * session + k, "C01", JPEG + rng.bytes(20_000))  # does not shrink
            assert sum(path.stat().st_size for path in dataset_files(tmp_path)) <= bound
        writer.close()
    found = summarise(tmp_path)
    assert found.bytes <= bound
    assert found.begin > 50.0
    assert found.end == pytest.approx(1059.0)
    assert not found.broken


def test_a_file_without_an_end_is_named_and_the_rest_is_read(tmp_path: Path) -> None:
    writer = DatasetWriter(tmp_path, 10_000_000)
    writer.detections(1.0, "C01", SEEN)
    writer.close()
    (good,) = dataset_files(tmp_path)
    (tmp_path / "cameras_000002.mcap").write_bytes(good.read_bytes()[:60])
    (tmp_path / "cameras_000003.mcap").write_bytes(b"rubbish")
    (tmp_path / "cameras_notes.mcap").write_bytes(b"not one of ours")
    found = summarise(tmp_path)
    assert found.broken == ["cameras_000002.mcap", "cameras_000003.mcap"]
    assert found.messages["/cameras/C01/detections"] == 1


def test_what_cannot_be_recorded_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(AmrError, match=r"record\.failed"):
        DatasetWriter(tmp_path / "file", 10_000_000)
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        DatasetWriter(tmp_path, 1000)
    with pytest.raises(AmrError, match=r"record\.failed"):
        summarise(tmp_path / "nothing")
