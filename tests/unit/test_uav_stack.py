"""Which nodes fly: over topics, or with a MAVLink link between fleet and aircraft; who may say what."""

from __future__ import annotations

import socket

import pytest

from amr_bringup import uav
from amr_bringup.run_options import RunOptions
from amr_bringup.stack import stack
from amr_core.errors import AmrError
from amr_core.site import load_site


def names(port: int) -> list[str]:
    return [spec.name for spec in uav.specs("cai_cui", 1, port)]


def test_the_link_is_started_only_for_mavlink_and_both_ends_have_its_port() -> None:
    assert names(0) == ["uav", "shelf_reader"]
    assert names(14999) == ["mavlink", "uav", "shelf_reader"]
    link, craft, _reader = uav.specs("cai_cui", 3, 14999)
    assert (link.params["own"], craft.params["mavlink"], craft.params["seed"]) == (14999, 14999, 3)
    assert {link.group, craft.group} == {"uav"}


def test_a_site_without_an_aircraft_has_none() -> None:
    with pytest.raises(AmrError, match=r"flight\.none"):
        uav.specs("lab", 1, 0)


def test_the_stack_has_them_when_asked_for() -> None:
    site = load_site("cai_cui")
    run = {"site": "cai_cui", "robots": 1}
    flown = [spec.name for spec in stack(site, RunOptions(**run, uav=True, uav_mavlink=14999))]  # type: ignore[arg-type]
    assert "mavlink" in flown
    assert "uav" in flown
    assert "uav" not in [spec.name for spec in stack(site, RunOptions(**run))]  # type: ignore[arg-type]


def test_a_free_port_can_be_had() -> None:
    port = uav.free_port()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", port))
        assert uav.free_port() != port
