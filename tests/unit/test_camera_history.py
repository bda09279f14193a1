"""How cameras were over days: means over five minutes, kept in chunks of an hour, gone on with after a restart."""

from __future__ import annotations

import math
import threading
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_core.own_camera import OwnCamera
from amr_fleet.camera_frames import CameraFrame, CameraHealth
from amr_fleet.camera_history import (
    CHUNK_S,
    MAX_BYTES,
    SPAN_S,
    CameraHistory,
    CameraSpell,
    decode,
    encode,
    history_of,
    own_frames,
)
from amr_fleet.ports import RobotView
from amr_fleet.store.tracks import TrackStore

HOUR = 7200.0


def frame(camera: str = "C01", **health: float | str) -> CameraFrame:
    good = CameraHealth(**{"brightness": 90.0, "sharpness": 0.4, "usual": 0.5, "guards": 12.0, **health})  # type: ignore[arg-type]
    blind = str(health.get("reason", ""))
    return CameraFrame(camera=camera, t=0.0, blind=blind, size=(640, 480), things=(), health=good)


def robot(name: str, camera: OwnCamera) -> RobotView:
    nothing: dict[str, Any] = {"order_id": "", "node": "", "path": (), "base": (), "waiting": None, "errors": ()}
    zeros = dict.fromkeys(("x", "y", "theta", "v", "soc"), 0.0)
    flags: dict[str, Any] = dict.fromkeys(("charging", "loaded", "paused"), False) | {"online": True, "localized": True}
    more: dict[str, Any] = {**nothing, **zeros, **flags}
    return RobotView(name=name, type="lift_amr", status="IDLE", cameras=(camera,), **more)


def store() -> TrackStore:
    return TrackStore(":memory:", MAX_BYTES, "cameras")


def kept(chunks: TrackStore, camera: str = "C01", begin: float = 0.0, end: float = 1e9) -> list[CameraSpell]:
    return history_of(chunks.read(begin, end), camera, begin, end)


def look(history: CameraHistory, frames: Sequence[CameraFrame], begin: float, seconds: int) -> None:
    for second in range(seconds + 1):
        history.look(frames, begin + second)


def test_five_minutes_become_one_line_of_means_and_reasons() -> None:
    chunks = store()
    history = CameraHistory(chunks.write, chunks.read)
    look(history, [frame(brightness=80.0)], HOUR, 100)
    look(history, [frame(brightness=100.0, guards=5.0)], HOUR + 100.0, 100)
    look(history, [frame(reason="dark", brightness=3.0, guards=0.0)], HOUR + 200.0, 50)
    history.close()
    (span,) = kept(chunks)
    assert (span.begin, span.seconds, span.seen) == (HOUR, 250.0, 200.0)
    assert span.light == pytest.approx(90.0, abs=0.2)
    assert (span.sharpness, span.usual, span.guards, span.reasons) == (0.4, 0.5, 5.0, {"dark": 50.0})


def test_a_robots_own_camera_counts_while_the_robot_looks_through_it() -> None:
    chunks = store()
    history = CameraHistory(chunks.write, chunks.read)
    sees = OwnCamera(camera="front", in_use=True, picture_age=0.1, sharpness=0.4, usual=0.5, brightness=80.0)
    robots = [robot("amr_01", sees), robot("amr_02", replace(sees, in_use=False))]
    look(history, list(own_frames(robots)), HOUR, 40)
    dark = replace(robots[0], cameras=(replace(sees, reason="dark", brightness=2.0),))
    look(history, list(own_frames([dark])), HOUR + 40.0, 20)
    assert list(own_frames([replace(dark, online=False)])) == []
    history.close()
    (span,) = kept(chunks, "amr_01:front")
    assert (span.seen, span.light, span.sharpness, span.reasons) == (40.0, 80.0, 0.4, {"dark": 20.0})
    assert math.isnan(span.guards)  # it guards nothing: nobody is told a distance
    assert kept(chunks, "amr_02:front") == []


def test_a_camera_that_never_saw_has_no_means() -> None:
    chunks = store()
    history = CameraHistory(chunks.write, chunks.read)
    look(history, [frame(reason="silent")], HOUR, 30)
    history.close()
    (span,) = kept(chunks)
    assert (span.seen, span.light, math.isnan(span.guards), span.reasons) == (0.0, 0.0, True, {"silent": 30.0})


def test_what_was_written_before_a_restart_is_gone_on_with(tmp_path: Path) -> None:
    path = str(tmp_path / "tracks.sqlite3")
    for begin in (HOUR + 10.0, HOUR + 120.0):  # the fleet stood still between
        chunks = TrackStore(path, MAX_BYTES, "cameras")
        history = CameraHistory(chunks.write, chunks.read)
        look(history, [frame()], begin, 20)
        history.close()
        chunks.close()
    chunks = TrackStore(path, MAX_BYTES, "cameras")
    (span,) = kept(chunks)
    assert (span.begin, span.seconds) == (HOUR, 40.0)
    assert TrackStore(path).span() is None  # the tracks in the same file are others


def test_a_stop_of_the_fleet_counts_for_nobody_and_each_hour_has_its_chunk() -> None:
    chunks = store()
    history = CameraHistory(chunks.write, chunks.read)
    look(history, [frame()], HOUR + CHUNK_S - 5.0, 10)
    history.look([frame()], HOUR + CHUNK_S + 1000.0)
    history.look([frame()], HOUR + CHUNK_S + 1001.0)
    history.close()
    assert [(s.begin - HOUR, s.seconds) for s in kept(chunks)] == [(3300.0, 4.0), (3600.0, 6.0), (4500.0, 1.0)]
    assert len(chunks.read(0.0, 1e9)) == 2
    assert kept(chunks, "C02") == []
    assert [s.begin - HOUR for s in kept(chunks, begin=HOUR + 3650.0, end=HOUR + 4400.0)] == [3600.0]


def test_it_is_written_once_a_minute_and_a_clock_that_goes_back_does_no_harm() -> None:
    chunks, written = store(), threading.Event()

    def write(begin: float, end: float, payload: bytes) -> None:
        chunks.write(begin, end, payload)
        written.set()

    history = CameraHistory(write, chunks.read)
    look(history, [frame()], HOUR, 59)
    assert chunks.read(0.0, 1e9) == []
    look(history, [frame()], HOUR + 59.0, 62)
    assert written.wait(30.0)
    assert kept(chunks)
    history.look([frame()], HOUR - 100.0)
    history.look([frame()], HOUR - 99.0)
    history.close()
    assert [s.begin - HOUR for s in kept(chunks)] == [-300.0, 0.0]


def test_a_disk_that_refuses_is_blamed_and_stops_nothing() -> None:
    def refuse(*_: object) -> None:
        raise AmrError("store.failed", reason="disk full")

    blamed: list[AmrError] = []
    history = CameraHistory(refuse, lambda _b, _e: [b"rubbish"], blamed.append)
    look(history, [frame()], HOUR, 130)
    history.close()
    assert len(blamed) >= 3  # the chunk that could not be read, and two that could not be written
    assert {error.code for error in blamed} == {"store.failed"}


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"rubbish",
        zlib.compress(b"[]"),
        zlib.compress(b'{"C01": 3}'),
        zlib.compress(b'{"C01": [[1, 2]]}'),
        zlib.compress(b'{"C01": [[1, 2, 3, 4, 5, 6, 7, 8]]}'),
        zlib.compress(b'{"C01": [["x", 2, 3, 4, 5, 6, 7, {}]]}'),
    ],
)
def test_damaged_chunks_are_told(payload: bytes) -> None:
    with pytest.raises(AmrError, match=r"store\.failed"):
        decode(payload)


def test_a_chunk_comes_back_as_it_was_and_a_week_of_twenty_cameras_fits() -> None:
    spans = [
        CameraSpell(
            k * SPAN_S, 300.0, 290.0, 90.0 + k, round(0.4 + 0.001 * k, 3), 0.5, 12.0, {"dark": 7.0 + k, "late": 2.7}
        )
        for k in range(12)
    ]
    payload = encode({f"C{k:02d}": spans for k in range(20)})
    assert decode(payload)["C07"] == spans
    assert len(payload) * 24 * 7 < MAX_BYTES
