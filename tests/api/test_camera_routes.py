"""What fixed cameras see over the API: everybody logged in sees boxes, a picture only where one may exist."""

from __future__ import annotations

import asyncio

import pytest

from amr_core.cameras import PinholeView
from amr_fleet.api.models.live import Snapshot
from amr_fleet.ports import CameraFrame, CameraThing
from tests.api.api_support import Connect
from tests.api.fake_fleet import FakeFleet

JPEG = b"\xff\xd8\xff\xe0 picture"
PERSON = CameraThing(kind="person", score=0.9, box=(300.0, 200.0, 330.0, 290.0), x=36.2, y=6.1, radius=0.3)


def view(fleet: FakeFleet, frame: bytes = b"") -> CameraFrame:
    t = fleet.now
    return CameraFrame(
        camera="CAM-1", t=t, blind="", size=(640, 480), things=(PERSON,), frame=frame, frame_t=t if frame else 0.0
    )


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
