"""The whole simulated site, the lock-step and the localisation log."""

import numpy as np
import pytest

from amr_core.errors import AmrError
from amr_core.geometry import Pose2D
from amr_core.site import load_site
from amr_core.site.generators.world import world_sdf
from amr_sim.engine import SimEngine, fleet_robots
from amr_sim.lockstep import LockStep, Pacer
from amr_sim.truth import LocalizationLog
from amr_sim.world import parse_world

SITE = load_site("lab")
DT = 0.05


def engine(seed: int = 1) -> SimEngine:
    return SimEngine(SITE, parse_world(world_sdf(SITE)), fleet_robots(SITE, -1), seed)


def test_robots_start_on_their_parking_places() -> None:
    sim = engine()
    bays = {bay.id: bay.pose for bay in SITE.parking}
    for i, robot in enumerate(SITE.fleet):
        np.testing.assert_allclose(sim.pose(i), bays[robot.parking])


@pytest.mark.parametrize("count", [0, -2, 99])
def test_robot_count_is_checked(count: int) -> None:
    with pytest.raises(AmrError, match=r"run\.robot_count"):
        fleet_robots(SITE, count)


def trace(seed: int) -> tuple[bytes, ...]:
    sim = engine(seed)
    parts = []
    for k in range(200):
        sim.command(0, -0.4, 0.1 if k > 60 else 0.0)
        sim.step(DT)
        if k % 20 == 0:
            parts += [sim.scan().tobytes(), sim.bases.odometry.tobytes(), sim.camera(0).tobytes()]
    parts += [np.array([(m.x, m.y) for m in sim.movers.all]).tobytes()]
    return tuple(parts)


def test_equal_seeds_give_equal_bits() -> None:
    assert trace(3) == trace(3)
    assert trace(3) != trace(4)


def test_robot_that_hits_a_wall_stalls_and_is_counted_once() -> None:
    sim = engine()
    for _ in range(200):
        sim.command(0, 0.5, 0.0)
        sim.step(DT)
    assert sim.collisions.episodes == 1
    assert sim.collisions.log[0].first == SITE.fleet[0].name
    assert sim.pose(0).y == pytest.approx(11.9 - 0.675, abs=0.03)
    assert sim.bases.state[0, 3] < 0.05
    assert sim.collisions.min_separation == 0.0


def test_load_locks_the_drive_and_widens_the_robot() -> None:
    sim = engine()
    sim.teleport(0, SITE.places[0].stations[0].pose)
    sim.handle_load(0, 0, "L1")
    handled = []
    for _ in range(260):
        sim.command(0, -0.5, 0.0)
        handled += sim.step(DT).handled
        if handled:
            break
    assert sim.loads.on_board[0] == "L1"
    np.testing.assert_allclose(sim.pose(0), SITE.places[0].stations[0].pose, atol=1e-9)
    assert np.ptp(sim._robot_outlines()[0][:, 0]) == pytest.approx(1.0, abs=1e-3)


def test_faults() -> None:
    sim = engine()
    sim.stop_robot(0)
    for _ in range(20):
        sim.command(0, -0.5, 0.0)
        sim.step(DT)
    assert sim.bases.state[0, 3] == 0.0
    sim.stop_robot(0, stopped=False)
    sim.command(0, -0.5, 0.0)
    sim.step(DT)
    assert sim.bases.state[0, 3] < 0.0
    sim.teleport(0, Pose2D(10.0, 4.0, 0.0))
    clear = sim.scan()[0].min()
    sim.add_person(11.5, 4.3)
    assert sim.scan()[0].min() < clear
    with pytest.raises(AmrError, match=r"robot\.not_found"):
        sim.index("nobody")


def test_reference_site_builds() -> None:
    site = load_site("cai_cui")
    sim = SimEngine(site, parse_world(world_sdf(site)), fleet_robots(site, -1), 1)
    for _ in range(20):
        assert sim.step(DT).contacts == []
    assert np.isfinite(sim.scan()).mean() > 0.5


# --- lock-step, pace, localisation log


def test_lockstep_waits_for_all_and_skips_the_silent() -> None:
    lock = LockStep(["a", "b"], timeout=2.0)
    lock.begin(1, 0.0)
    lock.answer("a", 1)
    lock.answer("stranger", 1)
    assert not lock.done
    assert lock.check(1.9) == []
    lock.answer("b", 1)
    assert lock.done
    lock.begin(2, 2.0)
    lock.answer("a", 2)
    lock.answer("b", 1)
    assert not lock.done, "an answer to an old step does not count"
    assert lock.check(4.1) == ["b"]
    assert (lock.done, lock.timeouts) == (True, 1)
    lock.begin(3, 5.0)
    lock.answer("a", 3)
    assert lock.done, "b is skipped"
    lock.answer("b", 3)
    lock.begin(4, 6.0)
    lock.answer("a", 4)
    assert not lock.done, "b is back"


def test_lockstep_knows_whom_the_first_announcement_may_have_missed() -> None:
    lock = LockStep(["a", "b"], timeout=2.0)
    lock.begin(1, 0.0)
    lock.answer("a", 1)
    assert lock.waits_for_newcomer, "b never answered: say it again"
    lock.answer("b", 1)
    lock.begin(2, 1.0)
    lock.answer("a", 2)
    assert not lock.waits_for_newcomer, "b is only slow"


def test_lockstep_waits_for_who_joins_only_once_it_has_answered() -> None:
    lock = LockStep(["a"], timeout=2.0, joining=["fleet"])
    lock.begin(1, 0.0)
    lock.answer("a", 1)
    assert lock.done, "the fleet has not come yet, and owes nothing"
    lock.answer("fleet", 0)
    lock.begin(2, 1.0)
    lock.answer("a", 2)
    assert lock.done, "it has only said that it is there"
    lock.answer("fleet", 2)
    lock.begin(3, 2.0)
    lock.answer("a", 3)
    assert not lock.done, "now it takes part"
    assert lock.check(4.1) == ["fleet"]


def test_lockstep_does_not_wait_for_a_process_that_replaces_a_dead_one() -> None:
    lock = LockStep(["a", "b"], timeout=10.0)
    lock.answer("b", 0)
    lock.begin(1, 0.0)
    lock.answer("a", 1)
    assert not lock.done, "b introduced itself before the first step and owes its answer"
    lock.answer("b", 1)
    lock.begin(2, 1.0)
    lock.answer("a", 2)
    lock.answer("b", 0)
    assert (lock.done, lock.timeouts) == (True, 0)
    lock.begin(3, 2.0)
    lock.answer("a", 3)
    assert lock.done, "b may not hear the clock yet"
    lock.answer("b", 3)
    lock.begin(4, 3.0)
    lock.answer("a", 4)
    assert not lock.done


def test_pacer_keeps_the_rate() -> None:
    pacer = Pacer(2.0)
    wall = 100.0
    assert pacer.wait(wall) == 0.0
    for k in range(1, 41):
        wall += pacer.wait(wall)
        pacer.stepped(wall, k * DT, DT)
    assert wall - 100.0 == pytest.approx(39 * DT / 2, abs=0.21)
    assert pacer.measured > 1.9
    pacer.set_speed(0.0, paused=False)
    pacer.stepped(wall, 9.0, DT)
    assert pacer.wait(wall) == 0.0
    pacer.set_speed(1.0, paused=True)
    assert pacer.wait(wall) == float("inf")


def test_localisation_error_is_taken_at_the_time_of_the_estimate() -> None:
    log = LocalizationLog()
    assert log.p95 == -1.0
    for k in range(200):
        log.record(k * DT, np.array([(k * 0.05, 0.0)]))
    log.observe(0, 1.0, 99.0, 0.0)
    assert log.p95 == -1.0, "the first seconds do not count"
    for k in range(100, 200):
        log.observe(0, k * DT, k * 0.05 + 0.04, 0.03)
    assert log.p95 == pytest.approx(0.05, abs=0.0015)
