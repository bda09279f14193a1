"""A battery charged in Gazebo because the fleet says so: there at a low charge, away when it is full, then an order."""

from __future__ import annotations

import math
import sys

import pytest
from sensor_msgs.msg import BatteryState

from amr_core.geometry import wrap_angle
from amr_core.site import load_site
from amr_fleet.domain.settings import FleetSettings
from amr_interfaces.msg import FleetState
from tests.real.gazebo_client import Base, GazeboClient
from tests.real.orders import Shift
from tests.real.real_support import Real
from tests.real.test_gazebo_orders import SHORT_WAYS, assert_delivered

pytestmark = pytest.mark.gazebo
ROBOT, CHARGER = "amr_01", "CH1"
SENT, LEAVES = 0.87, FleetSettings().soc_full
"""Gazebo's robots start at 0.85: below the first the fleet sends them to charge, from the second they may leave."""
RELIABLE = 10


@pytest.mark.real_long
@pytest.mark.timeout(1700)
def test_the_fleet_has_a_robot_charged_and_works_on_with_it(real: Real) -> None:
    settings = real.folder / "settings.yaml"
    settings.write_text(
        f"soc_charge: {SENT}\nsoc_opportunity: {SENT}\nsoc_leave_in_peak: {LEAVES}\nsoc_leave: {LEAVES}\n"
    )
    gazebo = real.launch("gazebo.launch.py", site="lab", robots=1, navigation="embedded", gui="false")
    what: dict[str, str | int] = {"site": "lab", "robots": 1, "orders": 1, "orders_per_hour": 240, "seed": SHORT_WAYS}
    shift = Shift(real, gazebo, "gazebo", settings=str(settings), **what)
    client = GazeboClient(real.domain, gazebo)
    try:
        charged(client)
        figures = shift.finish(900.0)
    finally:
        client.close()
    assert_delivered(figures, 1)


def charged(client: GazeboClient) -> None:
    """Wait until the fleet has had the robot charged and it has left its charger."""
    base = Base(client, ROBOT)
    battery = client.listen(BatteryState, f"/{ROBOT}/battery_state", RELIABLE)
    fleet = client.listen(FleetState, "/fleet/state", RELIABLE)
    charger = next(one for one in load_site("lab").chargers if one.id == CHARGER)

    def status() -> str:
        return fleet[-1].robots[0].status if fleet and fleet[-1].robots else ""

    client.until(lambda: bool(battery), 120.0, "the battery")
    start = battery[-1].percentage
    assert 0.80 < start < SENT, start
    client.until(lambda: status() == "CHARGING" and battery[-1].current > 0.0, 600.0, "a current")
    since, pose = client.now, base.pose
    off = math.hypot(pose.x - charger.x, pose.y - charger.y)
    turn = math.degrees(abs(wrap_angle(pose.theta - charger.theta)))
    client.until(lambda: battery[-1].percentage > start + 0.01, 900.0, "more charge")
    amperes = battery[-1].current
    assert amperes > 10.0, "as much as the charger gives, not what says only that it is there"
    assert battery[-1].power_supply_status == BatteryState.POWER_SUPPLY_STATUS_CHARGING
    client.until(lambda: base_left(base, charger.x, charger.y), 900.0, "the robot leaves its charger")
    full, seconds = max(message.percentage for message in battery), client.now - since
    sys.stdout.write(
        f"{start:.3f} to {full:.4f} in {seconds:.0f} s simulated, {amperes:.1f} A, {1000 * off:.1f} mm and {turn:.2f} "
        f"degrees off\n"
    )
    assert off < 0.02
    assert turn < 1.0
    assert LEAVES <= full < LEAVES + 0.01
    client.until(lambda: battery[-1].current < 0.0, 60.0, "a battery that gives")
    assert status() != "CHARGING"


def base_left(base: Base, x: float, y: float) -> bool:
    return math.hypot(base.pose.x - x, base.pose.y - y) > 0.5
