"""The one list of nodes: complete, importable, and turned into launch nodes."""

from __future__ import annotations

import importlib.util
from importlib.metadata import entry_points

import pytest

from amr_bringup.launch_support import choose, node_arguments
from amr_bringup.run_options import RunOptions
from amr_bringup.stack import participants, stack
from amr_core.errors import AmrError
from amr_core.site import ContainerGate, load_site

SITE = load_site("cai_cui")
SPECS = stack(SITE, RunOptions(site="cai_cui", robots=12))


def test_three_nodes_a_robot_and_four_more() -> None:
    assert len(SPECS) == 1 + 3 * 12 + 1 + 2
    assert {spec.group for spec in SPECS} == {"sim", *participants(12)}
    assert len({(spec.namespace, spec.name) for spec in SPECS}) == len(SPECS)


@pytest.mark.parametrize("count", [-1, 0, 13, 500])
def test_impossible_robot_counts(count: int) -> None:
    with pytest.raises(AmrError) as caught:
        stack(SITE, RunOptions(site="cai_cui", robots=count))
    assert caught.value.code == "run.robot_count"


def test_every_target_is_a_module_of_ours() -> None:
    for target in {spec.target for spec in SPECS}:
        module, _, name = target.partition(":")
        assert importlib.util.find_spec(module) is not None, target
        assert name


def test_every_executable_is_a_console_script_of_its_package() -> None:
    scripts = {(e.dist.name.replace("-", "_"), e.name) for e in entry_points(group="console_scripts") if e.dist}
    assert {(spec.package, spec.executable) for spec in SPECS} <= scripts


def test_launch_nodes_carry_everything() -> None:
    spec = choose(SPECS, ["amr_navigation"])[0]
    arguments = node_arguments(spec)
    assert arguments["namespace"] == "/amr_01"
    assert arguments["parameters"] == [dict(spec.params)]
    assert arguments["respawn"] is True
    assert set(arguments) >= {"package", "executable", "name", "remappings"}


def test_the_simulator_waits_for_process_groups_only_in_lock_step() -> None:
    assert SPECS[0].params["participants"] == participants(12)
    # ros2 launch: every node its own process; an empty list has no type in a parameter file, so it is left out.
    alone = stack(SITE, RunOptions(site="cai_cui", robots=12, lockstep=False))
    assert "participants" not in alone[0].params
    assert alone[1:] == SPECS[1:]


@pytest.mark.parametrize("mode", ["sim", "real"])
def test_each_gate_of_the_site_has_its_reader_in_a_process_of_its_own(mode: str) -> None:
    """One that reads takes nothing else in for seconds: beside fixed cameras it would blind their crossings."""
    gates = [ContainerGate(id="in_1", cameras=("left", "right")), ContainerGate(id="out", cameras=("top",))]
    site = SITE.model_copy(update={"gates": gates})
    options = RunOptions(site="cai_cui", robots=1, cameras=True, navigation="embedded")
    specs = stack(site, options, mode)  # type: ignore[arg-type]
    found = [spec for spec in specs if spec.executable == "label_reader"]
    assert [(s.namespace, s.name, s.group) for s in found] == [
        ("/gates/in_1", "label_reader", "gate_in_1"), ("/gates/out", "label_reader", "gate_out")
    ]  # fmt: skip
    assert found[0].params == {"image": "left/image_raw,right/image_raw"}
    if mode == "sim":
        assert {"gate_in_1", "gate_out"} <= set(specs[0].params["participants"])  # type: ignore[arg-type]
    assert not [spec for spec in stack(site, RunOptions(site="cai_cui", robots=1)) if spec.group.startswith("gate")]


def test_real_robots_run_no_simulator() -> None:
    real = stack(SITE, RunOptions(site="cai_cui", robots=1, navigation="embedded"), "real")
    assert {spec.package for spec in real} == {"amr_perception", "amr_navigation", "amr_fleet"}
