"""Gateway and VDA robot start on a site with several levels, with a map for each; nobody answers at their broker."""

from __future__ import annotations

from typing import Any

import pytest

from amr_core.errors import AmrError
from amr_interop.nodes.gateway import GatewayNode
from amr_interop.nodes.vda_robot import VdaRobotNode
from amr_ros.host import ProcessHost

MAPS = ["two_floor.ground", "two_floor.upper"]
GATEWAY: dict[str, Any] = {"site": "two_floor", "robots": ["amr_01=ACME/1"], "broker": "127.0.0.1:1"}


def test_both_nodes_know_a_map_for_each_level(host: ProcessHost) -> None:
    wishes = [f"amr_01@{level}=7 https://maps.site/{level}" for level in ("ground", "upper")]
    gateway = host.build(GatewayNode, "gateway", params=GATEWAY | {"maps": wishes})
    params = {"site": "two_floor", "robot": "amr_01", "robot_type": "lift_amr", "broker": "127.0.0.1:1"}
    robot = host.build(VdaRobotNode, "vda_robot", params=params)
    assert gateway.masters["amr_01"].floors.ids == MAPS
    assert robot.robot.floors.ids == MAPS


def test_a_map_for_a_level_that_is_not_there_stops_the_gateway(host: ProcessHost) -> None:
    with pytest.raises(AmrError) as caught:
        host.build(GatewayNode, "gateway", params=GATEWAY | {"maps": ["amr_01@attic=7 https://maps.site/a"]})
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "maps")


def test_a_robot_whose_maps_have_other_names_is_led_by_those(host: ProcessHost) -> None:
    names = {"map_ids": ["amr_01@upper=OG 1"], "maps": ["amr_01@upper=7 https://maps.site/og"]}
    gateway = host.build(GatewayNode, "gateway", params=GATEWAY | names)
    assert gateway.masters["amr_01"].floors.ids == ["two_floor.ground", "OG 1"]


def test_a_map_name_for_a_robot_that_is_not_there_stops_the_gateway(host: ProcessHost) -> None:
    with pytest.raises(AmrError) as caught:
        host.build(GatewayNode, "gateway", params=GATEWAY | {"map_ids": ["amr_02@upper=OG"]})
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "map_ids")
