"""What fixed cameras see over the API: everybody logged in sees boxes, a picture only where one may exist."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from fastapi import FastAPI

from amr_core.cameras import PinholeView
from amr_core.own_camera import OwnCamera
from amr_fleet.api.models.live import Snapshot
from amr_fleet.camera_frames import CameraFrame, CameraHealth, CameraThing
from amr_fleet.camera_history import CameraHistory, own_frames
from amr_fleet.ops import Ops
from amr_fleet.store.tracks import TrackStore
from tests.api.api_support import Connect
from tests.api.fake_fleet import FakeFleet
from tests.api.small_site import small_site

JPEG = b"\xff\xd8\xff\xe0 picture"
PERSON = CameraThing(kind="person", score=0.9, box=(300.0, 200.0, 330.0, 290.0), x=36.2, y=6.1, radius=0.3)


HEALTH = CameraHealth(
    picture_age=0.25, sharpness=0.41234, usual=0.5, brightness=91.26, dirty=0.01, shift=0.4, light="day", guards=12.0,
    guards_day=12.0, detector="nanodet.onnx", setup=3, setup_since=1200.25,
)  # fmt: skip


def view(fleet: FakeFleet, frame: bytes = b"") -> CameraFrame:
    t = fleet.now
    return CameraFrame(
        camera="CAM-1", t=t, blind="", size=(640, 480), things=(PERSON,), frame=frame, frame_t=t if frame else 0.0,
        health=HEALTH,
    )  # fmt: skip


def test_cameras_tell_where_they_look_and_what_they_see(fleet: FakeFleet, connect: Connect) -> None:
    fleet.cameras = [view(fleet)]

    async def run() -> None:
        async with connect() as http:
            assert (await http.get("/api/v1/cameras")).status_code == 401
        async with connect("viewer") as http:
            first, second = (await http.get("/api/v1/cameras")).json()["cameras"]
        assert (first["id"], first["online"], first["seeing"], first["size"]) == ("CAM-1", True, True, [640, 480])
        (seen,) = first["detections"]
        assert (seen["kind"], seen["box"], seen["x"]) == ("person", [300.0, 200.0, 330.0, 290.0], 36.2)
        assert (second["id"], second["online"], second["seeing"], second["detections"]) == ("CAM-2", False, False, [])
        # The outline encloses what the camera looks at, on the floor before it.
        xs, ys = zip(*first["outline"], strict=True)
        assert min(xs) < 36.0 < max(xs)
        assert min(ys) < 6.0 < max(ys) < 12.0

    asyncio.run(run())


def test_what_a_camera_sees_of_the_floor_is_computed_once(
    fleet: FakeFleet, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with connect("viewer") as http:
            first = (await http.get("/api/v1/cameras")).json()
            monkeypatch.delattr(PinholeView, "outline")
            assert (await http.get("/api/v1/cameras")).json() == first

    asyncio.run(run())


def test_a_picture_is_for_operators_and_only_where_there_is_one(fleet: FakeFleet, connect: Connect) -> None:
    async def run() -> None:
        fleet.cameras = [view(fleet, JPEG)]
        async with connect("viewer") as http:
            assert (await http.get("/api/v1/cameras/CAM-1/frame.jpg")).json()["code"] == "auth.forbidden"
            assert (await http.get("/api/v1/cameras")).json()["cameras"][0]["frame_age"] is not None
        async with connect("operator") as http:
            answer = await http.get("/api/v1/cameras/CAM-1/frame.jpg")
            assert (answer.status_code, answer.content) == (200, JPEG)
            assert (answer.headers["content-type"], answer.headers["cache-control"]) == ("image/jpeg", "no-store")
            fleet.cameras = [view(fleet)]
            for camera in ("CAM-1", "CAM-2", "x" * 500, "%2e%2e"):
                gone = await http.get(f"/api/v1/cameras/{camera}/frame.jpg")
                assert (gone.status_code, gone.json()["code"]) == (404, "request.not_found")

    asyncio.run(run())


def test_the_live_snapshot_carries_boxes_and_no_picture(fleet: FakeFleet) -> None:
    fleet.cameras = [view(fleet, JPEG)]
    (shown,) = Snapshot.of(fleet.snapshot()).model_dump()["cameras"]
    assert shown["id"] == "CAM-1"
    assert len(shown["detections"]) == 1
    assert "frame" not in shown


def test_one_camera_tells_how_it_is_since_when_and_what_it_guards(fleet: FakeFleet, connect: Connect) -> None:
    dark = replace(HEALTH, reason="dark", since=1234.5678, guards=0.0, light="dim", usual=0.0)
    fleet.cameras = [replace(view(fleet), blind="too dark to see", things=(), health=dark)]

    async def run() -> None:
        async with connect() as http:
            assert (await http.get("/api/v1/cameras/CAM-1")).status_code == 401
        async with connect("worker") as http:
            assert (await http.get("/api/v1/cameras/CAM-1")).json()["code"] == "auth.forbidden"
        async with connect("viewer") as http:
            told = (await http.get("/api/v1/cameras/CAM-1")).json()
            never = (await http.get("/api/v1/cameras/CAM-2")).json()
            for bad in ("CAM-3", "x" * 500, "%00", "..%2e"):
                assert (await http.get(f"/api/v1/cameras/{bad}")).json()["code"] == "request.not_found"
        assert (told["reason"], told["seeing"], told["since"]) == ("dark", False, 1234.568)
        health = told["health"]
        assert 0.2 <= health["picture_age"] < 5.0
        assert (health["sharpness"], health["usual"], health["brightness"]) == (0.412, None, 91.3)
        assert (health["light"], health["guards"], health["guards_day"]) == ("dim", 0.0, 12.0)
        assert (health["detector"], health["setup"], health["setup_since"]) == ("nanodet.onnx", 3, 1200.25)
        assert told["areas"]
        assert all(len(area["polygon"]) >= 3 and area["max_speed"] >= 0.0 for area in told["areas"])
        assert (never["health"], never["t"], never["reason"]) == (None, None, "")

    asyncio.run(run())


def test_the_history_of_a_camera_is_for_viewers_and_bounded(fleet: FakeFleet, app: FastAPI, connect: Connect) -> None:
    store = TrackStore(":memory:", table="cameras")
    history = CameraHistory(store.write, store.read)
    begin = 300.0 * (fleet.now // 300.0) - 300.0
    fleet.own_cameras["amr_01"] = (OwnCamera(camera="front", reason="dark", in_use=True),)
    for second in range(10):
        history.look([view(fleet), *own_frames(fleet.snapshot().robots)], begin + second)
    history.close()
    app.state.context = replace(app.state.context, ops=Ops(site=small_site(4), read_journal=list, cameras=store))

    async def run() -> None:
        async with connect("viewer") as http:
            told = (await http.get("/api/v1/cameras/CAM-1/history", params={"hours": 2})).json()
            (span,) = told["spans"]
            assert (span["begin"], span["seconds"], span["seen"], span["guards"]) == (begin, 9.0, 9.0, 12.0)
            assert told["end"] - told["begin"] == pytest.approx(7200.0)
            assert (await http.get("/api/v1/cameras/CAM-2/history")).json()["spans"] == []
            (own,) = (await http.get("/api/v1/cameras/amr_01:front/history")).json()["spans"]
            assert (own["seconds"], own["seen"], own["guards"], own["reasons"]) == (9.0, 0.0, None, {"dark": 9.0})
            for unknown in ("CAM-9", "amr_99:front", "amr_01:", "CAM-1:front"):
                assert (await http.get(f"/api/v1/cameras/{unknown}/history")).json()["code"] == "request.not_found"
            for hours in ("0", "-1", "nan", "inf", "169", "x", "1e999"):
                answer = await http.get("/api/v1/cameras/CAM-1/history", params={"hours": hours})
                assert answer.status_code == 422, hours
        async with connect("worker") as http:
            assert (await http.get("/api/v1/cameras/CAM-1/history")).json()["code"] == "auth.forbidden"

    asyncio.run(run())
