"""A camera that holds robots up for long, rightly or not, is told: a parked truck that looks like a person stays."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from amr_core.roadmap import build_roadmap
from amr_core.site import load_site
from amr_fleet.domain import alarm_watch
from amr_fleet.domain.alarm_watch import CLEAR_AFTER
from amr_fleet.domain.camera_alarms import HELD, HELD_AFTER, holding_cameras
from amr_fleet.domain.events import Ask
from amr_fleet.ports import AlarmView, ZoneRequest, ZoneView
from amr_fleet.rehearsal import Behaviour, Rehearsal, units_of
from amr_fleet.requests import SetZone
from amr_fleet.vocabulary import ZoneKind

_SITE = load_site("lab")
_ROADMAP = build_roadmap(_SITE)
_AFTER = 30.0  # s, instead of ten minutes
_TEXTS = Path(__file__).resolve().parents[2] / "src/amr_fleet/web/src/shared/i18n"


@pytest.fixture(autouse=True)
def _sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    assert alarm_watch.DELAY[HELD] == HELD_AFTER
    monkeypatch.setitem(alarm_watch.DELAY, HELD, _AFTER)


def rehearsal() -> Rehearsal:
    run = Rehearsal(_ROADMAP, units_of(_SITE, 1), how=Behaviour(stop_rate=0.0))
    run.run(lambda r: r.engine.ready, 20.0)
    return run


def alarms(run: Rehearsal) -> list[AlarmView]:
    return list(run.engine.snapshot().alarms)


def _seen_by(
    run: Rehearsal, seconds: float, *, kind: ZoneKind = "hold", what: str = "person_near", serial: int = 1
) -> Ask:
    polygon = ((0.5, 0.5), (1.0, 0.5), (1.0, 1.0))
    speed = 0.3 if kind == "slow" else 0.0
    zone = ZoneRequest(
        zone_id=f"camera:C01:X1:{what}:{serial}", kind=kind, polygon=polygon, code=f"camera.{what}", max_speed=speed,
        until=run.now + seconds, user="camera",
    )  # fmt: skip
    return Ask(1, SetZone(zone=zone))


def _held_for(run: Rehearsal, seconds: float, **zone: Any) -> list[str]:
    """Let a camera's event be renewed every 2 s for so long; return the alarms then."""
    end = run.now + seconds
    while run.now < end:
        run.step([_seen_by(run, 5.0, **zone)])
        _wait(run, 2.0)
    return [a.reason.code for a in alarms(run)]


def _wait(run: Rehearsal, seconds: float) -> None:
    end = run.now + seconds
    run.run(lambda r: r.now >= end, seconds + 1.0)


def test_a_camera_that_holds_robots_up_for_long_is_an_alarm_until_it_lets_go() -> None:
    run = rehearsal()
    assert _held_for(run, _AFTER - 6.0) == []
    # Another event of the same camera without a moment between: whoever stands there, traffic stands.
    assert _held_for(run, 10.0, serial=2) == [HELD]
    (alarm,) = alarms(run)
    assert alarm.reason.facts == {"camera": "C01"}
    assert run.run(lambda r: not alarms(r), 5.0 + CLEAR_AFTER + 3.0)


def test_people_who_come_and_go_are_no_alarm() -> None:
    run = rehearsal()
    for _ in range(2):
        assert _held_for(run, _AFTER * 0.6) == []
        _wait(run, 6.0)  # the event is over


def _zone(zone_id: str, kind: ZoneKind, code: str) -> ZoneView:
    return ZoneView(zone_id=zone_id, kind=kind, polygon=((0.0, 0.0), (1.0, 0.0), (1.0, 1.0)), code=code)


@pytest.mark.parametrize("what", ["person_near", "vehicle_near", "lane_blocked", "fallen_load"])
def test_whatever_a_camera_sees_there_counts_once_for_each_camera(what: str) -> None:
    zones = [_zone(f"camera:{camera}:{k}", "hold", f"camera.{what}") for k, camera in enumerate(("C2", "C1", "C2"))]
    assert [(camera, facts) for _, camera, facts in holding_cameras(zones)] == [
        ("C1", {"camera": "C1"}),
        ("C2", {"camera": "C2"}),
    ]


def test_what_only_slows_robots_what_is_blind_and_what_a_person_drew_does_not_count() -> None:
    zones = [
        _zone("camera:C1:1", "slow", "camera.person_near"),
        _zone("camera:C1:2", "hold", "camera.blind.dark"),  # an alarm of its own
        _zone("Z-1", "hold", "camera.person_near"),
    ]
    assert list(holding_cameras(zones)) == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_text_names_the_time_that_the_fleet_waits(language: str) -> None:
    line = next(t for t in (_TEXTS / f"codes_{language}.ts").read_text().splitlines() if f'"{HELD}"' in t)
    assert f" {HELD_AFTER / 60.0:.0f} " in line
