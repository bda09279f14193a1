"""A camera that has stopped talking: the fleet holds what it guards, says so, and lets go when it talks again."""

from __future__ import annotations

import math
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import shapely
import yaml

from amr_core.cameras import PinholeView, fixed_view
from amr_core.errors import AmrError
from amr_core.site import Camera, Site, load_site
from amr_core.site.camera_files import camera_path, keep_camera_file
from amr_fleet.camera_frames import CameraFrame
from amr_fleet.domain.camera_alarms import REASONS, blind_cameras
from amr_fleet.domain.camera_areas import guarded_areas
from amr_fleet.nodes.camera_port import CameraPort
from amr_fleet.nodes.camera_silence import CameraFiles, CameraSilence
from amr_fleet.ports import ZoneView
from amr_fleet.requests import ClearZone, SetZone
from amr_interfaces.msg import CameraEvent, CameraView
from amr_lab.perception_bench.cameras import crossing_site

AWAY = Camera(id="C02", x=2.0, y=2.0, height=3.0, looks_at=(1.0, 1.0))


class Fleet:
    """Takes requests; fails with error where there is one."""

    def __init__(self, error: AmrError | None = None) -> None:
        self.asked: list[Any] = []
        self.error = error

    def ask(self, request: Any) -> Future[Any]:
        self.asked.append(request)
        future: Future[Any] = Future()
        if self.error is not None:
            future.set_exception(self.error)
        else:
            future.set_result(None)
        return future

    def take(self) -> list[Any]:
        taken, self.asked = self.asked, []
        return taken


def site() -> Site:
    plain = crossing_site()
    return plain.model_copy(update={"cameras": [*plain.cameras, AWAY]})


def shown(camera: str, blind: str = "silent") -> CameraFrame:
    return CameraFrame(camera=camera, t=0.0, blind=blind, size=(640, 480), things=())


def watched(fleet: Fleet, *in_use: str) -> tuple[CameraSilence, list[AmrError]]:
    told: list[AmrError] = []
    return CameraSilence(site(), fleet, told.append, in_use), told  # type: ignore[arg-type]


def test_what_a_silent_camera_guards_is_held_renewed_and_let_go() -> None:
    fleet = Fleet()
    silence, _ = watched(fleet)
    silence.update([shown("C01", "")], 1.0)
    silence.update([shown("C01", "too dark to see")], 2.0)  # it talks: its own events hold
    assert fleet.take() == []
    for k in range(50):  # 10 Hz for 5 s
        silence.update([shown("C01")], 3.0 + 0.1 * k)
    zones = [request.zone for request in fleet.take() if isinstance(request, SetZone)]
    held = [zone for zone in zones if ":crossing:" in zone.zone_id]
    assert [zone.kind for zone in held] == ["hold"] * 3
    assert all(zone.until - now >= 2.5 for zone, now in zip(held, (3.0, 5.0, 7.0), strict=True))
    assert {zone.code for zone in zones} == {"camera.blind.silent"}
    silence.update([shown("C01", "learning")], 8.1)  # it talks, and its own blind zones are not there yet
    silence.update([shown("C01", "")], 8.2)
    silence.update([shown("C01", "dark")], 8.9)
    silence.update([shown("C01", "")], 9.0)
    silence.update([shown("C01", "")], 9.9)
    assert fleet.take() == []
    silence.update([shown("C01", "")], 10.1)  # it has seen for a second
    lifted = fleet.take()
    assert {type(request) for request in lifted} == {ClearZone}
    assert {request.zone_id for request in lifted} == {zone.zone_id for zone in zones}
    silence.update([shown("C01", "")], 10.2)
    assert fleet.take() == []


def test_a_clock_that_goes_back_does_not_end_the_hold() -> None:
    fleet = Fleet()
    silence, _ = watched(fleet)
    silence.update([shown("C01")], 100.0)
    fleet.take()
    silence.update([shown("C01")], 5.0)
    assert fleet.take()


def test_cameras_that_were_never_heard_or_are_not_of_the_site_hold_nothing() -> None:
    fleet = Fleet()
    silence, _ = watched(fleet)
    silence.update([], 1.0)
    silence.update([shown("C77")], 2.0)
    silence.update([shown("C77", "")], 3.0)
    assert fleet.take() == []


def test_a_camera_in_use_that_never_spoke_is_held_from_the_first_step() -> None:
    """Unknown is not free: nothing held the crossing of a camera whose program was never started."""
    fleet = Fleet()
    silence, _ = watched(fleet, "C01")
    codes = list[str]()
    for k in range(400):  # 10 Hz for 40 s
        silence.update([], 100.0 + 0.1 * k)
        zones = [request.zone for request in fleet.take()]
        assert zones or k, "held at once"
        assert all(zone.until - (100.0 + 0.1 * k) == 5.0 for zone in zones)
        codes += [zone.code for zone in zones if ":crossing:" in zone.zone_id]
    assert len(codes) == 20  # every 2 s, and none of C02, which is not in use
    assert codes == ["camera.blind.learning"] * 8 + ["camera.blind.unheard"] * 12
    for k in range(8):
        silence.update([shown("C01", "learning")], 140.0 + 0.1 * k)  # it begins: its own events hold
    silence.update([shown("C01", "")], 141.0)
    assert fleet.take() == []
    silence.update([shown("C01", "")], 142.1)
    assert {type(request) for request in fleet.take()} == {ClearZone}
    silence.update([shown("C01", "")], 143.0)
    silence.update([], 150.0)  # heard once: what follows is told of what it shows
    assert fleet.take() == []


def test_a_clock_that_goes_back_keeps_what_a_camera_that_never_spoke_guards_held() -> None:
    fleet = Fleet()
    silence, _ = watched(fleet, "C01")
    silence.update([], 100.0)
    fleet.take()
    silence.update([], 5.0)
    assert fleet.take()


def test_a_camera_in_use_that_the_site_does_not_have_is_refused() -> None:
    with pytest.raises(AmrError, match="C77"):
        watched(Fleet(), "C01", "C77")


@pytest.mark.parametrize(("code", "complaints"), [("zone.invalid", 1), ("zone.not_found", 0)])
def test_a_refused_request_is_told_except_that_a_zone_is_gone_already(code: str, complaints: int) -> None:
    fleet = Fleet(AmrError(code, where="polygon", reason="x", zone="y"))
    silence, told = watched(fleet)
    silence.update([shown("C01")], 1.0)
    before = len(told)
    assert before
    silence.update([shown("C01", "")], 2.0)
    silence.update([shown("C01", "")], 3.1)
    assert (len(told) > before) == bool(complaints)


def test_a_camera_guards_the_crossings_and_docks_in_its_picture() -> None:
    there, away = site().cameras
    speeds = {name: speed for name, _, speed in guarded_areas(site(), there)}
    assert speeds["crossing"] == 0.0
    [(name, view, speed)] = guarded_areas(site(), away)  # it guards nothing: robots slow down in all that it sees
    assert (name, speed) == ("view", 0.5)
    assert shapely.Polygon(view).contains(shapely.Point(AWAY.looks_at))
    assert not shapely.Polygon(view).contains(shapely.Point(AWAY.x + 20.0, AWAY.y + 20.0))  # behind it
    for _, polygon, _ in guarded_areas(site(), there):
        assert len(polygon) >= 3


def test_a_view_sees_the_floor_before_it_only() -> None:
    view = PinholeView(0.0, 0.0, 3.0, 0.0, 0.6)
    assert view.sees(4.0, 0.0)
    assert not view.sees(4.0, 0.0, reach=3.0)
    assert not view.sees(-4.0, 0.0)
    assert not view.sees(4.0, 9.0)
    assert not view.sees(0.1, 0.0)  # below the picture
    camera = site().cameras[0]
    assert fixed_view(camera).sees(*camera.looks_at)


@pytest.mark.parametrize(("pitch", "focal"), [(math.atan2(1.0, 2.0), 1.0), (-math.atan2(3.0, 2.0), 1.5)])
def test_an_edge_that_looks_straight_down_or_up_ends_below_or_above_the_camera(pitch: float, focal: float) -> None:
    """Only pictures 2 or 4 px wide have a point on an edge that does: no fixed camera's."""
    points = PinholeView(1.0, 2.0, 3.0, 0.0, pitch, 2, 3, focal).outline(10.0)
    assert (1.0, 2.0) in points
    assert all(math.dist(point, (1.0, 2.0)) <= 10.01 for point in points)


def test_every_camera_of_the_reference_site_holds_or_slows_something_when_it_is_silent() -> None:
    real = load_site("cai_cui")
    for camera in real.cameras:
        areas = guarded_areas(real, camera)
        assert areas, camera.id
        assert all(3 <= len(polygon) <= 200 for _, polygon, _ in areas)


def test_silence_is_an_alarm_and_no_camera_can_say_it_of_itself() -> None:
    zone = ZoneView(
        zone_id="camera:C01:crossing:silent", kind="hold", polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)),
        code="camera.blind.silent",
    )  # fmt: skip
    assert list(blind_cameras([zone])) == [("alarm.camera_silent", "C01", {"camera": "C01"})]
    never = replace(zone, code="camera.blind.unheard")
    assert list(blind_cameras([never])) == [("alarm.camera_unheard", "C01", {"camera": "C01"})]
    assert not {"silent", "unheard"} & REASONS
    assert {"detector", "learning", "dark"} <= REASONS


def test_a_camera_that_is_heard_before_the_fleets_first_step_is_not_silent_with_it() -> None:
    """Fleet time is not known yet: counted from 0, what it showed was as old as the clock."""
    heard: dict[str, Any] = {}
    node = SimpleNamespace(create_subscription=lambda _kind, topic, call, _qos: heard.update({topic: call}), now=0.0)
    fleet, complaints = Fleet(), list[AmrError]()
    fleet.snapshot = lambda: SimpleNamespace(t=0.0, zones=())  # type: ignore[attr-defined]
    port = CameraPort(node, site(), fleet, complaints.append)  # type: ignore[arg-type]
    view = CameraView(camera="C01", seeing=True, width=640, height=480, picture_age=-1.0, light="day")
    event = CameraEvent(camera="C01", area="X", active=True)
    heard["/cameras/views"](view)
    heard["/cameras/events"](event)
    fleet.snapshot = lambda: SimpleNamespace(t=1000.0, zones=())  # type: ignore[attr-defined]
    assert (port.look(), fleet.take(), complaints) == ([], [], [])
    heard["/cameras/views"](view)
    assert [(frame.t, frame.blind) for frame in port.look()] == [(1000.0, "")]


def test_the_time_to_begin_is_counted_from_the_fleets_first_step() -> None:
    """From 0, before fleet time is known, everybody was called at once."""
    node = SimpleNamespace(create_subscription=lambda *_: None, now=0.0)
    fleet = Fleet()
    fleet.snapshot = lambda: SimpleNamespace(t=0.0, zones=())  # type: ignore[attr-defined]
    port = CameraPort(node, site(), fleet, list[AmrError]().append, ["C02"])  # type: ignore[arg-type]
    port.look()
    assert fleet.take() == []
    fleet.snapshot = lambda: SimpleNamespace(t=1000.0, zones=())  # type: ignore[attr-defined]
    port.look()
    assert [request.zone.code for request in fleet.take()] == ["camera.blind.learning"]


@pytest.mark.parametrize(
    ("zone_id", "held"),
    [("camera:C02:crossing:silent", True), ("camera:C02:e7", True), ("camera:C77:e7", False), ("C02:e7", False)],
)
def test_what_a_camera_held_when_the_fleet_ended_is_held_again_though_it_stays_silent(zone_id: str, held: bool) -> None:
    """It is not among those in use; without this its crossing was free after a restart, and nobody was told."""
    node = SimpleNamespace(create_subscription=lambda *_: None, now=0.0)
    fleet, complaints = Fleet(), list[AmrError]()
    zone = ZoneView(
        zone_id=zone_id, kind="hold", polygon=((0.0, 0.0), (1.0, 0.0), (0.0, 1.0)), elements=(), max_speed=0.0,
        text="C02", until=5.0, since=0.0, user="camera",
    )  # fmt: skip
    fleet.snapshot = lambda: SimpleNamespace(t=0.0, zones=(zone,))  # type: ignore[attr-defined]
    port = CameraPort(node, site(), fleet, complaints.append)  # type: ignore[arg-type]
    fleet.snapshot = lambda: SimpleNamespace(t=60.0, zones=())  # type: ignore[attr-defined]
    port.look()
    cameras = {request.zone.zone_id.split(":")[1] for request in fleet.take()}
    assert (cameras, complaints) == ({"C02"} if held else set(), [])


def test_areas_that_are_saved_while_the_fleet_runs_are_held_and_old_ones_until_it_sees(tmp_path: Path) -> None:
    def save(area: str) -> None:
        polygon = [[1.0, 1.0], [2.0, 1.0], [2.0, 2.0]]
        keep_camera_file(camera_path(tmp_path, "C01"), {"areas": [{"id": area, "polygon": polygon}]})

    text = yaml.safe_dump(crossing_site().model_dump(mode="json"), allow_unicode=True)
    (tmp_path / "site.yaml").write_text(text, encoding="utf-8")
    save("before")
    fleet, told = Fleet(), list[AmrError]()
    files = CameraFiles(str(tmp_path))
    silence = CameraSilence(load_site(tmp_path), fleet, told.append, files=files)  # type: ignore[arg-type]

    def held(now: float, blind: str = "silent") -> set[str]:
        silence.update([shown("C01", blind)], now)
        return {one.zone.text.split()[-1] for one in fleet.take() if isinstance(one, SetZone)}

    assert "before" in held(1.0)
    save("after")
    assert not held(1.5), "nobody looks at files at each step"
    both = held(3.5)
    assert {"before", "after"} <= both
    assert held(6.0) == both
    silence.update([shown("C01", "")], 7.0)
    silence.update([shown("C01", "")], 8.5)
    assert {one.zone_id.split(":")[2] for one in fleet.take()} == both
    assert held(20.0) == both - {"before"}
    (tmp_path / "site.yaml").write_text("{", encoding="utf-8")
    save("third")
    assert held(30.0) == both - {"before"}, "what was guarded is guarded on"
    assert [error.code for error in told] == ["site.unreadable"]
