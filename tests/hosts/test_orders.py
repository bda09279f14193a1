"""A whole order over a network that comes late, loses frames and is cut: server and robot on computers of their own."""

from __future__ import annotations

import time

import pytest

from tests.hosts.network import Network
from tests.hosts.site import Site, until

CUT_S = 12.0
NEAR = "8.0,8.0,3.141593"  # on the lane to the place of the load
BOOT_BYTES = 100_000
DRIVING_BYTES_S = 6_000
"""Twice the goal: over this link TCP sends much again. What a robot needs without loss: `on_the_air`."""


@pytest.mark.timeout(700)
def test_an_order_is_delivered_behind_a_router_over_a_late_lossy_link_that_is_cut(network: Network) -> None:
    """Rows of one run: second subnet behind a router that translates addresses (the server knows no way to the robot),
    no multicast, network later than the robot, 5 % loss, 40 ms, a cut of 12 s; meanwhile it sends its log."""
    router = network.router(0, 1)
    nat = network.hide(router, 1)
    site = Site(network, network.host("server"))
    robot = network.host("amr_01", wire=1, late=True, behind=router)
    site.start_broker()
    site.start_fleet()
    site.start_robot(robot, "amr_01", f"base_pose:={NEAR}", f"initial_pose:={NEAR}")
    until(lambda: site.truth("amr_01"), 120, "the robot runs without a network", site.words)
    until(lambda: site.robot("amr_01"), 120, "the fleet answers", site.words)
    assert not site.online("amr_01")
    robot.join()
    until(lambda: site.online("amr_01"), 30, "amr_01 is online once its network is there", site.words)
    up, down = robot.port.up, robot.port.down
    assert max(up.sent, down.sent) < BOOT_BYTES
    robot.port.set(loss=0.05, delay=0.04, jitter=0.02)
    before, since = (up.sent, down.sent), time.monotonic()
    order = site.order("X1", "D1")
    until(lambda: site.driving("amr_01"), 60, "it drives", site.words)
    (robot.folder / "run" / "note.log").write_text("[INFO] [1.0] [amr_01.agent]: a robot at peace says nothing\n")
    assert site.ask("robots/amr_01/errands/log", {}) is not None
    robot.port.set(cut=True)
    began = time.monotonic()
    until(lambda: not site.online("amr_01"), 30, "the fleet misses it", site.words)
    kept = site.robot("amr_01")
    until(lambda: time.monotonic() - began > CUT_S, CUT_S + 5, "the cut")
    assert site.robot("amr_01")["base"] == kept["base"], "nobody gives its space away"
    robot.port.set(cut=False)
    until(lambda: site.online("amr_01"), 30, "it is back by itself", site.words)
    until(lambda: site.done(order), 400, "the order is delivered", site.words)
    seconds = time.monotonic() - since
    assert max(up.sent - before[0], down.sent - before[1]) / seconds < DRIVING_BYTES_S
    assert [row["order_id"] for row in site.journal("order_done")] == [order]
    (errand,) = until(lambda: site.ask("robots/amr_01/errands"), 20, "its log's standing", site.words)["errands"]
    assert (errand["kind"], errand["state"]) == ("log", "done"), f"{errand}\n{site.words()}"
    assert "[amr_01.agent]: a robot at peace" in site.text("robots/amr_01/log.txt")
    assert nat.translated > 1000
    end = site.now("amr_01")
    assert (end["picked"], end["dropped"], end["collisions"]) == (1, 1, 0)
