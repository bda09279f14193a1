"""A gate of the site's file: its cameras read one passage together, and a wrong or dead one of them costs no number."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from amr_bringup.run_options import RunOptions
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import stack
from amr_core.errors import AmrError
from amr_core.site import load_site, site_dir
from amr_lab.perception_bench import codes
from amr_perception.nodes.label_reader import LabelReaderNode
from amr_ros.host import ProcessHost
from tests.node.label_cameras import Asker, Driver

RIGHT, WRONG = "MSCU1234566", "TEMU7654328"  # both pass their check digits
CAMERAS = ("left", "right", "rear", "top")


def gate_of(folder: Path, cameras: tuple[str, ...]) -> NodeSpec:
    """Return what runs at the gate of a site whose file names these cameras."""
    site = shutil.copytree(site_dir("lab"), folder / "port")
    with (site / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(f"gates:\n  - {{id: in_1, cameras: [{', '.join(cameras)}]}}\n")
    options = RunOptions(site=str(site), robots=1, cameras=True, lockstep=False)
    (spec,) = [spec for spec in stack(load_site(str(site)), options) if spec.executable == "label_reader"]
    return spec


def driver(host: ProcessHost, asker: Asker, camera: str, number: str) -> Driver:
    rng = np.random.default_rng(9)
    panel = codes.container_panel(number, "22G1", np.random.default_rng(2))
    picture = codes.on_wall(panel, 0.8, 1, rng, tilt=0.1)
    return Driver(host, asker.node, f"/gates/in_1/{camera}/image_raw", picture)


def passage(asker: Asker, order: str) -> Any:
    return asker.ask(what="container", order_id=order, frames=3, timeout=50.0)


def test_a_wrong_and_a_dead_camera_of_a_gate_are_outvoted_once_a_passage(host: ProcessHost, tmp_path: Path) -> None:
    asker = Asker(host, "/gates/in_1")
    for camera, number in (("left", RIGHT), ("right", RIGHT), ("rear", WRONG)):
        driver(host, asker, camera, number)  # nobody publishes for the camera above
    host.add(gate_of(tmp_path, CAMERAS))
    for order in ("T000001", "T000002"):
        result = passage(asker, order)
        assert (result.found, result.number) == (True, RIGHT), result.facts
        assert json.loads(result.facts)["blind"] == {"top/image_raw": "no_pictures"}
    assert host.spin_until(lambda: len(asker.evidence) >= 2, 5.0)
    assert [(e.order_id, e.value, e.kind) for e in asker.evidence] == [
        ("T000001", RIGHT, "container"), ("T000002", RIGHT, "container")
    ]  # fmt: skip
    assert {e.source for e in asker.evidence} == {"/gates/in_1/label_reader"}


def test_a_camera_that_is_quicker_does_not_decide_for_one_that_reads_another_number(
    host: ProcessHost, tmp_path: Path
) -> None:
    """A wrong number that passes its check digit, seen ten times a second by one camera, is still one camera's word."""
    asker = Asker(host, "/gates/in_1")
    driver(host, asker, "left", WRONG)
    slow = driver(host, asker, "right", RIGHT)
    slow.every = 9
    host.add(gate_of(tmp_path, ("left", "right", "rear")))
    result = passage(asker, "T000001")
    facts = json.loads(result.facts)
    assert (result.found, result.number) == (False, "")
    assert facts["read"] == {"left/image_raw": WRONG, "right/image_raw": RIGHT}
    assert facts["blind"] == {"rear/image_raw": "no_pictures"}
    assert not asker.evidence


@pytest.mark.parametrize(
    ("image", "said"),
    [("left/image_raw, /gates/in_1/left/image_raw", "twice"), (" , ", "no topic"), ("left image", "must not contain")],
)
def test_cameras_that_cannot_be_those_of_a_gate_are_refused_at_the_start(
    host: ProcessHost, image: str, said: str
) -> None:
    with pytest.raises(AmrError) as caught:
        host.build(LabelReaderNode, "label_reader", namespace="/gates/in_1", params={"image": image})
    assert (caught.value.code, caught.value.facts["name"]) == ("parameter.invalid", "image")
    assert said in str(caught.value)
