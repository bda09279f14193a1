"""What master control tells the fleet of a robot's load: VDA 5050 tells `loads` that are empty from none at all."""

from __future__ import annotations

import pytest

from amr_core.vda5050 import UNTOLD_LOADS
from amr_interop.vda.versions import Spelling
from tests.unit.vda_desk import ALL, Desk, leading


@pytest.mark.parametrize("spelling", ALL)
def test_a_robot_that_leaves_its_loads_out_is_not_told_as_empty(spelling: Spelling) -> None:
    """ "If not present, the robot cannot determine its load state": an order would be told as delivered by that."""
    desk = Desk(spelling)
    del desk.state["loads"]
    desk.say()
    assert desk.told is not None
    assert (desk.told.loads, UNTOLD_LOADS in desk.told.errors) == ((), True)
    desk.say(loads=[])
    assert (desk.told.loads, UNTOLD_LOADS in desk.told.errors) == ((), False)


def test_loads_that_are_told_have_our_names_and_one_that_is_left_out_again_is_unknown() -> None:
    desk = Desk()
    leading(desk)
    desk.say(loads=[{}, {"loadId": "OTHER"}])
    assert desk.told is not None
    assert (desk.told.loads, UNTOLD_LOADS in desk.told.errors) == (("PALLET-0001", "OTHER"), False)
    del desk.state["loads"]
    desk.say()
    assert (desk.told.loads, UNTOLD_LOADS in desk.told.errors) == ((), True)
