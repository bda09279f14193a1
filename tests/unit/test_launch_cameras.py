"""The launch files start cameras: fixed ones, those of gates, and depth cameras of robots."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from amr_bringup.runner import child
from amr_core.errors import AmrError
from amr_core.site import load_site, site_dir
from tests.unit import fake_launch
from tests.unit.launch_descriptions import description, names, plain
from tests.unit.launch_descriptions import without_launch as without_launch


@pytest.mark.parametrize("mode", ["sim", "real"])
def test_the_site_server_starts_the_fixed_cameras_when_asked(mode: str) -> None:
    given = {"site": "cai_cui", "composition": "false", "mode": mode, "cameras": "true", "camera_frames": "true"}
    actions = fake_launch.started(description("site.launch.py"), **given)
    found = dict(zip(names(actions), actions, strict=True))
    wanted = {f"/camera_{camera.id.lower()}" for camera in load_site("cai_cui").cameras}
    assert wanted
    assert wanted <= set(found)
    params = plain(found["/camera_c01"].keywords["parameters"])
    assert params.pop("learnt").endswith("cameras")
    assert params == {"site": "cai_cui", "camera": "C01", "retention": "blurred"}
    # They do not hold the simulator's clock: it waits for those who decide.
    (simulator, *_) = fake_launch.started(description("sim.launch.py"), site="cai_cui", robots="1")
    holds = child.read_specs(Path(simulator.keywords["arguments"][1]))[0].params
    assert (holds["participants"], holds["joining"]) == (["robots_0"], ["fleet", "ops"])


GATE = "gates:\n  - {id: in_1, cameras: [left, right]}\n"


def gated(folder: Path, lines: str = GATE) -> str:
    """Return a site like lab with gates."""
    site = shutil.copytree(site_dir("lab"), folder / "port")
    with (site / "site.yaml").open("a", encoding="utf-8") as file:
        file.write(lines)
    return str(site)


def test_the_site_server_starts_the_gates_of_the_site_with_its_cameras(tmp_path: Path) -> None:
    given = {"site": gated(tmp_path), "robots": "1", "mode": "real", "uplink": "ros"}
    actions = fake_launch.started(description("site.launch.py"), **given, cameras="true", composition="false")
    found = dict(zip(names(actions), actions, strict=True))
    reader = found["/gates/in_1/label_reader"].keywords
    assert (reader["package"], reader["executable"]) == ("amr_perception", "label_reader")
    assert plain(reader["parameters"]) == {"image": "left/image_raw,right/image_raw"}
    processes = fake_launch.started(description("site.launch.py"), **given, cameras="true")
    assert "gate_in_1" in [process.keywords["arguments"][0] for process in processes]
    assert names(fake_launch.started(description("site.launch.py"), **given, composition="false")) == ["/fleet"]


@pytest.mark.parametrize(
    ("lines", "code", "said"),
    [
        ("gates:\n  - {id: in_1, cameras: []}\n", "site.invalid", "gates.0.cameras"),
        ("gates:\n  - {id: in_1, cameras: [left, left]}\n", "site.invalid", "a camera is named twice"),
        ("gates:\n  - {id: In 1, cameras: [left]}\n", "site.invalid", "gates.0.id"),
        ("gates:\n  - {id: in_1, cameras: [a/b]}\n", "site.invalid", "gates.0.cameras.0"),
        (
            "gates:\n  - {id: in_1, cameras: [left]}\n  - {id: in_1, cameras: [top]}\n",
            "site.lint",
            "in_1 is defined 2 times",
        ),
    ],
)
def test_a_gate_that_cannot_be_is_refused_before_anything_starts(
    tmp_path: Path, lines: str, code: str, said: str
) -> None:
    with pytest.raises(AmrError) as caught:
        fake_launch.started(description("site.launch.py"), site=gated(tmp_path, lines), robots="1", cameras="true")
    assert caught.value.code == code
    assert said in str(caught.value)


def test_robots_have_depth_cameras_when_asked() -> None:
    given = {"site": "lab", "robots": "1", "composition": "false"}
    actions = fake_launch.started(description("sim.launch.py"), **given, depth="true")
    nodes = dict(zip(names(actions), actions, strict=True))
    assert plain(nodes["/amr_01/perception"].keywords["parameters"])["depth"] is True
    assert plain(nodes["/amr_01/navigation"].keywords["parameters"])["depth"] is True
    plainly = fake_launch.started(description("sim.launch.py"), **given)
    assert not any("depth" in plain(a.keywords["parameters"]) for a in plainly)
