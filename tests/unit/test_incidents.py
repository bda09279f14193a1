"""Incidents of a training site: none unless asked for, one camera for a while, the same for the same seed."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, get_args

import pytest
from builtin_interfaces.msg import Time
from typer.testing import CliRunner

from amr_bringup.cli import app
from amr_bringup.options import checked_incident
from amr_bringup.stack import RunOptions, stack
from amr_core.errors import AmrError
from amr_core.site import load_site
from amr_sim.engine import SimEngine
from amr_sim.incidents import BEGIN, LASTS, SimIncident, SimIncidentKind, incident
from amr_sim.nodes.camera_port import CameraPorts
from amr_sim.nodes.simulator import site_world

CAMERAS = ["C02", "C01", "C03"]


def test_without_a_wish_nothing_goes_wrong() -> None:
    none = incident("", CAMERAS, 1)
    assert none == SimIncident()
    assert not any(none.dead(camera, t) for camera in ("", *CAMERAS) for t in (0.0, BEGIN, BEGIN + 1.0, 1e6))


def test_one_camera_is_dead_for_a_while_and_only_it() -> None:
    one = incident("camera", CAMERAS, 1)
    assert one.what in CAMERAS
    assert [one.dead(one.what, t) for t in (0.0, BEGIN - 0.01, BEGIN, BEGIN + LASTS - 0.01, BEGIN + LASTS)] == [
        False, False, True, True, False
    ]  # fmt: skip
    assert not any(one.dead(camera, BEGIN) for camera in CAMERAS if camera != one.what)


def test_the_seed_decides_which_and_not_the_order_of_the_file() -> None:
    assert incident("camera", CAMERAS, 7) == incident("camera", sorted(CAMERAS), 7)
    assert {incident("camera", CAMERAS, seed).what for seed in range(20)} == set(CAMERAS)


def test_a_site_without_cameras_has_no_such_incident() -> None:
    with pytest.raises(AmrError, match="no fixed cameras") as caught:
        checked_incident("camera", [])
    assert caught.value.code == "run.bad_option"


@pytest.mark.parametrize("text", ["Camera", "fire", " ", "x" * 999])
def test_what_the_simulator_cannot_do_is_refused_with_what_it_can(text: str) -> None:
    with pytest.raises(AmrError, match="there is camera") as caught:
        checked_incident(text, CAMERAS)
    assert (caught.value.code, caught.value.facts["option"]) == ("run.bad_option", "incident")
    assert [checked_incident(kind, CAMERAS) for kind in get_args(SimIncidentKind)] == list(get_args(SimIncidentKind))


def test_the_demo_refuses_it_before_anything_starts() -> None:
    told = CliRunner().invoke(app, ["demo", "--site", "lab", "--incident", "flood"])
    assert "there is camera" in str(told.exception) + told.output


@pytest.mark.parametrize("kind", get_args(SimIncidentKind))
def test_the_simulator_is_told(kind: str) -> None:
    site = load_site("lab")
    specs = stack(site, RunOptions(site="lab", robots=2, incident=kind))
    (simulator,) = [spec for spec in specs if spec.name == "simulator"]
    assert simulator.params["incident"] == kind


class Out:
    """A topic that somebody listens to."""

    def __init__(self) -> None:
        self.sent: list[Any] = []

    def get_subscription_count(self) -> int:
        return 1

    def publish(self, message: Any) -> None:
        self.sent.append(message)


def test_a_dead_camera_gives_no_pictures_and_sees_again_afterwards() -> None:
    site = load_site("lab")
    world, outs = site_world("lab", site), dict[str, Out]()
    node: Any = SimpleNamespace(create_publisher=lambda _kind, topic, _qos: outs.setdefault(topic, Out()))
    (camera,) = site.cameras
    first, second = camera.id, "C99"
    two = site.model_copy(update={"cameras": [camera, camera.model_copy(update={"id": second})]})
    dead = {first}
    ports = CameraPorts(node, SimEngine(site, world, [], 1), two, world, 1, dead.__contains__)
    counts = []
    for gone in ({first}, {second}, set[str]()):
        dead.clear()
        dead.update(gone)
        ports.publish(Time())
        counts.append([len(outs[f"/cameras/{c}/{topic}"].sent) for c in (first, second) for topic in TOPICS])
    assert counts == [[0, 0, 1, 1], [1, 1, 1, 1], [2, 2, 2, 2]]


TOPICS = ("image_raw", "camera_info")
