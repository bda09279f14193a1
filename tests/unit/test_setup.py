"""The set-up: stages run side by side in order, only those whose inputs changed; the short cut of the generators."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import build_interfaces
import pytest
import setup
import stages
import stamps
from stages import Stage, StageError, run_stages

ROOT = Path(__file__).parents[2]
TEMPLATE = """\
@{
from math import prod
names = ['a', 'b']
}@
@# a comment
@[for k, name in enumerate(names)]@
@[  if k == 0]@
first @(name) @@ {'braces': [1, (2)]}
@[  else]@
then @(name + str(prod([k, value]))), @name
@[  end if]@
@[end for]@
@(value)"""


@pytest.fixture
def stamp_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(stamps, "STAMPS", tmp_path / "stamps")
    return tmp_path / "stamps"


def stage(name: str, work: Callable[[], None], *needs: str, inputs: tuple[Path, ...] = ()) -> Stage:
    return Stage(name=name, title=name, inputs=inputs, work=work, needs=needs)


@pytest.mark.usefixtures("stamp_folder")
def test_a_stage_starts_after_what_it_needs_and_beside_what_it_does_not() -> None:
    ended: list[str] = []
    both_run = threading.Barrier(2, timeout=10.0)

    def waits(name: str) -> Callable[[], None]:
        def work() -> None:
            both_run.wait()
            ended.append(name)

        return work

    run_stages(
        [
            stage("last", lambda: ended.append("last"), "left", "right"),
            stage("left", waits("left"), "first"),
            stage("right", waits("right"), "first", "not stale"),
            stage("first", lambda: ended.append("first")),
        ],
        workers=2,
    )
    assert (ended[0], ended[-1], len(ended)) == ("first", "last", 4)


def test_after_a_failure_nothing_starts_and_the_failed_stage_stays_stale(stamp_folder: Path) -> None:
    started: list[str] = []

    def fails() -> None:
        raise StageError("no space left on device")

    listed = [stage("bad", fails), stage("next", lambda: started.append("next"), "bad")]
    with pytest.raises(StageError, match="no space left"):
        run_stages(listed, workers=2)
    assert (started, [each.is_stale() for each in listed], stamp_folder.exists()) == ([], [True, True], False)


@pytest.mark.usefixtures("stamp_folder")
def test_a_stage_is_stale_again_when_an_input_changes(tmp_path: Path) -> None:
    file = tmp_path / "input"
    file.write_text("one")
    run_stages([stage("build", lambda: None, inputs=(file,))], workers=1)
    assert not stage("build", lambda: None, inputs=(file,)).is_stale()
    file.write_text("two")
    assert stage("build", lambda: None, inputs=(file,)).is_stale()


@pytest.mark.usefixtures("stamp_folder")
def test_an_input_that_changes_during_the_work_makes_the_stage_stale(tmp_path: Path) -> None:
    file = tmp_path / "input"
    file.write_text("one")

    def change() -> None:
        file.write_text("two")

    run_stages([stage("build", change, inputs=(file,))], workers=1)
    assert stage("build", lambda: None, inputs=(file,)).is_stale()


def test_a_command_that_fails_says_what_it_printed() -> None:
    with pytest.raises(StageError, match=r"(?s)out of paper.*This command failed: .*python"):
        stages.run([sys.executable, "-c", "print('out of paper'); raise SystemExit(3)"], cwd=ROOT, env={})


def expand(*, quick: bool) -> str:
    """Expand TEMPLATE three times as rosidl_pycommon does, in a process of its own."""
    code = (
        "import em, io, sys\n"
        "for value in (1, 2, 3):\n"
        "    out = io.StringIO()\n"
        "    setting = em.Configuration(defaultStdout=out, deleteOnError=True, rawErrors=True, useProxy=True)\n"
        "    expander = em.Interpreter(config=setting, dispatcher=False)\n"
        f"    expander.string({TEMPLATE!r}, locals=dict(value=value))\n"
        "    expander.shutdown()\n"
        "    sys.stderr.write(out.getvalue())\n"
        "sys.stderr.write(em.Interpreter.string.__module__)\n"
    )
    env = {"PYTHONPATH": str(ROOT / "scripts" / "templates")} if quick else {}
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_a_template_that_is_scanned_once_gives_the_same_text() -> None:
    plain, quick = expand(quick=False), expand(quick=True)
    assert plain.endswith("em")
    assert quick.endswith("sitecustomize")
    assert quick.removesuffix("sitecustomize") == plain.removesuffix("em")
    assert "first a @ {'braces': [1, (2)]}\nthen b2, b\n2" in plain


def test_the_laboratory_is_compiled_for_tests_only_and_nothing_of_it_for_a_run() -> None:
    names = {profile: {each.name for each in setup.plan(profile)} for profile in setup.PROFILES}
    assert names["test"] - names["dev"] == {"kernels-amr_lab"}
    assert names["run"] - names["dev"] == {"tools"}
    assert names["dev"] - names["python"] == {"node_modules", "web"}
    assert "kernels-amr_bringup" in names["run"]


def test_a_dashboard_that_passed_is_checked_again_once_it_changed(
    tmp_path: Path, stamp_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[str] = []

    def run(words: list[str], *, cwd: Path) -> None:
        ran.append(words[-1])
        if "wrong" in page.read_text():
            raise StageError("wrong")

    page = tmp_path / "src" / "Page.tsx"
    page.parent.mkdir()
    page.write_text("wrong")
    monkeypatch.setattr(setup, "WEB", tmp_path)
    monkeypatch.setattr(setup, "run", run)
    for _ in range(2):
        with pytest.raises(StageError):
            setup.check_web("lint")
    page.write_text("right")
    setup.check_web("lint")
    setup.check_web("lint")
    setup.check_web("typecheck")
    page = page.rename(page.with_name("Other.tsx"))
    setup.check_web("lint")
    assert ran == ["lint", "lint", "lint", "typecheck", "lint"]


def test_cmake_looks_for_python_once_in_a_project(tmp_path: Path) -> None:
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\necho >> {tmp_path}/calls\nexec {sys.executable} "$@"\n')
    python.chmod(0o755)
    (tmp_path / "CMakeLists.txt").write_text(f"""
cmake_minimum_required(VERSION 3.20)
project(asks NONE)
list(PREPEND CMAKE_MODULE_PATH {ROOT}/scripts/cmake/modules)
function(ask)
  find_package(Python3 REQUIRED COMPONENTS ${{ARGN}})
  execute_process(COMMAND wc -l INPUT_FILE {tmp_path}/calls OUTPUT_VARIABLE calls OUTPUT_STRIP_TRAILING_WHITESPACE)
  message("${{Python3_FOUND}} ${{Python3_VERSION_MINOR}} ${{calls}}")
endfunction()
ask(Interpreter)
ask(Interpreter)
ask()
ask(Interpreter NumPy)
""")
    cmake = Path(sys.executable).parent / "cmake"
    call = [str(cmake), "-S", str(tmp_path), "-B", str(tmp_path / "build"), f"-DPython3_EXECUTABLE={python}"]
    said = subprocess.run(call, capture_output=True, text=True, timeout=100).stderr.split("\n")
    first, second, third, other = (line.split() for line in said[:4])
    assert first == second == third
    assert first[:2] == ["TRUE", str(sys.version_info[1])]
    assert int(first[2]) > 0
    assert int(other[2]) > int(first[2])


def test_another_version_of_our_packages_is_installed_anew() -> None:
    (packages,) = [stage for stage in setup.plan("run") if stage.name == "packages"]
    assert {ROOT / "src" / name / "package.xml" for name in setup.PYTHON_PACKAGES} <= set(packages.inputs)


def test_of_an_interface_package_that_is_built_anew_nothing_stays_not_even_an_empty_folder(tmp_path: Path) -> None:
    """Python takes an empty folder of that name for a package that has no name."""
    build, old, kept = tmp_path / "build", tmp_path / "lib" / "x-0.1.0.egg-info", tmp_path / "lib" / "y.py"
    build.mkdir()
    old.mkdir(parents=True)
    (old / "PKG-INFO").touch()
    kept.touch()
    (build / "install_manifest.txt").write_text(f"{old / 'PKG-INFO'}\n{tmp_path / 'gone' / 'z'}\n")
    build_interfaces._remove_installed(build)
    assert not old.exists()
    assert kept.exists()
