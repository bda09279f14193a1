"""A hold of a camera that the fleet does not take is an alarm: robots drive where somebody stands."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_fleet.domain.alarms import severity_of
from amr_fleet.domain.events import Ask, Notices
from amr_fleet.nodes.camera_zones import CameraZones, RefusedHolds
from amr_fleet.ports import ZoneRequest, ZoneView
from amr_fleet.rehearsal import Rehearsal
from amr_fleet.requests import SetZone
from tests.unit.test_camera_silence import Fleet
from tests.unit.test_fleet_engine import rehearsal
from tests.unit.test_fleet_zones import ask, box

FULL = AmrError("zone.invalid", where="zone_id", reason="there are 50 zones already")


def event(**changes: Any) -> SimpleNamespace:
    return SimpleNamespace(**{
        "camera": "C01", "event_id": "a:person_near:1", "kind": "person_near", "area": "a", "action": "hold",
        "active": True, "max_speed": 0.0, "valid_for": 5.0, "polygon_x": [0.0, 5.0, 5.0], "polygon_y": [0.0, 0.0, 5.0],
        "reason": "",
    } | changes)  # fmt: skip


def zones() -> tuple[CameraZones, Fleet, RefusedHolds, list[str]]:
    told: list[str] = []
    refused, fleet = RefusedHolds(lambda error: told.append(error.code), ["C01", "C02"]), Fleet()
    return CameraZones(fleet, refused), fleet, refused, told  # type: ignore[arg-type]


@pytest.mark.parametrize(("error", "age", "code"), [(FULL, 0.0, "zone.invalid"), (None, 2.5, "message.invalid")])
def test_a_camera_whose_hold_is_not_taken_is_named_until_it_is(error: AmrError | None, age: float, code: str) -> None:
    """Full, or a camera's clock is off: it was counted in the log only, and its crossing was free."""
    port, fleet, refused, told = zones()
    fleet.error = error
    port.on_event(event(), 100.0, age)
    assert (told, refused.cameras(100.1)) == ([code], ["C01"])
    assert refused.cameras(104.9) == ["C01"], "it lasts until the camera says it again"
    fleet.error = None
    port.on_event(event(), 102.0, 0.0)
    assert refused.cameras(102.1) == []


def test_a_hold_that_was_refused_and_is_over_soon_is_an_alarm_all_the_same() -> None:
    """People walk by: each hold was over before the 3 s that an alarm takes, and the crossing was free each time."""
    port, fleet, refused, _ = zones()
    fleet.error = FULL
    for second in range(0, 9, 2):
        port.on_event(event(event_id=f"a:{second}"), 100.0 + second, 0.0)
        port.on_event(event(event_id=f"a:{second}", active=False), 101.0 + second, 0.0)
        assert refused.cameras(101.1 + second) == ["C01"]
    assert refused.cameras(137.9) == ["C01"]
    assert refused.cameras(138.1) == []


def test_a_hold_that_is_taken_says_nothing_of_another_one_of_its_camera_that_is_not() -> None:
    port, fleet, refused, _ = zones()
    for second in (0.0, 2.0, 4.0):
        fleet.error = None
        port.on_event(event(event_id="old"), 100.0 + second, 0.0)
        fleet.error = FULL
        port.on_event(event(event_id="new"), 100.1 + second, 0.0)
        fleet.error = None
        port.on_event(event(event_id="old"), 100.2 + second, 0.0)
        assert refused.cameras(100.3 + second) == ["C01"]


def test_cameras_that_the_site_does_not_have_are_one_alarm_and_hide_no_other() -> None:
    port, fleet, refused, _ = zones()
    fleet.error = FULL
    for i in range(2000):
        port.on_event(event(camera=f"X{i}"), 100.0, 0.0)
    port.on_event(event(camera="C02"), 100.0, 0.0)
    assert refused.cameras(100.1) == ["? (500)", "C02"]
    assert refused.cameras(131.0) == []


def test_the_alarm_names_each_camera_and_ends_when_its_holds_are_taken() -> None:
    run = rehearsal()

    def told(*cameras: str) -> list[tuple[str, Any]]:
        notices = {("alarm.camera_refused", camera): {"camera": camera} for camera in cameras}
        for _ in range(8):
            run.step([Notices(notices)])
            run.run(lambda r: False, 1.0)
        return [(a.code, a.facts["camera"]) for a in run.engine.world.state.alarms.active.values()]

    assert told("C01", "C02") == [("alarm.camera_refused", "C01"), ("alarm.camera_refused", "C02")]
    assert {a.robot for a in run.engine.world.state.alarms.active.values()} == {""}
    assert told("C02") == [("alarm.camera_refused", "C02")]
    assert told() == []
    assert severity_of("alarm.camera_refused") == "critical"


def crowd(*cameras: tuple[str, str, int]) -> Rehearsal:
    """Return a run in which each camera (name, code of its zones, how many) has zones."""
    run = rehearsal()
    view = ask(run, Ask(1, SetZone(zone=ZoneRequest(zone_id="camera:C00:0", kind="hold", polygon=box(0, 0, 5, 5)))))
    assert isinstance(view, ZoneView)
    for camera, code, count in cameras:
        for i in range(count):
            zone_id = f"camera:{camera}:{code}:{i}"
            run.engine.world.state.zones[zone_id] = replace(view, zone_id=zone_id, code=code)
    return run


def takes(run: Rehearsal, zone_id: str, code: str = "camera.person_near") -> bool:
    wish = ZoneRequest(zone_id=zone_id, kind="hold", polygon=box(0, 0, 5, 5), code=code)
    return isinstance(ask(run, Ask(1, SetZone(zone=wish))), ZoneView)


def test_a_camera_that_makes_zones_up_keeps_no_other_camera_out() -> None:
    run = crowd(("C01", "camera.lane_blocked", 499))
    assert takes(run, "camera:C01:camera.lane_blocked:7"), "one that it has is renewed"
    assert not takes(run, "camera:C01:new")
    assert takes(run, "camera:C01:new", "camera.blind.dark"), "that it is blind is no number of what it sees"
    assert takes(run, "camera:C011:new")


def test_the_camera_that_sees_most_has_all_its_holds_taken() -> None:
    """Twenty drawn areas with three kinds of events each, and a blind word for each: more than 50 were refused."""
    run = crowd(("C02", "camera.person_near", 60), ("C02", "camera.blind.dark", 60), ("C03", "camera.person_near", 60))
    assert takes(run, "camera:C02:61")
    assert takes(run, "camera:C02:61b", "camera.blind.dark")


def test_cameras_whose_names_are_made_up_have_no_room_without_end() -> None:
    run = crowd(*((f"X{i}", "camera.person_near", 40) for i in range(50)))
    assert not takes(run, "camera:X99:0")
