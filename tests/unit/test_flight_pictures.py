"""The pictures of an inspection: one a point, people blotted out, kept for a week, and said when one is lost."""

from __future__ import annotations

import io
import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast
from unittest import mock

import numpy as np
import pytest
from PIL import Image

from amr_fleet.api.photos import PhotoStore
from amr_fleet.domain import flight_eyes
from amr_fleet.domain.events import PointPictured
from amr_fleet.flight_requests import AbortFlight, CreateFlight
from amr_fleet.nodes import flight_pictures
from amr_fleet.nodes.flight_pictures import FlightPictures
from amr_fleet.nodes.uav import UavPort
from amr_fleet.service import FleetService
from amr_perception.codes.point_pictures import PointPictures
from amr_perception.fixed.blur import KEPT_WIDTH, WIDTH, point_jpeg
from amr_perception.people.boxes import PictureBox
from amr_ros.node import AmrNode
from amr_sim.shelves import roof
from amr_uav.model import PointPicture, Telemetry
from tests.unit.flight_rig import FLYING, FlightRig
from tests.waiting import until

POINTS = ((63.0, 26.0, 4.0), (64.0, 26.0, 4.5), (65.0, 26.0, 5.0))
FLIGHT = "F000001"


def inspecting() -> FlightRig:
    """A flight to three points that has begun."""
    rig = FlightRig()
    rig.permit()
    view = rig.ask(CreateFlight(task="inspect", points=POINTS, user="lan"))
    assert rig.start(view).state == "CLEARING"
    return rig


def shot(point: str, **more: Any) -> PointPictured:
    return PointPictured(FLIGHT, PointPicture(**{"point": point, "photo": "a" * 64, "taken": 7.0, **more}))


def test_each_point_has_the_picture_that_was_taken_there_and_its_place_time_and_height(tmp_path: Path) -> None:
    """From the simulated camera to the page: what is kept is told by its SHA-256, from where the aircraft was."""
    rig, rng = inspecting(), np.random.default_rng(1)
    eye, told = PointPictures(), list[PointPictured]()
    keeper = FlightPictures(lambda: tmp_path / "photos", told.append)
    while rig.view().state in ("CLEARING", "FLYING"):
        events, told[:] = list(told), []
        rig.step(events)
        craft, now = rig.craft, rig.now
        flight = craft.mission.flight_id if craft.mission else ""
        keeper.state(craft.telemetry(now), now, craft.scan, craft.scan_since)
        taken = eye.state(now, flight, craft.scan, craft.scan_since)
        if taken is not None:
            keeper.picture(taken.stamp, point_jpeg(taken.raw, []))
        if craft.scan:
            picture = roof(float(craft.p[0]), float(craft.p[1]), float(np.linalg.norm(craft.v)), rng)
            eye.picture(now, picture, picture)
    keeper.close()
    rig.step(told)
    view = rig.view()
    assert (view.state, view.unknown, view.labels, view.empty) == ("DONE", 0, 0, 0)
    for planned, one in zip(POINTS, view.points, strict=True):
        assert np.hypot(one.x - planned[0], one.y - planned[1]) < 0.5
        assert abs(one.z - planned[2]) < 0.5
        assert view.started < one.taken < view.finished
        kept = PhotoStore(tmp_path / "photos").get(one.photo)
        assert Image.open(io.BytesIO(kept)).width == KEPT_WIDTH
    assert len({one.photo for one in view.points}) == 3
    rig.restart()
    rig.step()
    assert rig.view().points == view.points, "the journal holds them"


def test_a_picture_that_is_lost_or_not_kept_is_said_and_none_is_taken_twice_or_for_another() -> None:
    rig = inspecting()
    strange = PointPictured("F000009", shot("P1").picture)
    rig.step(
        [shot("P2"), shot("P2", photo="b" * 64), shot("P9"), strange, shot("P3", photo="", refused="photo.not_kept")]
    )
    first, second, third = rig.view().points
    assert (first.photo, first.taken, first.refused) == ("", 0.0, "")
    assert (first.x, first.y, first.z) == POINTS[0], "where it is to be taken"
    assert second.photo == "a" * 64
    assert (third.photo, third.refused) == ("", "photo.not_kept")
    assert rig.view().unknown == 2


def test_an_inspection_of_before_there_were_pictures_has_none() -> None:
    """Its points were noted as empty cells: the page said "Có ảnh 3 / 3 điểm" over three points without any."""
    rig = inspecting()
    for point in ("P1", "P2", "P3"):
        rig.engine.world.emit("flight_cell", facts={"flight": FLIGHT, "cell": point, "found": "empty", "sscc": ""})
    rig.step([shot("P2")])
    assert (rig.view().unknown, rig.view().empty) == (2, 0)


def test_one_that_comes_after_the_landing_is_taken_in_and_long_after_it_is_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight_eyes, "LATE_S", 1.0)
    rig = inspecting()
    rig.ask(AbortFlight(flight_id=FLIGHT, user="lan"))
    rig.step([shot("P1")])
    rig.until(lambda: False, 1.5)
    rig.step([shot("P2")])
    assert [bool(one.photo) for one in rig.view().points] == [True, False, False]


def test_the_sharpest_of_a_point_is_taken_and_none_of_the_way_between() -> None:
    rng = np.random.default_rng(3)
    soft, sharp = roof(1.0, 1.0, 0.5, rng), roof(1.0, 1.0, 0.0, rng)
    eye = PointPictures()
    eye.state(1.0, FLIGHT, "P1", 1.0)
    for stamp, picture in ((0.9, sharp), (1.2, soft), (1.4, sharp), (1.6, soft)):
        eye.picture(stamp, picture, stamp)
    assert eye.state(1.8, FLIGHT, "P1", 1.0) is None, "it looks still"
    eye.picture(2.1, sharp, 2.1)
    taken = eye.state(2.0, FLIGHT, "", 0.0)
    assert taken is not None
    assert taken.stamp == 1.4
    assert eye.state(3.0, FLIGHT, "B1W-01-1", 2.9) is None, "a cell of a rack is no point"


def test_a_camera_that_stands_still_gives_no_picture_of_the_next_point() -> None:
    still = roof(1.0, 1.0, 0.0, np.random.default_rng(3))
    eye = PointPictures()
    eye.state(1.0, FLIGHT, "P1", 1.0)
    for step in range(20):
        eye.picture(1.1 + step / 10, still, step)
        eye.state(1.1 + step / 10, FLIGHT, "P1", 1.0)
    eye.state(4.0, FLIGHT, "P2", 4.0)
    for step in range(10):
        eye.picture(4.1 + step / 10, still, step)
        eye.state(4.1 + step / 10, FLIGHT, "P2", 4.0)
    assert eye.state(6.0, FLIGHT, "", 0.0) is None
    assert eye.complaints


def test_people_are_blotted_out_and_where_nobody_looked_for_them_all_is_small_and_blurred() -> None:
    picture = np.random.default_rng(1).integers(0, 255, (600, 800, 3)).astype(np.uint8)
    person = PictureBox("person", 0.9, 200.0, 100.0, 400.0, 500.0)
    kept = np.asarray(Image.open(io.BytesIO(point_jpeg(picture, [person]))).convert("L"), dtype=float)
    assert kept.shape == (480, 640)
    inside, outside = kept[120:360, 190:290], kept[120:360, 450:600]
    assert np.abs(np.diff(inside, axis=1)).mean() < 0.2 * np.abs(np.diff(outside, axis=1)).mean()
    assert Image.open(io.BytesIO(point_jpeg(picture, None))).width == WIDTH


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (9, 9, 9)).save(out, "JPEG")
    return out.getvalue()


def looked(keeper: FlightPictures) -> None:
    keeper.state(Telemetry(t=105.0, flight_id=FLIGHT, mode="MISSION", x=1.0, y=2.0, z=3.0), 5.0, "P1", 4.8)


def test_a_full_folder_leaves_room_for_workers_and_the_engine_hears_that_a_picture_was_not_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flight_pictures, "MOST_KEPT", 0)
    told = list[PointPictured]()
    keeper = FlightPictures(lambda: tmp_path, told.append)
    looked(keeper)
    keeper.picture(5.1, jpeg())
    keeper.close()
    (one,) = told
    assert (one.flight_id, one.picture.photo, one.picture.refused) == (FLIGHT, "", "photo.not_kept")
    assert (one.picture.taken, one.picture.x, one.picture.z) == (105.1, 1.0, 3.0)
    assert PhotoStore(tmp_path).add(jpeg()), "a worker's is"


def test_what_is_no_picture_or_of_no_point_is_kept_nowhere(tmp_path: Path) -> None:
    told = list[PointPictured]()
    keeper = FlightPictures(lambda: tmp_path, told.append)
    keeper.picture(5.1, jpeg())  # nobody said that it looks at a point
    looked(keeper)
    keeper.picture(4.5, jpeg())  # before it looked
    keeper.picture(9.0, jpeg())  # long after
    keeper.picture(5.1, b"no picture")
    keeper.close()
    assert [one.picture.refused for one in told] == ["photo.unreadable"]
    assert not list(tmp_path.iterdir())


def test_a_picture_of_a_rack_s_cell_is_kept_nowhere_unless_its_count_wants_it(tmp_path: Path) -> None:
    """All of them would fill the folder of workers' pictures, and no page shows them (`test_count_pictures.py`)."""
    told = list[PointPictured]()
    keeper = FlightPictures(lambda: tmp_path, told.append)
    for at, cell in enumerate(("L-1-1", "P1-2-3", "P", "P1234")):
        keeper.state(Telemetry(t=at, flight_id=FLIGHT, mode="MISSION"), at, cell, at)
        keeper.picture(at, jpeg())
    keeper.close()
    assert (told, list(tmp_path.iterdir())) == ([], [])


def test_a_fleet_without_a_dashboard_deletes_old_pictures_though_none_comes(tmp_path: Path) -> None:
    old, new = tmp_path / f"{'a' * 64}.jpg", tmp_path / f"{'b' * 64}.jpg"
    for path, days in ((old, 7.1), (new, 6.9)):
        path.write_bytes(jpeg())
        os.utime(path, (time.time() - 86400 * days,) * 2)
    node = SimpleNamespace(create_publisher=mock.Mock(), create_subscription=mock.Mock())
    port = UavPort(cast(AmrNode, node), cast(FleetService, mock.Mock()), FLYING, mock.Mock(), lambda: tmp_path)
    assert until(lambda: not old.exists())
    port.close()
    assert list(tmp_path.iterdir()) == [new]


def hangs(*_: object) -> str:
    time.sleep(0.3)
    return "c" * 64


def test_a_disk_that_hangs_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight_pictures, "_MOST_WAITING", 1)
    told = list[PointPictured]()
    keeper = FlightPictures(lambda: tmp_path, told.append)
    keeper._store = cast(PhotoStore, SimpleNamespace(add=hangs, close=lambda: None))
    for number in (1, 2):
        at = 10.0 * number
        keeper.state(Telemetry(t=at, flight_id=FLIGHT, mode="MISSION"), at, f"P{number}", at)
        keeper.picture(at, jpeg())
    assert [(one.picture.point, one.picture.refused) for one in told] == [("P2", "photo.not_kept")]
    keeper.close()
    assert told[1].picture.photo == "c" * 64
