"""The pictures of a count: one of each cell where racks and book differ, kept as those of inspections are, no other."""

from __future__ import annotations

import io
import time
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

from amr_fleet.api.photos import PhotoStore
from amr_fleet.domain.events import PointPictured
from amr_fleet.nodes import flight_pictures
from amr_fleet.nodes.flight_pictures import FlightPictures
from amr_perception.codes.rack_reader import RackReader
from amr_perception.fixed.blur import point_jpeg
from amr_sim.shelves import picture
from amr_uav.model import PointPicture, Telemetry
from amr_uav.sample_stock import sscc
from tests.unit.flight_rig import FlightRig

FLIGHT = "F000001"


def counted(rig: FlightRig, keeper: FlightPictures, told: list[PointPictured]) -> None:
    """Fly a count of one aisle to its end, with the camera's pictures on their way to who keeps them."""
    rig.start(rig.planned(["B1", "B2"], [1]))
    camera = rig.camera
    assert camera is not None
    for _ in range(6000):
        events, told[:] = list(told), []
        rig.step(events)
        craft, now = rig.craft, rig.now
        keeper.state(craft.telemetry(now), now, craft.scan, craft.scan_since)
        taken, camera.taken[:] = list(camera.taken), []
        for one in taken:
            keeper.picture(one.stamp, point_jpeg(one.raw, []))
        flights = rig.engine.snapshot().flights
        assert flights is not None
        keeper.counted(flights.flights)
        if rig.view().finished:
            return
    raise AssertionError(rig.view().state)


def test_each_difference_in_a_cell_has_the_picture_that_was_taken_there_and_nothing_else_is_kept(
    tmp_path: Path,
) -> None:
    rig, told = FlightRig(camera=0.0), list[PointPictured]()
    keeper = FlightPictures(lambda: tmp_path / "photos", told.append)
    counted(rig, keeper, told)
    rig.step(list(told))
    told.clear()
    flights = rig.engine.snapshot().flights
    assert flights is not None
    keeper.counted(flights.flights)
    keeper.close()
    rig.step(told)
    view = rig.view()
    kinds = {one.kind for one in view.differences}
    assert {"misplaced", "not_in_book", "unreadable"} & kinds, kinds
    for one in view.differences:
        assert bool(one.photo) == bool(one.cell), one
        if one.photo:
            assert view.started < one.taken < view.finished
            shown = Image.open(io.BytesIO(PhotoStore(tmp_path / "photos").get(one.photo)))
            assert shown.width >= 240
    kept = {path.stem for path in (tmp_path / "photos").iterdir()}
    assert kept == {one.photo for one in view.differences if one.photo}, "what agrees is kept nowhere"
    assert view.unknown == 0, "a picture is no cell that was read"
    rig.restart()
    rig.step()
    assert rig.view().differences == view.differences, "the journal holds them"


def test_the_picture_is_of_the_label_that_was_told_and_the_sharpest_of_it() -> None:
    rng, reader = np.random.default_rng(1), RackReader()
    reader.state(1.0, FLIGHT, "a", 0.9)
    for at, speed in ((1.1, 0.3), (1.2, 0.0), (1.3, 0.3)):
        reader.picture(at, picture(sscc(1), 1.5, speed, rng), f"raw {at}")
    [told] = reader.state(1.4, FLIGHT, "a", 0.9) or reader.state(1.5, FLIGHT, "", 1.45)
    assert told.taken is not None
    assert (told.taken.stamp, told.taken.raw) == (1.2, "raw 1.2")
    reader.state(2.0, FLIGHT, "b", 2.0)
    for at in (2.1, 2.2, 2.3):
        reader.picture(at, picture("", 1.5, 0.0, rng), f"raw {at}")
    reader.state(2.4, FLIGHT, "b", 2.0)
    [empty] = reader.state(2.6, FLIGHT, "", 2.5)
    assert (empty.reading.cell, empty.reading.state) == ("b", "empty")
    assert empty.taken is not None
    assert empty.taken.stamp >= 2.1, "none of the cell before"


def jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), (9, 9, 9)).save(out, "JPEG")
    return out.getvalue()


def looked(keeper: FlightPictures, at: float, cell: str) -> None:
    keeper.state(Telemetry(t=100.0 + at, flight_id=FLIGHT, mode="MISSION", x=1.0, y=2.0, z=3.0), at, cell, at)
    keeper.picture(at, jpeg())


def over(*cells: str, finished: float = 9.0) -> list[Any]:
    return [SimpleNamespace(flight_id=FLIGHT, finished=finished, differences=[SimpleNamespace(cell=c) for c in cells])]


def test_until_the_count_is_over_nothing_is_kept_and_then_what_agrees_is_forgotten(tmp_path: Path) -> None:
    told = list[PointPictured]()
    keeper = FlightPictures(lambda: tmp_path, told.append)
    for at, cell in enumerate(("L-1-1", "L-1-2", "L-1-3"), start=1):
        looked(keeper, float(at), cell)
    keeper.counted(over("L-1-2", finished=0.0))
    assert keeper._held, "a count under way wants them still"
    keeper.counted(over("L-1-2", ""))
    assert not keeper._held
    keeper.close()
    [one] = told
    assert (one.picture.point, one.picture.taken, one.picture.z) == ("L-1-2", 102.0, 3.0)
    assert [path.stem for path in tmp_path.iterdir()] == [one.picture.photo]


def test_pictures_that_wait_take_no_more_memory_than_they_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flight_pictures, "MOST_HELD", 2 * len(jpeg()))
    told = list[PointPictured]()
    keeper = FlightPictures(lambda: tmp_path, told.append)
    for at in range(1, 9):
        looked(keeper, float(at), f"L-1-{at}")
    assert sum(len(held.data) for held in keeper._held.values()) == 2 * len(jpeg())
    keeper.counted(over(*(f"L-1-{at}" for at in range(1, 8))))
    assert not keeper._held
    keeper.close()
    assert {one.picture.point: one.picture.refused for one in told} == {
        f"L-1-{at}": "" if at <= 2 else "photo.not_kept" for at in range(1, 8)
    }, "what was lost is said, of a cell that differs"


def test_a_count_that_nobody_settles_holds_no_picture_for_longer_than_its_days(tmp_path: Path) -> None:
    now = [0.0]
    keeper = FlightPictures(lambda: tmp_path, lambda _: None, lambda: now[0])
    looked(keeper, 1.0, "L-1-1")
    for days, held in ((6.9, 1), (7.1, 0)):
        now[0] = days * 86400.0
        keeper.counted(over("L-1-1", finished=0.0))
        assert len(keeper._held) == held
    keeper.close()


def test_a_count_of_which_all_differs_keeps_every_picture(tmp_path: Path) -> None:
    told = list[PointPictured]()
    keeper = FlightPictures(lambda: tmp_path, told.append)
    cells = [f"L-{row}-{place}" for row in range(6) for place in range(10)]
    for at, cell in enumerate(cells):
        looked(keeper, float(at), cell)
    for _ in range(1000):
        keeper.counted(over(*cells))
        if not keeper._held:
            break
        time.sleep(0.02)
    keeper.close()
    assert {one.picture.point for one in told if one.picture.photo} == set(cells)


def test_a_picture_of_a_cell_that_agrees_or_of_a_count_under_way_is_not_noted_and_a_lost_one_is_said() -> None:
    rig = FlightRig()
    rig.start(rig.planned(["B1", "B2"], [1]))
    shot = PointPictured(FLIGHT, PointPicture(point="B1W-01-1", photo="a" * 64, taken=7.0))
    rig.step([shot])
    assert rig.until(lambda: bool(rig.view().finished), 900.0)
    view = rig.view()
    cell = next(one.cell for one in view.differences if one.cell)
    lost = next(one.cell for one in view.differences if one.cell not in ("", cell))
    agrees = next(c for c in view.plan.cells if c not in {one.cell for one in view.differences})
    ignored = rig.engine.world.flights.ignored if rig.engine.world.flights else 0
    rig.step([replace(shot, picture=replace(shot.picture, point=point)) for point in (agrees, "X-1-1", cell, cell)])
    rig.step([replace(shot, picture=PointPicture(point=lost, taken=8.0, refused="photo.not_kept"))])
    assert rig.engine.world.flights is not None
    assert rig.engine.world.flights.ignored == ignored + 2
    assert {one.cell for one in rig.view().differences if one.photo} == {cell}
    one = next(one for one in rig.view().differences if one.cell == lost)
    assert (one.photo, one.unkept, one.taken) == ("", "photo.not_kept", 8.0), "it is said to be lost"
