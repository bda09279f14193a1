"""Whom `amr bench kills --ros` kills: each process of the stack, and whoever adds one must say who kills it."""

from __future__ import annotations

import ast
import random
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from typer.testing import CliRunner

import amr_bringup
from amr_bringup.cli import app
from amr_bringup.run_options import Navigation, RunMode, RunOptions
from amr_bringup.spec import NodeSpec
from amr_bringup.stack import stack
from amr_core.errors import AmrError
from amr_core.site import ContainerGate, Site, load_site
from amr_lab.fleet_bench import victims
from amr_lab.fleet_bench.nodes.stack_kills import StackKills, in_folder, whole
from amr_lab.fleet_bench.victims import API, EVERYTHING, KINDS, SPARED, Rounds, checked, killable, kind_of, of_kinds


def everything(folder: Path, site: str = "cai_cui", mode: RunMode = "sim", **changes: Any) -> list[NodeSpec]:
    """All that can run at a site with a gate."""
    model: Site = load_site(site)
    gate = ContainerGate.model_construct(id="G1", cameras=("cam_1",))
    model = model.model_copy(update={"gates": (gate,)})
    asked = RunOptions(site=site, robots=2, port=8080, lockstep=False)
    return stack(model, replace(in_folder(whole(model, asked, folder), folder), **changes), mode)


def test_every_process_of_the_stack_is_killed_and_every_kind_is_one_of_it(tmp_path: Path) -> None:
    groups = {API, *(spec.group for spec in killable(everything(tmp_path)))}
    assert {kind_of(group) for group in groups} == set(KINDS)


def test_what_runs_in_a_mode_or_by_an_option_only_is_killed_here_or_named_with_the_reason(tmp_path: Path) -> None:
    killed = {spec.executable for spec in killable(everything(tmp_path))}
    run = {
        spec.executable
        for mode in get_args(RunMode)
        for navigation in get_args(Navigation)
        for spec in everything(tmp_path, mode=mode, navigation=navigation, uav_mavlink=14550)
    }
    assert run - killed <= set(SPARED), "a process that nobody kills"
    assert all(SPARED.values())


def test_what_launch_files_start_beside_the_stack_is_killed_or_named_too(tmp_path: Path) -> None:
    """Names of executables as they stand in the code: what no option of the stack brings would not be seen above."""
    named = set[str]()
    for file in Path(amr_bringup.__file__).parent.glob("*.py"):
        for call in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in ("NodeSpec", "_node"):
                given = {k.arg: k.value for k in call.keywords}.get("executable", call.args[0] if call.args else None)
                named |= {str(given.value)} if isinstance(given, ast.Constant) else set()
    assert "door_adapter" in named
    killed = {spec.executable for spec in killable(everything(tmp_path))}
    assert named - killed - set(SPARED) == set()


def test_a_new_process_that_nobody_kills_ends_the_bench(tmp_path: Path) -> None:
    new = NodeSpec(package="amr_fleet", executable="oracle", target="x:Y", name="oracle", group="oracle")
    with pytest.raises(KeyError, match="oracle"):
        killable([*everything(tmp_path), new])


@pytest.mark.parametrize("site", ["lab", "cai_cui"])
def test_a_run_of_the_bench_kills_all_that_its_site_has(site: str) -> None:
    kinds = {kind_of(group) for group in StackKills(site, 2, 1, 1)._groups}
    lacking = {"lab": {"gate", "uav"}, "cai_cui": {"gate"}}
    assert set(KINDS) - kinds == lacking[site]


def test_each_process_is_chosen_once_a_round_and_all_at_once_too() -> None:
    groups = ["sim", "robots_0", "robots_1", "fleet", API, "gate_G1"]
    rounds = Rounds(random.Random(1), groups)
    drawn = [rounds.next() for _ in range(5 * (len(groups) + 1))]
    assert Counter(drawn) == dict.fromkeys([*groups, EVERYTHING], 5)
    assert drawn[:7] != drawn[7:14], "in another order each time"


def test_who_is_chosen_is_chosen_by_kind_and_then_nobody_else() -> None:
    rounds = Rounds(random.Random(1), ["sim", "robots_0", "robots_1", "fleet", API], ["robots", API])
    assert Counter(rounds.next() for _ in range(6)) == {"robots_0": 2, "robots_1": 2, API: 2}
    assert of_kinds(["gateway", "gate_G1"], ["gate"]) == ["gate_G1"], "a gateway is no gate"


def test_a_name_that_nobody_has_is_refused_with_those_that_there_are() -> None:
    with pytest.raises(AmrError, match="one of sim, robots, fleet"):
        checked(["robot"], ["robots_0"])
    with pytest.raises(AmrError, match="nothing of this kind"):
        checked(["gate"], ["robots_0", "gateway"])
    assert checked([], ["robots_0"]) == ()


@pytest.mark.parametrize(
    ("given", "option"),
    [
        (["--ros", "--only", "robts"], "--only"),
        (["--ros", "--only", "uav"], "--only"),
        (["--ros", "--vda5050"], "--vda5050"),
        (["--ros", "--database", "postgresql://x"], "--database"),
        (["--vda5050", "--apart"], "--apart"),
        (["--vda5050", "--database", "postgresql://x"], "--database"),
        (["--only", "robots"], "--only"),
        (["--every", "32"], "--every"),
        (["--orders", "16"], "--orders"),
    ],
)
def test_options_that_do_not_go_together_are_refused(given: list[str], option: str) -> None:
    said = CliRunner().invoke(app, ["bench", "kills", *given])
    assert isinstance(said.exception, AmrError)
    assert (said.exception.code, said.exception.facts["option"]) == ("run.bad_option", option)


def test_the_api_may_be_named_apart_over_ros_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = list[dict[str, Any]]()

    def run(*_: Any, **options: Any) -> bool:
        asked.append(options)
        return True

    monkeypatch.setattr("amr_lab.fleet_bench.nodes.stack_kills.run_stack_kills", run)
    arguments = ["bench", "kills", "--ros", "--apart", "--every", "32", "--orders", "16"]
    assert CliRunner().invoke(app, arguments).exit_code == 0
    assert asked == [{"every": 32.0, "orders": 16, "at_loads": False}]


def test_every_kind_has_a_word_on_what_dies_with_it() -> None:
    assert all(victims.KINDS.values())
    assert not set(victims.OWN_PROCESS.values()) - set(KINDS)
