"""Which nodes stand between the fleet and robots that are led over VDA 5050."""

from __future__ import annotations

import importlib.util
import socket
from importlib.metadata import entry_points

import pytest

from amr_bringup.interop import mqtt_address
from amr_bringup.run_options import RunOptions
from amr_bringup.stack import stack
from amr_core.errors import AmrError
from amr_core.site import load_site

SITE = load_site("cai_cui")
PLAIN = stack(SITE, RunOptions(site="cai_cui", robots=12))
SPECS = stack(SITE, RunOptions(site="cai_cui", robots=12, vda5050=4, mqtt=":1883", mqtt_epoch=5.0))


def test_the_last_four_speak_two_versions_and_the_others_are_as_before() -> None:
    faces = {s.params["robot"]: s.params["version"] for s in SPECS if s.executable == "vda_robot"}
    assert faces == {"amr_09": "2.1.0", "amr_10": "3.0.0", "amr_11": "2.1.0", "amr_12": "3.0.0"}
    moved = {s.namespace for s in SPECS if s.executable == "agent" and s.remaps}
    assert moved == {f"/{name}" for name in faces}
    same = [s for s in SPECS if s in PLAIN]
    assert len(same) == len(PLAIN) - 4 - 1  # four agents, and the simulator, which waits for one more group


def test_the_gateway_knows_all_of_them_and_stands_in_a_process_with_the_broker() -> None:
    gateway = next(s for s in SPECS if s.executable == "gateway")
    assert gateway.params["robots"] == [f"amr_{n:02d}=AMR/amr_{n:02d}" for n in range(9, 13)]
    assert {s.executable for s in SPECS if s.group == gateway.group} == {"gateway", "demo_broker"}
    assert gateway.params["one_fleet"] is True, "who has no seat says no beats to its robots"
    assert {s.params["broker"] for s in SPECS if s.params.get("broker")} == {"127.0.0.1:1883"}
    assert {s.params["epoch"] for s in SPECS if "epoch" in s.params} == {5.0}
    waits_for = SPECS[0].params["participants"]
    assert isinstance(waits_for, list)
    assert gateway.group in waits_for


def test_another_broker_is_not_started() -> None:
    specs = stack(SITE, RunOptions(site="cai_cui", robots=12, vda5050=2, mqtt="broker.site:8883"))
    assert not [s for s in specs if s.executable == "demo_broker"]
    gateway = next(s for s in specs if s.executable == "gateway")
    assert gateway.params["one_fleet"] is False, "the seat is kept there, and the next run is another fleet"
    assert {s.params["broker"] for s in specs if s.params.get("broker")} == {"broker.site:8883"}


def test_every_node_exists() -> None:
    scripts = {(e.dist.name.replace("-", "_"), e.name) for e in entry_points(group="console_scripts") if e.dist}
    for spec in SPECS:
        assert importlib.util.find_spec(spec.target.partition(":")[0]) is not None
        assert (spec.package, spec.executable) in scripts


@pytest.mark.parametrize("count", [-1, 13])
def test_more_robots_than_there_are(count: int) -> None:
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        stack(SITE, RunOptions(site="cai_cui", robots=12, vda5050=count, mqtt=":1883"))


@pytest.mark.parametrize(
    ("count", "given"), [(0, "h:1"), (1, "h"), (1, ":1883"), (1, "h:0"), (1, "h:x"), (1, "h:²"), (1, "h:70000")]
)
def test_an_address_that_is_none(count: int, given: str) -> None:
    with pytest.raises(AmrError, match=r"run\.bad_option"):
        mqtt_address(count, given)


def test_a_port_that_is_taken_is_left_alone() -> None:
    assert mqtt_address(0, "") == ""
    assert mqtt_address(2, "broker:1883") == "broker:1883"
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            other.bind(("127.0.0.1", 1883))
            other.listen()
        except OSError:
            pass  # somebody has it already: the same case
        port = int(mqtt_address(1, "")[1:])
    assert port != 1883
