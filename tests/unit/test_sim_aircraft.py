"""The simulated aircraft, its autopilot, and its camera in front of the product's own reader."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
import pytest

from amr_perception.codes.shelf_eye import ShelfEye, usable
from amr_perception.codes.shelves import ShelfVote, has_label
from amr_sim.aircraft import FlightMission, SimulatedAircraft, mission_of
from amr_sim.shelves import picture
from amr_uav.model import Volume, Waypoint
from amr_uav.plan import inventory_plan
from amr_uav.sample_stock import UNREADABLE, sscc
from tests.unit.flight_rig import FLYING, LIMITS

PLAN = inventory_plan(FLYING, ["B1"], [1])
MISSION = mission_of("F1", PLAN.waypoints, PLAN.volume, PLAN.transit)


def craft(seed: int = 1, **more: object) -> SimulatedAircraft:
    return SimulatedAircraft("uav_01", LIMITS, FLYING.pad, seed, **more)  # type: ignore[arg-type]


def fly(one: SimulatedAircraft, limit: float = 600.0, *, start: float = 0.0, deaf: bool = False) -> list[str]:
    """Fly until it stands; return the modes that it went through."""
    modes, now = [str(one.mode)], start
    while now < start + limit:
        now += 0.05
        one.step(now, 0.05, 0.0 if deaf else now)
        if one.mode != modes[-1]:
            modes.append(one.mode)
        if one.mode == "LANDED":
            break
    return modes


def test_a_mission_is_flown_from_pad_to_pad_at_the_speeds_of_its_limits() -> None:
    one = craft()
    assert one.fly(MISSION)
    assert not one.fly(MISSION), "not twice"
    fastest, now = 0.0, 0.0
    while one.mode != "LANDED" and now < 600.0:
        now += 0.05
        one.step(now, 0.05, now)
        fastest = max(fastest, float(np.hypot(*one.v[:2])))
        assert abs(one.v[2]) <= LIMITS.climb + 1e-6
    assert one.item == len(PLAN.waypoints)
    assert 0.8 * LIMITS.cruise < fastest <= LIMITS.cruise + 1e-6
    assert np.hypot(*(one.p[:2] - FLYING.pad)) < 0.5
    assert 1.0 - one.soc == pytest.approx(now / LIMITS.endurance, rel=0.1)
    assert now == pytest.approx(PLAN.seconds, rel=0.25), "the plan's estimate is one"


def test_wind_within_its_limit_does_not_keep_it_from_flying_and_costs_battery() -> None:
    calm, windy = craft(), craft(wind=(6.0, 0.0))
    for one in (calm, windy):
        one.fly(MISSION)
        assert fly(one)[-1] == "LANDED"
        assert one.failsafe == ""
        assert one.item == len(PLAN.waypoints)
    assert windy.soc < calm.soc


@pytest.mark.parametrize(("why", "modes"), [("link", ["RETURN", "LAND"]), ("battery", ["RETURN", "LAND"])])
def test_it_comes_home_by_itself(why: str, modes: list[str]) -> None:
    one = craft()
    one.fly(MISSION)
    fly(one, 40.0)
    assert one.mode == "MISSION"
    one.soc = 0.09 if why == "battery" else one.soc
    seen = fly(one, 200.0, start=40.0, deaf=why == "link")
    assert seen == ["MISSION", *modes, "LANDED"]
    assert one.failsafe == why
    assert np.hypot(*(one.p[:2] - FLYING.pad)) < 0.5


def test_without_position_or_outside_its_fence_it_lands_where_it_is() -> None:
    for why in ("position", "fence"):
        one = craft()
        one.fly(MISSION)
        fly(one, 40.0)
        if why == "position":
            one.position_ok = False
        else:
            one.p[0] += 12.0
        x = float(one.p[0])
        assert fly(one, 100.0, start=40.0) == ["MISSION", "LAND", "LANDED"]
        assert one.failsafe == why
        assert abs(float(one.p[0]) - x) < 3.0


def test_what_it_is_told_counts_only_for_its_own_flight_and_when_it_makes_sense() -> None:
    one = craft()
    assert not one.told("return", "F1"), "it stands"
    one.fly(MISSION)
    fly(one, 30.0)
    assert not one.told("return", "F2")
    assert not one.told("resume", "F1")
    assert not one.told("dance", "F1")
    assert one.told("hold", "F1")
    before = one.p.copy()
    fly(one, 10.0, start=30.0)
    assert float(np.linalg.norm(one.p - before)) < 1.0
    assert one.told("resume", "F1")
    assert one.told("return", "F1")
    assert one.told("land", "F1")
    assert not one.told("return", "F1"), "who lands goes on landing"
    assert not craft().fly(FlightMission("F1", (), PLAN.volume, 5.0))
    assert not craft(position_ok=False).fly(MISSION)


def test_a_mission_without_a_fence_may_go_anywhere() -> None:
    one = craft()
    one.fly(mission_of("F1", [Waypoint(*FLYING.pad, 5.0), Waypoint(90.0, 26.0, 5.0)], Volume((), 0.0, 50.0), 5.0))
    assert fly(one)[-1] == "LANDED"
    assert one.failsafe == ""


def test_the_reader_reads_what_the_camera_sees() -> None:
    rng = np.random.default_rng(1)
    wrong = []
    for i in range(20):
        load = ("", UNREADABLE, sscc(i), sscc(1000 + i))[i % 4]
        vote = ShelfVote("c")
        for _ in range(2):
            vote.add(picture(load, 1.5 + float(rng.normal(0.0, 0.05)), 0.02, rng))
        result = vote.result()
        assert result is not None
        expected = ("empty", "") if not load else ("unreadable", "") if load == UNREADABLE else ("label", load)
        if (result.state, result.sscc) != expected:
            wrong.append((load, result))
    assert wrong == []


def test_flown_past_too_fast_a_label_is_seen_and_not_read() -> None:
    rng = np.random.default_rng(2)
    vote = ShelfVote("c")
    for _ in range(3):
        vote.add(picture(sscc(5), 1.5, 2.0, rng))
    result = vote.result()
    assert result is not None
    assert result.state == "unreadable"


def test_one_picture_of_nothing_is_not_enough_to_call_a_cell_empty() -> None:
    rng = np.random.default_rng(3)
    vote = ShelfVote("c")
    assert vote.result() is None
    vote.add(picture("", 1.5, 0.0, rng))
    assert vote.result() is None
    assert not vote.decided
    assert not has_label(picture("", 1.5, 0.0, rng))
    assert has_label(picture(UNREADABLE, 1.5, 0.0, rng))


def test_two_labels_in_one_cell_are_nobodys_number() -> None:
    rng = np.random.default_rng(4)
    vote = ShelfVote("c")
    for load in (sscc(1), sscc(1), sscc(2), sscc(2)):
        vote.add(picture(load, 1.5, 0.0, rng))
    result = vote.result()
    assert result is not None
    assert result.state == "unreadable"


@pytest.mark.parametrize("wind", [(9.5, 0.0), (-9.5, 0.0), (0.0, 9.5), (0.0, -9.5)])
def test_it_climbs_on_its_way_home_where_it_is_and_not_where_the_wind_carries_it(wind: tuple[float, float]) -> None:
    one = craft()
    one.fly(MISSION)
    fly(one, 40.0)
    one.told("hold", "F1")
    fly(one, 5.0, start=40.0)  # it stands
    start, one.wind = one.p.copy(), wind
    assert one.told("return", "F1")
    now, farthest = 45.0, 0.0
    while one.p[2] < MISSION.transit - 0.3 and now < 80.0:
        now += 0.05
        one.step(now, 0.05, now)
        farthest = max(farthest, float(np.linalg.norm(one.p[:2] - start[:2])))
    assert one.mode == "RETURN"
    assert now < 60.0
    assert farthest < 0.8
    assert fly(one, 200.0, start=now) == ["RETURN", "LAND", "LANDED"]
    assert np.hypot(*(one.p[:2] - FLYING.pad)) < 0.5


def test_a_steady_wind_does_not_leave_it_beside_its_place() -> None:
    one = craft(wind=(8.0, 0.0))
    one.fly(MISSION)
    fly(one, 40.0)
    assert one.told("hold", "F1")
    places = []
    for i in range(1200):
        one.step(40.0 + 0.05 * i, 0.05, 40.0 + 0.05 * i)
        places.append(one.p[:2].copy())
    assert one._spot is not None
    assert np.linalg.norm(np.mean(places[400:], axis=0) - one._spot[:2]) < 0.06, "a share of the speed alone: 0.27 m"


def test_too_strong_a_wind_carries_it_the_way_that_it_blows() -> None:
    one = craft()
    one.fly(mission_of("F1", [Waypoint(*FLYING.pad, 5.0)] * 40, Volume((), 0.0, 50.0), 5.0))
    fly(one, 10.0)
    start, one.wind = one.p.copy(), (0.0, 45.0)
    one.step(10.05, 0.05, 10.05)
    away = one.p - start
    assert away[1] > 0.3
    assert abs(away[0]) < 0.3 * away[1]


@pytest.mark.parametrize("level", [0, 8, 255])
def test_a_black_or_white_picture_says_nothing_of_a_cell(level: int) -> None:
    vote = ShelfVote("c")
    for _ in range(5):
        vote.add(np.full((240, 320), level, np.uint8))
    assert vote.result() is None


def seen_by(spoil: Callable[[np.ndarray], np.ndarray], loads: Sequence[str]) -> list[str]:
    """What the reader says of cells that are flown past, the lens spoiled after a row of both kinds: "" = not read."""
    rng, eye, said, now = np.random.default_rng(6), ShelfEye(), list[str](), 0.0
    for i, load in enumerate([sscc(70), "", sscc(71), "", *loads]):
        vote = ShelfVote("c")
        for _ in range(2):
            now += 0.2
            shown = picture(load, 1.5, 0.02, rng)
            shown = spoil(shown) if i >= 4 else shown
            state = eye.look(shown, now)
            if usable(state):
                vote.add(shown, clear=not state.reason)
        result = vote.result()
        said.append("" if result is None else result.state)
    assert said[:4] == ["label", "empty"] * 2
    return said[4:]


def muddy(shown: np.ndarray) -> np.ndarray:
    """Mud on the middle of the lens, where labels are, and below it."""
    mask = np.zeros(shown.shape, np.float32)
    mask[120:, 90:710] = 1.0
    mask = cv2.GaussianBlur(mask, (0, 0), 12)
    smear = 0.35 * cv2.GaussianBlur(shown, (0, 0), 50) + 0.65 * 52.0
    return np.asarray(shown * (1.0 - mask) + smear * mask, dtype=np.uint8)


def test_a_blind_lens_never_makes_a_cell_empty() -> None:
    still = picture("", 1.5, 0.02, np.random.default_rng(7))
    spoiled: dict[str, Callable[[np.ndarray], np.ndarray]] = {
        "covered": lambda p: np.full_like(p, 90),
        "out of focus": lambda p: np.asarray(cv2.GaussianBlur(p, (0, 0), p.shape[1] / 40), dtype=np.uint8),
        "dark": lambda p: np.asarray(p * 0.05, dtype=np.uint8),
        "mud": muddy,
    }
    for name, spoil in spoiled.items():
        assert seen_by(spoil, [sscc(1), "", sscc(2)]) == ["", "", ""], name
    # One picture of an empty cell that stays makes no cell empty: two are needed, and this is the same one.
    assert seen_by(lambda _: still, [sscc(1)] * 5) == [""] * 5
    assert seen_by(lambda p: p, [sscc(1), "", "", "", UNREADABLE]) == ["label", "empty", "empty", "empty", "unreadable"]
